#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "tharsis/memory/buffer.h"
#include "tharsis/memory/column.h"
#include "tharsis/ops/relational/groupby/key_table.h"

/// What accumulators read and write: the values of a batch by group, and columns of one value per
/// group.
namespace tharsis::ops {

/// A column over a Grown array or a Buffer that it takes over.
template <class Holder>
Column owned_column(DType dtype, std::shared_ptr<Holder> holder, const void* data) {
  Column column;
  column.dtype = std::move(dtype);
  column.data = data;
  column.owner = std::move(holder);
  return column;
}

template <class T>
Column picked(DType dtype, const Grown<T>& from, std::span<const uint32_t> groups) {
  auto bytes = std::make_shared<memory::Buffer>(static_cast<int64_t>(groups.size() * sizeof(T)));
  for (size_t i = 0; i < groups.size(); ++i) bytes->as<T>()[i] = from[groups[i]];
  const void* data = bytes->data();
  return owned_column(std::move(dtype), std::move(bytes), data);
}

template <class Present>
Column with_validity(Column column, int64_t groups, const Present& present) {
  bool all = true;
  for (int64_t i = 0; i < groups && all; ++i) all = present(i);
  if (all) return column;
  struct Both {
    memory::Buffer bits;
    std::shared_ptr<const void> rest;
  };
  auto both = std::make_shared<Both>();
  both->bits = memory::Buffer((groups + 7) / 8);
  std::memset(both->bits.data(), 0, (groups + 7) / 8);
  for (int64_t i = 0; i < groups; ++i) {
    if (present(i))
      both->bits.template as<uint8_t>()[i >> 3] |= static_cast<uint8_t>(1u << (i & 7));
  }
  both->rest = column.owner;
  column.validity = both->bits.template as<uint8_t>();
  column.validity_offset = 0;
  column.owner = std::move(both);
  return column;
}

/// The memory types that numbers come in; calls visit(static_cast<T*>(nullptr)).
template <class Visit>
auto with_type(const DType& dtype, Visit visit) {
  switch (dtype.id) {
    case TypeId::kBool:
    case TypeId::kUInt8:
      return visit(static_cast<uint8_t*>(nullptr));
    case TypeId::kInt8:
      return visit(static_cast<int8_t*>(nullptr));
    case TypeId::kInt16:
      return visit(static_cast<int16_t*>(nullptr));
    case TypeId::kUInt16:
      return visit(static_cast<uint16_t*>(nullptr));
    case TypeId::kInt32:
    case TypeId::kCategory:
      return visit(static_cast<int32_t*>(nullptr));
    case TypeId::kUInt32:
      return visit(static_cast<uint32_t*>(nullptr));
    case TypeId::kUInt64:
      return visit(static_cast<uint64_t*>(nullptr));
    case TypeId::kFloat32:
      return visit(static_cast<float*>(nullptr));
    case TypeId::kFloat64:
      return visit(static_cast<double*>(nullptr));
    default:
      return visit(static_cast<int64_t*>(nullptr));
  }
}

/// Calls add(group, value) for the rows that have a group and a value.
template <class T, class Add>
void each_value(const Column& column, const uint32_t* groups, int64_t rows, Add add) {
  const auto* values = column.values<T>();
  const bool constant = column.encoding == Encoding::kConstant;
  for (int64_t i = 0; i < rows; ++i) {
    if (groups[i] == KeyTable::kNoGroup) continue;
    if (column.validity != nullptr && !column.valid(i)) continue;
    const T value = values[constant ? 0 : i];
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(value)) continue;
    }
    add(groups[i], value);
  }
}

/// Dictionaries of numbers do not occur; text is asked for by reference.
inline bool missing_at(const Column& column, int64_t i) {
  return column.validity != nullptr && !column.valid(i);
}

}  // namespace tharsis::ops
