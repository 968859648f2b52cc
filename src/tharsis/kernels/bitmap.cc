#include "tharsis/kernels/bitmap.h"

#include <immintrin.h>

#include <bit>
#include <cstring>

namespace tharsis::kernels {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;

// Up to 64 bits from `begin` on; those beyond `count` are zero. Reads no byte without a wanted bit.
uint64_t load_bits(const uint8_t* bits, int64_t begin, int64_t count) {
  const uint8_t* first = bits + (begin >> 3);
  const auto shift = static_cast<int>(begin & 7);
  const int64_t bytes = (shift + count + 7) / 8;
  uint64_t word = 0;
  std::memcpy(&word, first, static_cast<size_t>(bytes < 8 ? bytes : 8));
  word >>= shift;
  if (bytes > 8) word |= uint64_t{first[8]} << (64 - shift);
  return count == 64 ? word : word & ((uint64_t{1} << count) - 1);
}

// Calls body(begin, count) for runs of 64 bits and the rest.
template <class Body>
void by_words(int64_t n, Body body) {
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) body(i, int64_t{64});
  if (i < n) body(i, n - i);
}

void store_bits(uint8_t* out, int64_t begin, int64_t count, uint64_t word) {
  std::memcpy(out + begin / 8, &word, static_cast<size_t>(bitmap_bytes(count)));
}

}  // namespace

void and_bits(const uint8_t* a, int64_t a_offset, const uint8_t* b, int64_t b_offset, uint8_t* out,
              int64_t n) {
  by_words(n, [&](int64_t i, int64_t count) {
    store_bits(out, i, count,
               load_bits(a, a_offset + i, count) & load_bits(b, b_offset + i, count));
  });
}

void copy_bits(const uint8_t* a, int64_t a_offset, uint8_t* out, int64_t n) {
  by_words(n, [&](int64_t i, int64_t count) {
    store_bits(out, i, count, load_bits(a, a_offset + i, count));
  });
}

void bits_to_bytes(const uint8_t* bits, int64_t offset, uint8_t* out, int64_t n) {
  by_words(n, [&](int64_t i, int64_t count) {
    uint64_t word = load_bits(bits, offset + i, count);
    for (int64_t k = 0; k < count; k += 8, word >>= 8) {
      const uint64_t bytes = _pdep_u64(word & 0xFF, kOnes);
      std::memcpy(out + i + k, &bytes, static_cast<size_t>(count - k < 8 ? count - k : 8));
    }
  });
}

void bytes_to_bits(const uint8_t* bytes, uint8_t* out, int64_t n) {
  by_words(n, [&](int64_t i, int64_t count) {
    uint64_t word = 0;
    for (int64_t k = 0; k < count; k += 8) {
      uint64_t eight = 0;
      std::memcpy(&eight, bytes + i + k, static_cast<size_t>(count - k < 8 ? count - k : 8));
      word |= _pext_u64(eight, kOnes) << k;
    }
    store_bits(out, i, count, word);
  });
}

int64_t count_bits(const uint8_t* bits, int64_t offset, int64_t n) {
  int64_t sum = 0;
  by_words(n, [&](int64_t i, int64_t count) {
    sum += std::popcount(load_bits(bits, offset + i, count));
  });
  return sum;
}

}  // namespace tharsis::kernels
