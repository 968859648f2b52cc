#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/base/wire.h"
#include "tharsis/types/label.h"

namespace tharsis {

enum class TypeId : uint8_t {
  kNull,  // no value at all: the type of an empty object column
  kBool,  // one byte per value in memory
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUInt8,
  kUInt16,
  kUInt32,
  kUInt64,
  kFloat32,
  kFloat64,
  kString,     // UTF-8, 16-byte views
  kTimestamp,  // int64 since 1970-01-01 in `unit`, UTC when a time zone is set, else wall clock
  kDuration,   // int64 in `unit`
  kCategory,   // int32 codes into `extra->categories`
};

enum class TimeUnit : uint8_t { kSecond, kMilli, kMicro, kNano };

/// How a door shows missing values. Memory does not depend on it, except that only the NumPy
/// flavour takes a NaN in a float for missing; every other missing value is a cleared validity bit.
enum class Flavour : uint8_t { kNumpy, kNullable, kArrow };

struct TypeExtra {
  std::string timezone;           // kTimestamp; empty: none
  std::vector<Label> categories;  // kCategory, in code order
  bool ordered = false;           // kCategory
  friend bool operator==(const TypeExtra&, const TypeExtra&) = default;
};

/// The type of a value. Two equal types may be held in different TypeExtra objects.
struct DType {
  TypeId id = TypeId::kNull;
  TimeUnit unit = TimeUnit::kNano;
  Flavour flavour = Flavour::kNumpy;
  Ref<TypeExtra> extra;

  DType() = default;
  DType(TypeId type) : id(type) {}  // NOLINT: a type without parameters is its id

  friend bool operator==(const DType& a, const DType& b);

  bool is_bool() const { return id == TypeId::kBool; }
  bool is_signed() const { return id >= TypeId::kInt8 && id <= TypeId::kInt64; }
  bool is_unsigned() const { return id >= TypeId::kUInt8 && id <= TypeId::kUInt64; }
  bool is_integer() const { return id >= TypeId::kInt8 && id <= TypeId::kUInt64; }
  bool is_float() const { return id == TypeId::kFloat32 || id == TypeId::kFloat64; }
  bool is_number() const { return is_integer() || is_float(); }
  bool is_string() const { return id == TypeId::kString; }
  bool is_time() const { return id == TypeId::kTimestamp || id == TypeId::kDuration; }
  bool is_category() const { return id == TypeId::kCategory; }

  /// Bytes of one value in memory.
  int64_t width() const;
  /// Whether a NaN of this type stands for a missing value.
  bool nan_is_missing() const { return is_float() && flavour == Flavour::kNumpy; }
  std::string_view timezone() const;
  const std::vector<Label>& categories() const;
  bool ordered() const { return extra != nullptr && extra->ordered; }

  /// The name pandas and NumPy show: "int64", "datetime64[ns, UTC]", "str", "Int64".
  std::string name() const;

  DType with_flavour(Flavour f) const;
};

DType timestamp_type(TimeUnit unit, std::string timezone = {});
DType duration_type(TimeUnit unit);
DType category_type(std::vector<Label> categories, bool ordered);

/// The dtype that NumPy or pandas means by `name`; an error with near names otherwise.
DType parse_dtype(std::string_view name);

std::string_view unit_name(TimeUnit unit);
/// Units per second: 1, 10^3, 10^6, 10^9.
int64_t units_per_second(TimeUnit unit);

void put_dtype(WireWriter& out, const DType& dtype);
DType get_dtype(WireReader& in);

}  // namespace tharsis
