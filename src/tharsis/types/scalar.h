#pragma once

#include <string>
#include <variant>

#include "tharsis/types/dtype.h"

namespace tharsis {

/// One value with its type; monostate is missing. Times are int64 in the unit of the type.
struct Scalar {
  DType dtype;
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string> value;
  /// Written by a user as a bare Python number: takes the type of what it meets (NEP 50).
  bool weak = false;

  bool missing() const { return value.index() == 0; }
  double as_double() const;
  int64_t as_int() const;
  std::string text() const;
};

Scalar missing_scalar(DType dtype);
void put_scalar(WireWriter& out, const Scalar& scalar);
Scalar get_scalar(WireReader& in);

/// The value of `label` as a scalar of its natural type (bool, int64, float64, str).
Scalar label_scalar(const Label& label);
/// The value as a label, its type forgotten: times become whole numbers.
Label scalar_label(const Scalar& scalar);

}  // namespace tharsis
