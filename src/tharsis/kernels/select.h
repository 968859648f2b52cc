#pragma once

#include <cstdint>

namespace tharsis::kernels {

// Moves of values of 1, 2, 4, 8 or 16 bytes, whatever they mean.

/// out[i] = condition[i] ? a[i] : b[i]; `a_step` and `b_step` are 0 for one value for all rows.
void select(int64_t width, const uint8_t* condition, const void* a, int64_t a_step, const void* b,
            int64_t b_step, void* out, int64_t n);
/// out[i] = *value.
void fill(int64_t width, const void* value, void* out, int64_t n);
/// out[i] = values[index[i]]; an index outside of [0, count) takes value 0, or zero if there is
/// none: rows that are missing have such an index.
void gather(int64_t width, const void* values, int64_t count, const int32_t* index, void* out,
            int64_t n);

}  // namespace tharsis::kernels
