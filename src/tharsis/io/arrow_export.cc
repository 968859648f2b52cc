#include <arrow/api.h>
#include <arrow/builder.h>

#include <cmath>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/io/arrow_column.h"
#include "tharsis/io/arrow_status.h"
#include "tharsis/memory/batch_codec.h"

namespace tharsis::io {
namespace {

using memory::Column;
using memory::Encoding;

constexpr std::string_view kWho = "handing a column to Arrow";

// Bytes of ours as an Arrow buffer that keeps their owner.
class Borrowed final : public arrow::Buffer {
 public:
  Borrowed(const void* data, int64_t size, std::shared_ptr<const void> owner)
      : arrow::Buffer(static_cast<const uint8_t*>(data), size), owner_(std::move(owner)) {}

 private:
  std::shared_ptr<const void> owner_;
};

std::shared_ptr<arrow::Buffer> new_bits(int64_t rows, arrow::MemoryPool* pool) {
  auto buffer = value_or_throw(arrow::AllocateBuffer((rows + 7) / 8, pool), kWho);
  std::memset(buffer->mutable_data(), 0, buffer->size());
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

void set_bit(arrow::Buffer& bits, int64_t i) {
  bits.mutable_data()[i >> 3] |= static_cast<uint8_t>(1u << (i & 7));
}

bool is_nan(const Column& column, int64_t i) {
  return column.dtype.id == TypeId::kFloat64 ? std::isnan(column.values<double>()[i])
                                             : std::isnan(column.values<float>()[i]);
}

std::shared_ptr<arrow::Buffer> validity_of(const Column& column, int64_t rows,
                                           arrow::MemoryPool* pool, bool nan_is_null) {
  const bool nan = nan_is_null && column.dtype.nan_is_missing();
  if (column.validity == nullptr && !nan) return nullptr;
  auto bits = new_bits(rows, pool);
  for (int64_t i = 0; i < rows; ++i) {
    if (column.valid(i) && !(nan && is_nan(column, i))) set_bit(*bits, i);
  }
  return bits;
}

std::shared_ptr<arrow::Array> text_array(const Column& column, int64_t rows,
                                         arrow::MemoryPool* pool) {
  arrow::LargeStringBuilder builder(pool);
  const auto* texts = column.values<StringRef>();
  int64_t bytes = 0;
  for (int64_t i = 0; i < rows; ++i) bytes += texts[i].length;
  require_ok(builder.Reserve(rows), kWho);
  require_ok(builder.ReserveData(bytes), kWho);
  for (int64_t i = 0; i < rows; ++i) {
    if (column.valid(i)) {
      builder.UnsafeAppend(texts[i].view());
    } else {
      builder.UnsafeAppendNull();
    }
  }
  std::shared_ptr<arrow::Array> out;
  require_ok(builder.Finish(&out), kWho);
  return out;
}

std::shared_ptr<arrow::Array> label_array(const std::vector<Label>& labels,
                                          const arrow::DataType& type, arrow::MemoryPool* pool) {
  std::shared_ptr<arrow::Array> out;
  if (type.id() == arrow::Type::LARGE_STRING) {
    arrow::LargeStringBuilder builder(pool);
    for (const Label& label : labels)
      require_ok(builder.Append(std::get<std::string>(label)), kWho);
    require_ok(builder.Finish(&out), kWho);
  } else if (type.id() == arrow::Type::DOUBLE) {
    arrow::DoubleBuilder builder(pool);
    for (const Label& label : labels) require_ok(builder.Append(std::get<double>(label)), kWho);
    require_ok(builder.Finish(&out), kWho);
  } else {
    arrow::Int64Builder builder(pool);
    for (const Label& label : labels) {
      const auto* number = std::get_if<int64_t>(&label);
      const auto* truth = std::get_if<bool>(&label);
      require(number != nullptr || truth != nullptr, ErrorCode::kUnsupported,
              "categories of several types cannot leave the engine");
      require_ok(builder.Append(number != nullptr ? *number : *truth), kWho);
    }
    require_ok(builder.Finish(&out), kWho);
  }
  return out;
}

std::shared_ptr<arrow::Array> code_array(const Column& column, int64_t rows,
                                         const std::shared_ptr<arrow::DataType>& type,
                                         std::shared_ptr<arrow::Array> dictionary,
                                         arrow::MemoryPool* pool) {
  auto data = std::make_shared<Borrowed>(column.data, rows * 4, column.owner);
  auto codes = arrow::MakeArray(arrow::ArrayData::Make(
      arrow::int32(), rows, {validity_of(column, rows, pool, false), std::move(data)}));
  return value_or_throw(arrow::DictionaryArray::FromArrays(type, codes, std::move(dictionary)),
                        kWho);
}

}  // namespace

std::shared_ptr<arrow::Array> column_to_arrow(const Column& given, int64_t rows,
                                              arrow::MemoryPool* pool, bool nan_is_null) {
  const Column column = memory::flatten(given, rows);
  const auto type = dtype_to_arrow(column.dtype);
  switch (column.dtype.id) {
    case TypeId::kString:
      return text_array(column, rows, pool);
    case TypeId::kNull:
      return value_or_throw(arrow::MakeArrayOfNull(type, rows, pool), kWho);
    case TypeId::kCategory: {
      const auto& values = static_cast<const arrow::DictionaryType&>(*type).value_type();
      return code_array(column, rows, type, label_array(column.dtype.categories(), *values, pool),
                        pool);
    }
    case TypeId::kBool: {
      auto bits = new_bits(rows, pool);
      for (int64_t i = 0; i < rows; ++i) {
        if (column.values<uint8_t>()[i] != 0) set_bit(*bits, i);
      }
      return arrow::MakeArray(arrow::ArrayData::Make(
          type, rows, {validity_of(column, rows, pool, nan_is_null), std::move(bits)}));
    }
    default: {
      auto data =
          std::make_shared<Borrowed>(column.data, rows * column.dtype.width(), column.owner);
      return arrow::MakeArray(arrow::ArrayData::Make(
          type, rows, {validity_of(column, rows, pool, nan_is_null), std::move(data)}));
    }
  }
}

std::shared_ptr<arrow::RecordBatch> batch_to_arrow(const memory::Batch& batch, const Schema& schema,
                                                   arrow::MemoryPool* pool, bool nan_is_null) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < schema.size(); ++i) {
    arrays.push_back(column_to_arrow(batch.columns[i], batch.rows, pool, nan_is_null));
    fields.push_back(arrow::field(label_plain(schema[i].label), arrays.back()->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), batch.rows, std::move(arrays));
}

}  // namespace tharsis::io
