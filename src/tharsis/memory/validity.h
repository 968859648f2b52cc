#pragma once

#include <cstdint>

#include "tharsis/memory/buffer.h"

namespace tharsis::memory {

/// Clears the bit of `row` in the validity of `rows` rows; an empty buffer says that all are there.
void set_missing(Buffer& validity, int64_t row, int64_t rows);

}  // namespace tharsis::memory
