#include "tharsis/types/promote.h"

#include <algorithm>
#include <limits>

#include "tharsis/base/error.h"

namespace tharsis {
namespace {

TypeId signed_of_width(int64_t width) {
  switch (width) {
    case 1:
      return TypeId::kInt8;
    case 2:
      return TypeId::kInt16;
    case 4:
      return TypeId::kInt32;
    default:
      return TypeId::kInt64;
  }
}

TypeId promote_numbers(const DType& a, const DType& b) {
  if (a.id == b.id) return a.id;
  if (a.is_bool()) return b.id;
  if (b.is_bool()) return a.id;
  if (a.is_float() || b.is_float()) {
    if (a.is_float() && b.is_float()) return TypeId::kFloat64;
    const DType& real = a.is_float() ? a : b;
    const DType& whole = a.is_float() ? b : a;
    // float32 holds integers of up to 16 bits exactly.
    return whole.width() <= 2 ? real.id : TypeId::kFloat64;
  }
  if (a.is_signed() == b.is_signed()) return a.width() >= b.width() ? a.id : b.id;
  const DType& with_sign = a.is_signed() ? a : b;
  const DType& without = a.is_signed() ? b : a;
  if (with_sign.width() > without.width()) return with_sign.id;
  return without.width() == 8 ? TypeId::kFloat64 : signed_of_width(without.width() * 2);
}

bool is_numeric(const DType& type) { return type.is_number() || type.is_bool(); }

template <class T>
bool fits(int64_t value) {
  if constexpr (std::is_same_v<T, uint64_t>) return value >= 0;
  return value >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
         value <= static_cast<int64_t>(std::numeric_limits<T>::max());
}

bool integer_fits(int64_t value, TypeId type) {
  switch (type) {
    case TypeId::kInt8:
      return fits<int8_t>(value);
    case TypeId::kInt16:
      return fits<int16_t>(value);
    case TypeId::kInt32:
      return fits<int32_t>(value);
    case TypeId::kUInt8:
      return fits<uint8_t>(value);
    case TypeId::kUInt16:
      return fits<uint16_t>(value);
    case TypeId::kUInt32:
      return fits<uint32_t>(value);
    case TypeId::kUInt64:
      return value >= 0;
    default:
      return true;
  }
}

}  // namespace

std::optional<DType> promoted(const DType& a, const DType& b) {
  const Flavour flavour = std::max(a.flavour, b.flavour);
  if (is_numeric(a) && is_numeric(b)) {
    return DType(promote_numbers(a, b)).with_flavour(flavour);
  }
  if (a.id == TypeId::kNull) return b;
  if (b.id == TypeId::kNull) return a;
  if (a.id != b.id) return std::nullopt;
  if (a.is_string()) return a.with_flavour(flavour);
  if (a.is_time() && a.timezone() == b.timezone()) return a.unit >= b.unit ? a : b;
  if (a == b) return a;
  return std::nullopt;
}

DType promote(const DType& a, const DType& b, std::string_view who) {
  if (auto common = promoted(a, b)) return *common;
  fail(ErrorCode::kDType, "{}: {} and {} have no common type", who, a.name(), b.name());
}

DType weak_type(const Scalar& scalar, const DType& other, std::string_view who) {
  if (!scalar.weak) return promote(scalar.dtype, other, who);
  if (scalar.dtype.is_float())
    return other.is_float() ? other : DType(TypeId::kFloat64).with_flavour(other.flavour);
  if (other.is_bool()) {
    require(scalar.dtype.id != TypeId::kUInt64, ErrorCode::kOverflow,
            "{}: the integer {} is out of bounds for int64", who, scalar.text());
    return scalar.dtype.with_flavour(other.flavour);
  }
  if (scalar.dtype.is_integer() && other.is_integer()) {
    const int64_t value = scalar.as_int();
    const bool large = scalar.dtype.id == TypeId::kUInt64;
    require(large ? other.id == TypeId::kUInt64 : integer_fits(value, other.id),
            ErrorCode::kOverflow, "{}: the integer {} is out of bounds for {}", who, scalar.text(),
            other.name());
  }
  return is_numeric(other) ? other : promote(scalar.dtype, other, who);
}

bool weak_fits(const Scalar& scalar, const DType& other) {
  try {
    weak_type(scalar, other, "");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace tharsis
