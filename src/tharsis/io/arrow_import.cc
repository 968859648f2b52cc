#include <arrow/api.h>
#include <arrow/compute/cast.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/io/arrow_column.h"
#include "tharsis/io/arrow_status.h"
#include "tharsis/memory/buffer.h"

namespace tharsis::io {
namespace {

using memory::Buffer;
using memory::Column;
using memory::Encoding;

struct Kept {
  std::shared_ptr<arrow::Array> array;
  Buffer data, validity;
};

void take_validity(Column& column, const arrow::Array& array) {
  if (array.null_count() == 0) return;
  column.validity = array.null_bitmap_data();
  column.validity_offset = array.offset();
}

template <class T>
void fill_gaps(const arrow::Array& array, T* values) {
  if (array.null_count() == 0) return;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsNull(i)) values[i] = std::numeric_limits<T>::quiet_NaN();
  }
}

const std::byte* raw_values(const arrow::Array& array, int64_t width) {
  const auto& buffer = array.data()->buffers[1];
  if (buffer == nullptr) return nullptr;
  return reinterpret_cast<const std::byte*>(buffer->data()) + array.offset() * width;
}

Column fixed_width(const std::shared_ptr<arrow::Array>& array, const DType& dtype) {
  Column column;
  column.dtype = dtype;
  const int64_t width = dtype.width();
  const int64_t bytes = array->length() * width;
  const std::byte* values = raw_values(*array, width);
  auto kept = std::make_shared<Kept>();
  kept->array = array;
  const bool gaps = dtype.nan_is_missing() && array->null_count() > 0;
  if (values != nullptr && !gaps && memory::readable_behind(values + bytes)) {
    column.data = values;
  } else {
    kept->data = Buffer(bytes);
    if (bytes > 0) std::memcpy(kept->data.data(), values, bytes);
    if (dtype.id == TypeId::kFloat64) fill_gaps(*array, kept->data.as<double>());
    if (dtype.id == TypeId::kFloat32) fill_gaps(*array, kept->data.as<float>());
    column.data = kept->data.data();
  }
  if (!dtype.nan_is_missing()) take_validity(column, *array);
  column.owner = std::move(kept);
  return column;
}

Column bools(const std::shared_ptr<arrow::Array>& array, const DType& dtype) {
  const auto& bits = static_cast<const arrow::BooleanArray&>(*array);
  auto kept = std::make_shared<Kept>();
  kept->array = array;
  kept->data = Buffer(array->length());
  for (int64_t i = 0; i < array->length(); ++i) kept->data.as<uint8_t>()[i] = bits.Value(i);
  Column column;
  column.dtype = dtype;
  column.data = kept->data.data();
  take_validity(column, *array);
  column.owner = std::move(kept);
  return column;
}

template <class A>
void write_views(const arrow::Array& array, StringRef* out) {
  const auto& texts = static_cast<const A&>(array);
  for (int64_t i = 0; i < array.length(); ++i) {
    out[i] = array.IsNull(i) ? StringRef() : StringRef(std::string_view(texts.GetView(i)));
  }
}

Column texts(const std::shared_ptr<arrow::Array>& array, const DType& dtype) {
  auto kept = std::make_shared<Kept>();
  kept->array = array;
  kept->data = Buffer(array->length() * static_cast<int64_t>(sizeof(StringRef)));
  auto* out = kept->data.as<StringRef>();
  Column column;
  column.dtype = dtype;
  column.data = out;
  switch (array->type_id()) {
    case arrow::Type::STRING:
      write_views<arrow::StringArray>(*array, out);
      break;
    case arrow::Type::LARGE_STRING:
      write_views<arrow::LargeStringArray>(*array, out);
      break;
    case arrow::Type::STRING_VIEW:
      write_views<arrow::StringViewArray>(*array, out);
      break;
    default:  // null: all rows are missing
      for (int64_t i = 0; i < array->length(); ++i) out[i] = StringRef();
      kept->validity = Buffer((array->length() + 7) / 8);
      std::memset(kept->validity.data(), 0, kept->validity.size());
      column.validity = kept->validity.as<uint8_t>();
  }
  if (column.validity == nullptr) take_validity(column, *array);
  column.owner = std::move(kept);
  return column;
}

// Codes become int32; a missing row keeps code 0 behind its cleared bit.
Column codes(const arrow::DictionaryArray& array, const DType& dtype,
             const std::shared_ptr<arrow::Array>& whole) {
  auto kept = std::make_shared<Kept>();
  kept->array = whole;
  kept->data = Buffer(array.length() * 4);
  auto* out = kept->data.as<int32_t>();
  for (int64_t i = 0; i < array.length(); ++i) {
    out[i] = array.IsNull(i) ? 0 : static_cast<int32_t>(array.GetValueIndex(i));
  }
  Column column;
  column.dtype = dtype;
  column.data = out;
  if (array.null_count() > 0) {
    column.validity = array.null_bitmap_data();
    column.validity_offset = array.offset();
  }
  column.owner = std::move(kept);
  return column;
}

std::shared_ptr<arrow::Array> cast_array(const std::shared_ptr<arrow::Array>& array,
                                         const std::shared_ptr<arrow::DataType>& type) {
  return value_or_throw(arrow::compute::Cast(*array, type), "reading an Arrow column");
}

}  // namespace

Column column_from_arrow(const std::shared_ptr<arrow::Array>& array, const DType& dtype) {
  const arrow::Type::type id = array->type_id();
  if (id == arrow::Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*array);
    if (dtype.is_category()) return codes(dictionary, dtype, array);
    if (!dtype.is_string() || dictionary.dictionary()->null_count() > 0) {
      return column_from_arrow(cast_array(array, dictionary.dictionary()->type()), dtype);
    }
    Column column = codes(dictionary, dtype, array);
    column.encoding = Encoding::kDictionary;
    column.dictionary = std::make_shared<const Column>(texts(dictionary.dictionary(), dtype));
    column.dictionary_rows = dictionary.dictionary()->length();
    return column;
  }
  if (dtype.is_string()) return texts(array, dtype);
  if (id == arrow::Type::BOOL && dtype.is_bool()) return bools(array, dtype);
  const auto type = dtype_to_arrow(dtype);
  return fixed_width(array->type()->Equals(*type) ? array : cast_array(array, type), dtype);
}

}  // namespace tharsis::io
