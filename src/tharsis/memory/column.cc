#include "tharsis/memory/column.h"

#include <algorithm>

#include "tharsis/base/string_ref.h"

namespace tharsis::memory {

namespace {

// Bytes of texts that do not stand inside their references. Mostly there are none, which four at a
// time are asked together.
int64_t text_bytes(const StringRef* texts, int64_t n) {
  int64_t bytes = 0;
  const auto add = [&](const StringRef& text) { bytes += text.is_inline() ? 0 : text.length; };
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const uint32_t longest = std::max(std::max(texts[i].length, texts[i + 1].length),
                                      std::max(texts[i + 2].length, texts[i + 3].length));
    if (longest <= StringRef::kInline) continue;
    for (int64_t k = i; k < i + 4; ++k) add(texts[k]);
  }
  for (; i < n; ++i) add(texts[i]);
  return bytes;
}

}  // namespace

Column Column::from(int64_t begin) const {
  if (begin == 0 || encoding == Encoding::kConstant) return *this;
  Column out = *this;
  const int64_t width = encoding == Encoding::kDictionary ? 4 : dtype.width();
  out.data = static_cast<const char*>(data) + begin * width;
  out.validity_offset += begin;
  return out;
}

int64_t column_bytes(const Column& column, int64_t rows) {
  const int64_t values = column.encoding == Encoding::kConstant ? 1 : rows;
  int64_t bytes = values * column.dtype.width() + (column.validity ? values / 8 + 1 : 0);
  if (column.encoding == Encoding::kDictionary) return values * 4 + values / 8;
  if (column.dtype.is_string()) bytes += text_bytes(column.values<StringRef>(), values);
  return bytes;
}

int64_t batch_bytes(const Batch& batch) {
  int64_t bytes = 0;
  for (const Column& column : batch.columns) bytes += column_bytes(column, batch.rows);
  return bytes;
}

Scalar scalar_at(const Column& column, int64_t row) {
  const int64_t i = column.at(row);
  Scalar out{column.dtype, {}};
  if (!column.valid(row)) return out;
  if (column.encoding == Encoding::kDictionary)
    return scalar_at(*column.dictionary, column.values<int32_t>()[row]);
  switch (column.dtype.id) {
    case TypeId::kNull:
      break;
    case TypeId::kBool:
      out.value = column.values<uint8_t>()[i] != 0;
      break;
    case TypeId::kInt8:
      out.value = int64_t{column.values<int8_t>()[i]};
      break;
    case TypeId::kInt16:
      out.value = int64_t{column.values<int16_t>()[i]};
      break;
    case TypeId::kInt32:
    case TypeId::kCategory:
      out.value = int64_t{column.values<int32_t>()[i]};
      break;
    case TypeId::kUInt8:
      out.value = int64_t{column.values<uint8_t>()[i]};
      break;
    case TypeId::kUInt16:
      out.value = int64_t{column.values<uint16_t>()[i]};
      break;
    case TypeId::kUInt32:
      out.value = int64_t{column.values<uint32_t>()[i]};
      break;
    case TypeId::kUInt64:
      out.value = column.values<uint64_t>()[i];
      break;
    case TypeId::kFloat32:
      out.value = double{column.values<float>()[i]};
      break;
    case TypeId::kFloat64:
      out.value = column.values<double>()[i];
      break;
    case TypeId::kString:
      out.value = std::string(column.values<StringRef>()[i].view());
      break;
    default:
      out.value = column.values<int64_t>()[i];
  }
  return out;
}

bool continues(const Column& column, int64_t rows, const Column& next) {
  if (column.owner != next.owner || column.encoding != next.encoding ||
      column.validity != next.validity || column.dictionary != next.dictionary)
    return false;
  const Column expected = column.from(rows);
  return expected.data == next.data && expected.validity_offset == next.validity_offset;
}

}  // namespace tharsis::memory
