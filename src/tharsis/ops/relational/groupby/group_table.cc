#include "tharsis/ops/relational/groupby/group_table.h"

#include <algorithm>
#include <bit>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/groupby/hash_slots.h"
#include "tharsis/ops/relational/groupby/value_hash.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kAhead = 16;  // rows whose slots are asked for early
constexpr uint32_t kGroupsMax = UINT32_MAX - 2;

uint64_t hash_of(uint64_t packed) {
  const uint64_t product = packed * 0x9E3779B97F4A7C15ull;
  return (product ^ (product >> 32)) * 0xD6E8FEB86659FD93ull & hash_mask;
}

}  // namespace

uint32_t GroupTable::add(uint64_t packed, int64_t row, std::vector<uint32_t>* fresh) {
  require(keys_.size() < kGroupsMax, ErrorCode::kUnsupported,
          "group-by: more than 4e9 groups in one table");
  keys_.append(packed);
  fresh->push_back(static_cast<uint32_t>(row));
  return static_cast<uint32_t>(keys_.size()) - 1;
}

void GroupTable::groups(const uint64_t* packed, int64_t n, int bits, uint32_t* out,
                        std::vector<uint32_t>* fresh) {
  if (bits != bits_) rebuild(bits);
  rows_ += n;
  // An array pays when it is not much larger than what is looked up in it.
  const int64_t entries = bits <= kArrayBits ? int64_t{1} << bits : INT64_MAX;
  if (array_.size() == 0 && entries <= std::max<int64_t>(8 * rows_, 4096)) {
    array_.resize(entries, 0);
    for (int64_t g = 0; g < keys_.size(); ++g) array_[keys_[g]] = static_cast<uint32_t>(g) + 1;
    slots_ = {};
  }
  if (array_.size() > 0) {
    uint32_t* array = array_.data();
    for (int64_t i = 0; i < n; ++i) {
      uint32_t group = array[packed[i]];
      if (group == 0) [[unlikely]] {
        group = array[packed[i]] = add(packed[i], i, fresh) + 1;
      }
      out[i] = group - 1;
    }
    return;
  }
  if (expected_ > 0 && slots_.size() == 0) grow(expected_);
  grow(keys_.size() + n);
  if (bits <= 32) {
    probe<true>(packed, n, out, fresh);
  } else {
    probe<false>(packed, n, out, fresh);
  }
}

template <bool kExact>
void GroupTable::probe(const uint64_t* packed, int64_t n, uint32_t* out,
                       std::vector<uint32_t>* fresh) {
  uint64_t* slots = slots_.data();
  for (int64_t i = 0; i < n; ++i) {
    if (i + kAhead < n) __builtin_prefetch(&slots[hash_of(packed[i + kAhead]) >> shift_ & mask_]);
    const uint64_t key = packed[i];
    const uint64_t hash = hash_of(key);
    // Words of 32 bits stand in the slot themselves, so that a hit needs no second look.
    const uint64_t tag = kExact ? key << 32 : (hash << 32);
    for (uint64_t at = hash >> shift_ & mask_;; at = (at + 1) & mask_) {
      const uint64_t slot = slots[at];
      if (slot == 0) {
        out[i] = add(key, i, fresh);
        slots[at] = tag | (out[i] + 1);
        break;
      }
      if (((slot ^ tag) & kSlotTag) != 0) continue;
      const uint32_t group = static_cast<uint32_t>(slot) - 1;
      if (kExact || keys_[group] == key) {
        out[i] = group;
        break;
      }
    }
  }
}

// At most half of the slots are taken when there are `groups`.
void GroupTable::grow(int64_t groups) {
  if (2 * groups <= slots_.size()) return;
  const bool expected = groups == expected_;
  const auto size =
      static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(groups) * (expected ? 2 : 4)));
  slots_ = {};
  slots_.resize(size, 0);
  mask_ = static_cast<uint64_t>(size) - 1;
  shift_ = 64 - std::countr_zero(static_cast<uint64_t>(size));
  const bool exact = bits_ <= 32;
  for (int64_t g = 0; g < keys_.size(); ++g) {
    const uint64_t hash = hash_of(keys_[g]);
    uint64_t at = hash >> shift_ & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = (exact ? keys_[g] << 32 : hash << 32) | (static_cast<uint64_t>(g) + 1);
  }
}

void GroupTable::rebuild(int bits) {
  bits_ = bits;
  array_ = {};
  slots_ = {};
}

int64_t GroupTable::growth_max(int64_t rows) const {
  const int64_t groups = keys_.size() + rows;
  int64_t growth = std::max(keys_.bytes(), rows * 16);
  if (array_.size() == 0 && 2 * groups > slots_.size())
    growth += static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(groups) * 4)) * 8;
  const int64_t array =
      std::min<int64_t>(32 * (rows_ + rows) + (16 << 10), int64_t{5} << kArrayBits);
  return growth + std::max<int64_t>(array - array_.bytes(), 0);
}

}  // namespace tharsis::ops
