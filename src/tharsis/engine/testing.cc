#include "tharsis/engine/testing.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/window.h"

namespace tharsis::testing {
namespace {

struct Bytes {
  memory::Buffer data;
  memory::Buffer validity;
  std::vector<std::string> texts;
};

Column column_of(DType dtype, const std::shared_ptr<Bytes>& bytes, bool missing) {
  Column column;
  column.dtype = std::move(dtype);
  column.data = bytes->data.data();
  if (missing) column.validity = bytes->validity.as<uint8_t>();
  column.owner = bytes;
  return column;
}

// Validity bits of `values`; answers whether one is missing.
template <class T>
bool set_validity(const std::vector<std::optional<T>>& values, Bytes& bytes) {
  const auto n = static_cast<int64_t>(values.size());
  bytes.validity = memory::Buffer((n + 7) / 8);
  std::memset(bytes.validity.data(), 0, (n + 7) / 8);
  bool missing = false;
  for (int64_t i = 0; i < n; ++i) {
    missing |= !values[i];
    if (values[i]) bytes.validity.as<uint8_t>()[i >> 3] |= static_cast<uint8_t>(1u << (i & 7));
  }
  return missing;
}

engine::Options session_options(const EngineOptions& options) {
  engine::Options out;
  out.workers = options.workers;
  out.nodes = options.stores;
  out.split_bytes = options.split_bytes;
  out.batch_rows = options.batch_rows;
  out.memory_limit = options.memory_limit;
  out.spill_always = options.spill_always;
  out.keep_results = false;
  if (!options.inline_small) out.inline_bytes = 0;
  out.rules_off = options.rules_off;
  return out;
}

}  // namespace

Series ints(std::string label, const std::vector<std::optional<int64_t>>& values, DType dtype) {
  const auto n = static_cast<int64_t>(values.size());
  auto bytes = std::make_shared<Bytes>();
  const int64_t width = dtype.width();
  bytes->data = memory::Buffer(n * width);
  for (int64_t i = 0; i < n; ++i) {
    const int64_t value = values[i].value_or(0);
    std::memcpy(bytes->data.data() + i * width, &value, width);
  }
  const bool missing = set_validity(values, *bytes);
  return {std::move(label), column_of(std::move(dtype), bytes, missing), n};
}

Series floats(std::string label, const std::vector<double>& values) {
  const auto n = static_cast<int64_t>(values.size());
  auto bytes = std::make_shared<Bytes>();
  bytes->data = memory::Buffer(n * 8);
  std::copy(values.begin(), values.end(), bytes->data.as<double>());
  return {std::move(label), column_of(TypeId::kFloat64, bytes, false), n};
}

Series bools(std::string label, const std::vector<std::optional<bool>>& values) {
  const auto n = static_cast<int64_t>(values.size());
  auto bytes = std::make_shared<Bytes>();
  bytes->data = memory::Buffer(n);
  for (int64_t i = 0; i < n; ++i) bytes->data.as<uint8_t>()[i] = values[i].value_or(false);
  const bool missing = set_validity(values, *bytes);
  return {std::move(label), column_of(TypeId::kBool, bytes, missing), n};
}

Series texts(std::string label, const std::vector<std::optional<std::string>>& values) {
  const auto n = static_cast<int64_t>(values.size());
  auto bytes = std::make_shared<Bytes>();
  bytes->data = memory::Buffer(n * static_cast<int64_t>(sizeof(StringRef)));
  bytes->texts.reserve(values.size());
  for (int64_t i = 0; i < n; ++i) {
    bytes->texts.push_back(values[i].value_or(""));
    bytes->data.as<StringRef>()[i] = StringRef(bytes->texts.back());
  }
  const bool missing = set_validity(values, *bytes);
  return {std::move(label), column_of(TypeId::kString, bytes, missing), n};
}

Series coded(const Series& texts) {
  std::map<std::string, int32_t> numbers;
  std::vector<std::optional<std::string>> distinct;
  std::vector<std::optional<int64_t>> codes;
  for (int64_t i = 0; i < texts.rows; ++i) {
    if (!texts.column.valid(i)) {
      codes.emplace_back();
      continue;
    }
    const std::string text(texts.column.values<StringRef>()[i].view());
    const auto [at, fresh] = numbers.try_emplace(text, static_cast<int32_t>(distinct.size()));
    if (fresh) distinct.emplace_back(text);
    codes.emplace_back(at->second);
  }
  Series out = ints(texts.label, codes, TypeId::kInt32);
  out.column.dtype = TypeId::kString;
  out.column.encoding = Encoding::kDictionary;
  const Series dictionary = testing::texts("", distinct);
  out.column.dictionary = std::make_shared<const Column>(dictionary.column);
  out.column.dictionary_rows = dictionary.rows;
  return out;
}

Engine::Engine(EngineOptions options) : session_(session_options(options)) {
  ops::register_elementwise_ops();
  ops::register_relational_ops();
  ops::register_window_ops();
}

Expr Engine::frame(const std::vector<Series>& columns, FrameOptions options) {
  Schema schema;
  for (const Series& series : columns) schema.push_back({series.label, series.column.dtype});
  const int64_t n = columns.empty() ? 0 : columns[0].rows;
  Batch all;
  all.rows = n;
  for (const Series& series : columns) {
    check(series.rows == n, "columns of different lengths");
    all.columns.push_back(series.column);
  }
  std::vector<Batch> chunks;
  for (int64_t begin = 0; begin < n;) {
    const int64_t rows = std::min(options.chunk_rows, n - begin);
    memory::BatchBuilder builder;
    builder.append(all, begin, begin + rows);
    chunks.push_back(builder.take());
    begin += rows;
  }
  return stored_leaf(
      memory::frame_value(session_.store(),
                          frame_meta(std::move(schema), static_cast<uint16_t>(options.index_levels),
                                     Dim{n}, fresh_key()),
                          std::move(chunks)));
}

Ref<Value> Engine::run(const Expr& root) { return run(std::vector<Expr>{root})[0]; }

std::vector<Ref<Value>> Engine::run(const std::vector<Expr>& roots) {
  auto values = session_.run(roots);
  reports_.push_back(session_.last_report());
  return values;
}

std::vector<int64_t> Engine::splits_by_node() const {
  std::vector<int64_t> sum(session_.nodes(), 0);
  for (const auto& report : reports_) {
    for (const auto& fragment : report.fragments) {
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += fragment.splits_by_node[i];
    }
  }
  return sum;
}

int64_t Engine::rows_read() const {
  int64_t rows = 0;
  for (const auto& report : reports_) rows += report.rows_read;
  return rows;
}

bool Engine::fired(std::string_view rule) const {
  for (const auto& report : reports_) {
    const auto& names = report.rules_fired;
    if (std::find(names.begin(), names.end(), rule) != names.end()) return true;
  }
  return false;
}

std::string cell(const Column& column, int64_t row) {
  if (!column.valid(row)) return "-";
  if (column.encoding == Encoding::kDictionary)
    return cell(*column.dictionary, column.values<int32_t>()[row]);
  const int64_t at = column.at(row);
  switch (column.dtype.id) {
    case TypeId::kNull:
      return "-";
    case TypeId::kBool:
      return column.values<uint8_t>()[at] ? "true" : "false";
    case TypeId::kString:
      return std::string(column.values<StringRef>()[at].view());
    case TypeId::kFloat32:
      return fmt::format("{}", column.values<float>()[at]);
    case TypeId::kFloat64:
      return fmt::format("{}", column.values<double>()[at]);
    case TypeId::kUInt64:
      return fmt::format("{}", column.values<uint64_t>()[at]);
    default:
      break;
  }
  int64_t value = 0;
  const int64_t width = column.dtype.width();
  std::memcpy(&value, static_cast<const char*>(column.data) + at * width, width);
  if (!column.dtype.is_unsigned() && width < 8) {
    const int unused = 64 - static_cast<int>(width) * 8;
    value = static_cast<int64_t>(static_cast<uint64_t>(value) << unused) >> unused;
  }
  return fmt::format("{}", value);
}

std::vector<std::string> rows(const Value& value) {
  std::vector<std::string> out;
  for (const auto& chunk : value.chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    for (int64_t row = 0; row < pin->rows; ++row) {
      std::string line;
      for (size_t i = 0; i < pin->columns.size(); ++i) {
        if (i > 0) line += "|";
        line += cell(pin->columns[i], row);
      }
      out.push_back(std::move(line));
    }
  }
  return out;
}

std::vector<std::string> sorted(std::vector<std::string> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace tharsis::testing
