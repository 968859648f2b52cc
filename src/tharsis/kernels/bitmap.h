#pragma once

#include <cstdint>

namespace tharsis::kernels {

// Bitmaps as columns hold them: bit i of a byte array from an offset on, least bit first. What is
// written begins at bit 0 of `out`, whose last byte is filled up with zeros.

inline int64_t bitmap_bytes(int64_t bits) { return (bits + 7) / 8; }

/// out = a & b.
void and_bits(const uint8_t* a, int64_t a_offset, const uint8_t* b, int64_t b_offset, uint8_t* out,
              int64_t n);
/// out = a.
void copy_bits(const uint8_t* a, int64_t a_offset, uint8_t* out, int64_t n);
/// One byte, 0 or 1, per bit.
void bits_to_bytes(const uint8_t* bits, int64_t offset, uint8_t* out, int64_t n);
/// One bit per byte of 0 or 1.
void bytes_to_bits(const uint8_t* bytes, uint8_t* out, int64_t n);
/// The number of set bits.
int64_t count_bits(const uint8_t* bits, int64_t offset, int64_t n);

}  // namespace tharsis::kernels
