#pragma once

#include <algorithm>
#include <cstdint>

#include "tharsis/ops/relational/groupby/grown.h"

namespace tharsis::ops {

/// Slots of open addressing hold the upper half of a hash, which tells most strangers apart, and
/// below it a number plus one.
inline constexpr uint64_t kSlotTag = 0xFFFFFFFF00000000ull;

inline uint64_t slot_of(uint64_t hash, uint64_t number) { return (hash & kSlotTag) | (number + 1); }

/// Four times as many slots, a power of two, filled anew with the numbers of `hashes`; answers the
/// mask of their positions.
inline uint64_t grow_slots(Grown<uint64_t>& slots, const Grown<uint64_t>& hashes) {
  const int64_t size = std::max<int64_t>(64, slots.size() * 4);
  const uint64_t mask = static_cast<uint64_t>(size) - 1;
  slots = {};
  slots.resize(size, 0);
  for (int64_t i = 0; i < hashes.size(); ++i) {
    uint64_t at = hashes[i] & mask;
    while (slots[at] != 0) at = (at + 1) & mask;
    slots[at] = slot_of(hashes[i], static_cast<uint64_t>(i));
  }
  return mask;
}

}  // namespace tharsis::ops
