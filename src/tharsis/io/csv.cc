#include "tharsis/io/csv.h"

#include <arrow/api.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "tharsis/io/arrow_column.h"
#include "tharsis/io/csv_arrow.h"
#include "tharsis/io/csv_plain.h"

namespace tharsis::io {
namespace {

// More than Arrow looks at when it finds the types.
constexpr size_t kBeginningBytes = size_t{512} << 10;

std::string beginning_of(const std::string& path) {
  std::string text(kBeginningBytes, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return text;
}

// The values of a line; nothing where a quote is not around a whole one.
std::optional<std::vector<std::string>> split(std::string_view line, char delimiter) {
  std::vector<std::string> out;
  for (;;) {
    const bool quoted = line.starts_with('"');
    const size_t end = quoted ? line.find('"', 1) : line.find(delimiter);
    std::string_view value = line.substr(0, end);
    if (quoted) {
      if (end == std::string_view::npos) return std::nullopt;
      value.remove_prefix(1);
      line.remove_prefix(end + 1);
      if (!line.empty() && line[0] != delimiter) return std::nullopt;
    } else {
      line.remove_prefix(std::min(end, line.size()));
    }
    if (value.find('"') != std::string_view::npos) return std::nullopt;
    out.emplace_back(value);
    if (line.empty()) return out;
    line.remove_prefix(1);
  }
}

// The names of all columns, and where the values begin. Nothing where it takes more than a look.
struct Header {
  std::vector<std::string> names;
  int64_t end = 0;
};
std::optional<Header> header_of(std::string_view text, const CsvOptions& options) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  Header out{options.names, 0};
  for (int64_t line = 0; line < options.skip_rows + (options.header ? 1 : 0); ++line) {
    const size_t end = text.find('\n', at);
    if (end == std::string_view::npos || end == at) return std::nullopt;
    std::string_view names = text.substr(at, end - at);
    if (names.ends_with('\r')) names.remove_suffix(1);
    if (names.empty() || names.find('\r') != std::string_view::npos) return std::nullopt;
    const auto values = split(names, options.delimiter);
    if (!values) return std::nullopt;
    if (line == options.skip_rows && options.names.empty()) out.names = *values;
    at = end + 1;
  }
  if (out.names.empty() || at >= text.size()) return std::nullopt;
  out.end = static_cast<int64_t>(at);
  return out;
}

std::optional<CsvKind> kind_of(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT64:
      return CsvKind::kInt;
    case arrow::Type::DOUBLE:
      return CsvKind::kFloat;
    case arrow::Type::BOOL:
      return CsvKind::kBool;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      return CsvKind::kText;
    case arrow::Type::NA:
      return CsvKind::kNothing;
    default:
      return std::nullopt;
  }
}

// The fields of `schema` among the columns of the file.
std::optional<std::vector<CsvField>> fields_of(const arrow::Schema& schema,
                                               const std::vector<std::string>& names) {
  std::unordered_map<std::string, int> positions;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!positions.emplace(names[i], static_cast<int>(i)).second) return std::nullopt;
  }
  std::vector<CsvField> fields;
  for (const auto& field : schema.fields()) {
    const auto at = positions.find(field->name());
    const auto kind = kind_of(*field->type());
    if (at == positions.end() || !kind) return std::nullopt;
    fields.push_back({at->second, *kind});
  }
  return fields;
}

// Types that the user gave in a flavour of their own are Arrow's to read.
bool are_usual(const CsvOptions& options) {
  return std::all_of(options.dtypes.begin(), options.dtypes.end(),
                     [](const auto& given) { return given.second.flavour == Flavour::kNumpy; });
}

bool has_gaps(const std::vector<memory::Batch>& batches, size_t column) {
  return std::any_of(batches.begin(), batches.end(), [&](const memory::Batch& batch) {
    return batch.columns[column].validity != nullptr;
  });
}

// Whole numbers with gaps become floats where they stand. False where one is too large for that.
bool make_floats(std::vector<memory::Batch>& batches, size_t column) {
  constexpr int64_t kExact = int64_t{1} << 53;
  for (memory::Batch& batch : batches) {
    memory::Column& values = batch.columns[column];
    auto* floats = static_cast<double*>(const_cast<void*>(values.data));
    for (int64_t row = 0; row < batch.rows; ++row) {
      const int64_t number = values.values<int64_t>()[row];
      if (std::abs(number) > kExact) return false;
      const double value = values.valid(row) ? static_cast<double>(number)
                                             : std::numeric_limits<double>::quiet_NaN();
      std::memcpy(floats + row, &value, sizeof value);
    }
    values.dtype = TypeId::kFloat64;
    values.validity = nullptr;
  }
  return true;
}

// As pandas has it where something is missing.
bool settle(CsvTable& table, size_t column, CsvKind kind, const DType* given) {
  DType dtype = table.batches[0].columns[column].dtype;
  if (given == nullptr && has_gaps(table.batches, column)) {
    if (kind == CsvKind::kInt && !make_floats(table.batches, column)) return false;
    dtype = with_gaps(dtype);
  }
  table.schema[column].dtype = dtype;
  for (memory::Batch& batch : table.batches) batch.columns[column].dtype = dtype;
  return true;
}

// Nothing where the file is not simple.
std::optional<CsvTable> read_plain(const std::string& path, const CsvOptions& options,
                                   const std::function<void()>& poll, const std::string& who) {
  const MissingTexts missing(missing_texts(options));
  const bool usual = std::string_view("\"\r\n").find(options.delimiter) == std::string_view::npos;
  if (!usual || options.block_bytes <= 0 || !options.times.empty() || missing.ambiguous() ||
      !are_usual(options))
    return std::nullopt;
  const std::string beginning = beginning_of(path);
  const auto header = header_of(beginning, options);
  if (!header) return std::nullopt;
  const bool quotes = beginning.find('"') != std::string::npos;
  const auto schema = csv_beginning(path, options, quotes, who);
  const auto fields = fields_of(*schema, header->names);
  if (!fields || fields->empty()) return std::nullopt;
  PlainCsv file{path, header->end, {}, options.block_bytes};
  file.lines = {options.delimiter, static_cast<int>(header->names.size()), *fields, &missing};
  auto rows = read_plain_csv(file, poll);
  if (!rows || rows->batches.empty()) return std::nullopt;
  CsvTable table{{}, std::move(rows->batches), std::move(rows->bytes)};
  for (size_t i = 0; i < fields->size(); ++i) {
    const std::string& name = schema->field(static_cast<int>(i))->name();
    table.schema.push_back({Label(name), {}});
    if (!settle(table, i, (*fields)[i].kind, options.given_dtype(name))) return std::nullopt;
  }
  return table;
}

}  // namespace

const DType* CsvOptions::given_dtype(const std::string& name) const {
  for (const auto& [given, dtype] : dtypes) {
    if (given == name) return &dtype;
  }
  return nullptr;
}

CsvTable read_csv(const std::string& path, const CsvOptions& options,
                  const std::function<void()>& poll) {
  const std::string who = "read_csv: '" + path + "'";
  if (auto table = read_plain(path, options, poll, who)) return std::move(*table);
  return read_csv_by_arrow(path, options, poll, who);
}

}  // namespace tharsis::io
