#pragma once

#include <cstdint>

namespace tharsis::kernels {

/// Copies the values of 1, 2, 4 or 8 bytes whose mask byte is not 0 to `out`, in order; answers how
/// many. `out` has room for all n, and 64 bytes more.
int64_t compress(int64_t width, const uint8_t* mask, const void* values, int64_t n, void* out);

/// Copies n values of `width` bytes that stand `stride` values apart.
void gather_strided(int64_t width, const void* values, int64_t stride, int64_t n, void* out);
/// n copies of one value.
void repeat(int64_t width, const void* value, int64_t n, void* out);
/// out[i * rows + j] = values[j * stride + i] for i < columns, j < rows: a transposition in blocks.
void transpose_block(int64_t width, const void* values, int64_t stride, int64_t rows,
                     int64_t columns, void* out);

}  // namespace tharsis::kernels
