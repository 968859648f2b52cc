#pragma once

#include <cstdint>
#include <utility>

#include "tharsis/base/error.h"
#include "tharsis/types/dtype.h"

namespace tharsis {

/// Calls visit(T{}) with the type that holds a number or bool of type `id` in memory; a bool is
/// one byte.
template <class Visit>
decltype(auto) visit_number(TypeId id, Visit&& visit) {
  switch (id) {
    case TypeId::kBool:
    case TypeId::kUInt8:
      return visit(uint8_t{});
    case TypeId::kInt8:
      return visit(int8_t{});
    case TypeId::kInt16:
      return visit(int16_t{});
    case TypeId::kInt32:
      return visit(int32_t{});
    case TypeId::kInt64:
      return visit(int64_t{});
    case TypeId::kUInt16:
      return visit(uint16_t{});
    case TypeId::kUInt32:
      return visit(uint32_t{});
    case TypeId::kUInt64:
      return visit(uint64_t{});
    case TypeId::kFloat32:
      return visit(float{});
    case TypeId::kFloat64:
      return visit(double{});
    default:
      fail(ErrorCode::kDType, "{} is not a number", DType(id).name());
  }
}

/// The same for the values of a column of `dtype`, text aside: categories are int32 codes, times
/// int64 counts.
template <class Visit>
decltype(auto) visit_values(const DType& dtype, Visit&& visit) {
  const TypeId id = dtype.is_category()                    ? TypeId::kInt32
                    : dtype.is_number() || dtype.is_bool() ? dtype.id
                                                           : TypeId::kInt64;
  return visit_number(id, std::forward<Visit>(visit));
}

}  // namespace tharsis
