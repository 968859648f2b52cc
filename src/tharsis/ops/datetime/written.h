#pragma once

#include <optional>
#include <string_view>

#include "tharsis/types/scalar.h"

namespace tharsis::ops {

/// The time that `text` writes, as a constant to stand next to a column of type `like`: in the unit
/// that its fraction needs, on the clock of the column's zone where it names no offset. Nothing if
/// it writes none, or names an offset next to a column without a zone.
std::optional<Scalar> time_from_text(std::string_view text, const DType& like);

}  // namespace tharsis::ops
