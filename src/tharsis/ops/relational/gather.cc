#include "tharsis/ops/relational/gather.h"

#include <cstring>

#include "tharsis/base/string_ref.h"

namespace tharsis::ops {
namespace {

using memory::Arena;
using memory::Column;
using memory::Encoding;

template <class T>
void gather_values(const void* from, std::span<const uint32_t> rows, void* to) {
  const auto* source = static_cast<const T*>(from);
  auto* out = static_cast<T*>(to);
  for (size_t i = 0; i < rows.size(); ++i) out[i] = source[rows[i]];
}

struct alignas(16) Wide {
  uint64_t words[2];
};

void gather_width(int64_t width, const void* from, std::span<const uint32_t> rows, void* to) {
  switch (width) {
    case 1:
      return gather_values<uint8_t>(from, rows, to);
    case 2:
      return gather_values<uint16_t>(from, rows, to);
    case 4:
      return gather_values<uint32_t>(from, rows, to);
    case 8:
      return gather_values<uint64_t>(from, rows, to);
    default:
      return gather_values<Wide>(from, rows, to);
  }
}

}  // namespace

int32_t true_rows(const Column& mask, int64_t n, uint32_t* rows) {
  int32_t count = 0;
  if (mask.encoding == Encoding::kConstant) {
    if (n == 0 || !mask.valid(0) || !mask.values<uint8_t>()[0]) return 0;
    for (int64_t i = 0; i < n; ++i) rows[i] = static_cast<uint32_t>(i);
    return static_cast<int32_t>(n);
  }
  const auto* values = mask.values<uint8_t>();
  if (mask.validity == nullptr) {
    for (int64_t i = 0; i < n; ++i) {
      rows[count] = static_cast<uint32_t>(i);
      count += values[i] != 0;
    }
    return count;
  }
  for (int64_t i = 0; i < n; ++i) {
    rows[count] = static_cast<uint32_t>(i);
    count += values[i] != 0 && mask.valid(i);
  }
  return count;
}

Column gather(const Column& column, std::span<const uint32_t> rows, Arena& arena) {
  if (column.encoding == Encoding::kConstant) return column;
  Column out = column;
  const int64_t width = column.encoding == Encoding::kDictionary ? 4 : column.dtype.width();
  void* data = arena.take(static_cast<int64_t>(rows.size()) * width);
  gather_width(width, column.data, rows, data);
  out.data = data;
  out.owner = nullptr;
  if (column.validity != nullptr) {
    const size_t bytes = (rows.size() + 7) / 8;
    auto* bits = arena.take_as<uint8_t>(static_cast<int64_t>(bytes));
    std::memset(bits, 0, bytes);
    for (size_t i = 0; i < rows.size(); ++i) {
      bits[i >> 3] |= static_cast<uint8_t>(column.valid(rows[i]) << (i & 7));
    }
    out.validity = bits;
    out.validity_offset = 0;
  }
  return out;
}

void to_int64(const Column& column, int64_t rows, int64_t* out) {
  const auto copy = [&]<class T>(const T* values) {
    for (int64_t i = 0; i < rows; ++i) out[i] = static_cast<int64_t>(values[i]);
  };
  switch (column.dtype.id) {
    case TypeId::kInt8:
      return copy(column.values<int8_t>());
    case TypeId::kInt16:
      return copy(column.values<int16_t>());
    case TypeId::kInt32:
      return copy(column.values<int32_t>());
    case TypeId::kUInt8:
      return copy(column.values<uint8_t>());
    case TypeId::kUInt16:
      return copy(column.values<uint16_t>());
    case TypeId::kUInt32:
      return copy(column.values<uint32_t>());
    default:
      return copy(column.values<int64_t>());
  }
}

Column flat(const Column& column, int64_t rows, Arena& arena) {
  if (column.encoding == Encoding::kFlat) return column;
  Column out = column;
  out.encoding = Encoding::kFlat;
  out.dictionary = nullptr;
  out.owner = nullptr;
  const int64_t width = column.dtype.width();
  auto* data = static_cast<std::byte*>(arena.take(rows * width));
  out.data = data;
  if (column.encoding == Encoding::kDictionary) {
    if (column.validity == nullptr) {
      const auto* codes = column.values<uint32_t>();
      gather_width(width, column.dictionary->data, {codes, static_cast<size_t>(rows)}, data);
      return out;
    }
    const auto* codes = column.values<int32_t>();
    const auto* from = static_cast<const std::byte*>(column.dictionary->data);
    for (int64_t i = 0; i < rows; ++i) {
      if (column.valid(i)) {
        std::memcpy(data + i * width, from + codes[i] * width, width);
      } else {
        std::memset(data + i * width, 0, width);
      }
    }
    return out;
  }
  for (int64_t i = 0; i < rows; ++i) std::memcpy(data + i * width, column.data, width);
  if (column.validity != nullptr) {
    auto* bits = arena.take_as<uint8_t>((rows + 7) / 8);
    std::memset(bits, column.valid(0) ? 0xFF : 0, (rows + 7) / 8);
    out.validity = bits;
    out.validity_offset = 0;
  }
  return out;
}

}  // namespace tharsis::ops
