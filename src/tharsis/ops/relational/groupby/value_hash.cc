#include "tharsis/ops/relational/groupby/value_hash.h"

namespace tharsis::ops {

uint64_t hash_mask = ~uint64_t{0};

void set_hash_mask(uint64_t mask) { hash_mask = mask; }

uint64_t hash_long_text(const StringRef& text) {
  uint64_t head;
  std::memcpy(&head, &text, 8);
  uint64_t hash = mix_words(head ^ 0x9E3779B97F4A7C15ull, 0xA0761D6478BD642Full);
  const char* at = text.pointer;
  uint32_t left = text.length;
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    hash = mix_words(hash ^ word, 0xD6E8FEB86659FD93ull);
  }
  uint64_t tail = 0;
  std::memcpy(&tail, at, left);
  return mix_words(hash ^ tail, 0xE7037ED1A0B428DBull) & hash_mask;
}

}  // namespace tharsis::ops
