#pragma once

#include <optional>
#include <string_view>

#include "tharsis/types/dtype.h"
#include "tharsis/types/scalar.h"

namespace tharsis {

/// The type that holds both, as NumPy 2 (NEP 50) and pandas find it: bool < unsigned/signed <
/// float; int64 with uint64 and int32+ with float32 give float64; equal types give themselves;
/// times agree on the finer unit. A missing-value flavour wins over NumPy's. Nothing if no common
/// type exists.
std::optional<DType> promoted(const DType& a, const DType& b);

/// As above, or a DType error that names `who`.
DType promote(const DType& a, const DType& b, std::string_view who);

/// The type a bare Python number takes next to `other`: int stays `other` when that is a number, a
/// float turns integers into float64. A value that an integer type cannot hold is an Overflow
/// error.
DType weak_type(const Scalar& scalar, const DType& other, std::string_view who);

/// Whether a bare number has a type next to `other`.
bool weak_fits(const Scalar& scalar, const DType& other);

}  // namespace tharsis
