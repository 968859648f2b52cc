#pragma once

#include <cstdint>
#include <cstring>

#include "tharsis/base/string_ref.h"

namespace tharsis::ops {

/// Bits that hashes are cut to; all of them but in tests.
extern uint64_t hash_mask;
/// For tests: all value hashes are cut to these bits, so that they collide.
void set_hash_mask(uint64_t mask);

inline uint64_t mix_words(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

/// Hash of a value, equal on all nodes: of numbers by their word, of text by content.
inline uint64_t hash_word(uint64_t word) {
  return mix_words(word ^ 0x9E3779B97F4A7C15ull, 0xD6E8FEB86659FD93ull) & hash_mask;
}
uint64_t hash_long_text(const StringRef& text);
inline uint64_t hash_text(const StringRef& text) {
  if (!text.is_inline()) [[unlikely]] {
    return hash_long_text(text);
  }
  uint64_t words[2];
  std::memcpy(words, &text, 16);
  return mix_words(words[0] ^ 0x9E3779B97F4A7C15ull, words[1] ^ 0xD6E8FEB86659FD93ull) & hash_mask;
}

inline constexpr uint64_t kMissingHash = 0x5851F42D4C957F2Dull;
inline constexpr uint64_t kHashStart = 0x243F6A8885A308D3ull;
/// The hash of a tuple of keys, one value after the other.
inline uint64_t hash_next(uint64_t so_far, uint64_t value_hash) {
  return mix_words(so_far ^ value_hash, 0xE7037ED1A0B428DBull);
}

}  // namespace tharsis::ops
