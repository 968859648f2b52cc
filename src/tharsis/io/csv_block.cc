#include "tharsis/io/csv_block.h"

#include <arrow/util/utf8.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "tharsis/kernels/separators.h"
#include "tharsis/memory/validity.h"

namespace tharsis::io {
namespace {

// So many rows that their text and the positions of their values stay in the first caches while
// one column after the other is read.
constexpr int64_t kTileRows = 512;

DType dtype_of(CsvKind kind) {
  switch (kind) {
    case CsvKind::kInt:
      return TypeId::kInt64;
    case CsvKind::kBool:
      return TypeId::kBool;
    case CsvKind::kText:
      return TypeId::kString;
    default:
      return TypeId::kFloat64;
  }
}

bool is_utf8(std::string_view text) {
  arrow::util::InitializeUTF8();
  return arrow::util::ValidateUTF8(reinterpret_cast<const uint8_t*>(text.data()),
                                   static_cast<int64_t>(text.size()));
}

}  // namespace

// All columns of a block stand in one range.
struct CsvBlockReader::Filled {
  memory::Buffer values;
  std::vector<std::byte*> columns;
  std::vector<memory::Buffer> validity;  // per column; empty: nothing is missing
  std::vector<memory::Buffer> heap;
  TextHeap texts;

  Filled(const std::vector<CsvField>& fields, int64_t rows) : validity(fields.size()) {
    const auto room = [&](const CsvField& field) {
      return (rows * dtype_of(field.kind).width() + memory::kPadding + 63) / 64 * 64;
    };
    int64_t bytes = 0;
    for (const CsvField& field : fields) bytes += room(field);
    values = memory::Buffer(bytes);
    std::byte* at = values.data();
    for (const CsvField& field : fields) {
      columns.push_back(at);
      at += room(field);
    }
  }
};

bool CsvBlockReader::read(std::string_view text, memory::Batch& out, int64_t& bytes) {
  if (!find_values(text)) return false;
  auto filled = std::make_shared<Filled>(lines_.fields, rows_);
  for (int64_t begin = 0; begin < rows_; begin += kTileRows) {
    const int64_t end = std::min(rows_, begin + kTileRows);
    for (size_t field = 0; field < lines_.fields.size(); ++field) {
      if (!fill(text.data(), field, *filled, begin, end)) return false;
    }
  }
  filled->heap = filled->texts.take();
  bytes = filled->values.size();
  for (const memory::Buffer& block : filled->heap) bytes += block.size();
  for (const memory::Buffer& bits : filled->validity) bytes += bits.size();
  out.rows = rows_;
  out.columns.clear();
  for (size_t field = 0; field < lines_.fields.size(); ++field)
    out.columns.push_back(column_of(field, filled));
  return true;
}

// Every line must have `width` values: as many line ends as lines, and each where it should be.
bool CsvBlockReader::find_values(std::string_view text) {
  const auto n = static_cast<int64_t>(text.size());
  const int64_t room = (n + 16) * static_cast<int64_t>(sizeof(uint32_t));
  if (ends_.size() < room) ends_ = memory::Buffer(room);
  auto* ends = ends_.as<uint32_t>();
  ends[0] = std::numeric_limits<uint32_t>::max();
  const auto found = kernels::find_separators(text.data(), n, lines_.delimiter, ends + 1);
  rows_ = found.lines;
  returns_ = found.returns;
  doubled_ = found.doubled;
  if (found.special || found.count != rows_ * lines_.width) return false;
  for (int64_t row = 1; row <= rows_; ++row) {
    if (text[ends[row * lines_.width]] != '\n') return false;
  }
  if (lines_.width == 1) {  // a line without anything is no row
    if (returns_) return false;
    for (int64_t row = 1; row <= rows_; ++row) {
      if (ends[row] == ends[row - 1] + 1) return false;
    }
  }
  return !found.non_ascii || is_utf8(text);
}

// Valid until the next call, with the margin of every value.
std::string_view CsvBlockReader::without_doubled(std::string_view value) {
  if (value.find('"') == std::string_view::npos) return value;
  single_.assign(kCsvMargin, '\0');
  for (size_t i = 0; i < value.size(); ++i) {
    single_ += value[i];
    i += value[i] == '"';
  }
  const size_t size = single_.size() - kCsvMargin;
  single_.append(kCsvMargin, '\0');
  return std::string_view(single_).substr(kCsvMargin, size);
}

// Calls parse(row, text) for the values of some rows.
template <class Parse>
bool CsvBlockReader::fill_with(const char* text, int position, int64_t begin, int64_t end,
                               const Parse& parse) {
  const auto* ends = ends_.as<uint32_t>() + position;
  const int64_t width = lines_.width;
  const bool returns = returns_ && position + 1 == width;
  for (int64_t row = begin; row < end; ++row) {
    uint32_t first = ends[row * width] + 1;
    uint32_t last = ends[row * width + 1];
    if (returns && text[last - 1] == '\r') --last;
    std::string_view value(text + first, last - first);
    if (text[first] == '"') {  // it has a partner
      value = value.substr(1, value.size() - 2);
      if (doubled_) value = without_doubled(value);
    }
    if (!parse(row, value)) return false;
  }
  return true;
}

bool CsvBlockReader::fill(const char* text, size_t field, Filled& filled, int64_t begin,
                          int64_t end) {
  const MissingTexts& missing = *lines_.missing;
  const auto [position, kind] = lines_.fields[field];
  std::byte* const column = filled.columns[field];
  const auto set_missing = [&](int64_t row) {
    memory::set_missing(filled.validity[field], row, rows_);
  };
  switch (kind) {
    case CsvKind::kInt:
      return fill_with(text, position, begin, end, [&](int64_t row, std::string_view value) {
        int64_t& out = reinterpret_cast<int64_t*>(column)[row];
        if (parse_int(value, out)) return true;
        out = 0;
        set_missing(row);
        return missing.contains(value);
      });
    case CsvKind::kFloat:
      return fill_with(text, position, begin, end, [&](int64_t row, std::string_view value) {
        double& out = reinterpret_cast<double*>(column)[row];
        if (parse_float(value, out)) return true;
        out = std::numeric_limits<double>::quiet_NaN();
        return missing.contains(value);
      });
    case CsvKind::kBool:
      return fill_with(text, position, begin, end, [&](int64_t row, std::string_view value) {
        uint8_t& out = reinterpret_cast<uint8_t*>(column)[row];
        if (parse_bool(value, out)) return true;
        out = 0;
        set_missing(row);
        return missing.contains(value);
      });
    case CsvKind::kNothing:
      return fill_with(text, position, begin, end, [&](int64_t row, std::string_view value) {
        reinterpret_cast<double*>(column)[row] = std::numeric_limits<double>::quiet_NaN();
        return missing.contains(value);
      });
    case CsvKind::kText:
      return fill_with(text, position, begin, end, [&](int64_t row, std::string_view value) {
        StringRef& out = reinterpret_cast<StringRef*>(column)[row];
        if (missing.contains(value)) {
          out = StringRef();
          set_missing(row);
        } else {
          out = text_ref(value, filled.texts);
        }
        return true;
      });
  }
  return false;
}

memory::Column CsvBlockReader::column_of(size_t field,
                                         const std::shared_ptr<Filled>& filled) const {
  memory::Column column;
  column.dtype = dtype_of(lines_.fields[field].kind);
  column.data = filled->columns[field];
  if (!filled->validity[field].empty()) column.validity = filled->validity[field].as<uint8_t>();
  column.owner = filled;
  return column;
}

}  // namespace tharsis::io
