#include "tharsis/ops/relational/groupby/text_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/groupby/hash_slots.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kBlock = 256;  // texts that are looked up together
constexpr int kRecentBits = 12;
constexpr int64_t kFewTexts = 1024;  // more of them drive each other out of the recent ones
constexpr uint64_t kShortNumbers = 0xFFFFFF;
constexpr uint64_t kShortMask = 0xFFFFFFFF000000FFull;  // all but the number
constexpr int64_t kFewRows = 512;  // fewer rows do not pay for making room for recent ones

// Equal texts of up to twelve bytes are equal words.
bool same_words(const StringRef& a, const StringRef& b) {
  uint64_t x[2], y[2];
  std::memcpy(x, &a, 16);
  std::memcpy(y, &b, 16);
  return x[0] == y[0] && x[1] == y[1];
}

}  // namespace

uint32_t TextTable::add(const StringRef& text, uint64_t hash, uint64_t at) {
  StringRef own = text;
  if (!text.is_inline()) {
    if (heap_.empty() || heap_used_ + text.length > heap_.back().size()) {
      const int64_t block =
          heap_.empty() ? 4096 : std::min<int64_t>(heap_.back().size() * 2, int64_t{1} << 20);
      heap_.emplace_back(std::max<int64_t>(text.length, block));
      heap_bytes_ += heap_.back().capacity();
      heap_used_ = 0;
    }
    char* to = heap_.back().as<char>() + heap_used_;
    std::memcpy(to, text.pointer, text.length);
    own.pointer = to;
    heap_used_ += text.length;
  }
  const auto number = static_cast<uint32_t>(texts_.size());
  require(number < kNone - 1, ErrorCode::kUnsupported, "more than 4e9 distinct texts in one table");
  slots_[at] = slot_of(hash, number);
  texts_.append(own);
  hashes_.append(hash);
  return number;
}

uint32_t TextTable::number(const StringRef& text, uint64_t hash) {
  if (2 * (texts_.size() + 1) > slots_.size()) grow();
  for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const uint64_t slot = slots_[at];
    if (slot == 0) return add(text, hash, at);
    if (((slot ^ hash) & kSlotTag) != 0) continue;
    const auto number = static_cast<uint32_t>(slot) - 1;
    if (texts_[number] == text) return number;
  }
}

void TextTable::numbers(const StringRef* texts, int64_t n, uint32_t* out) {
  if (texts_.size() <= kFewTexts && (n >= kFewRows || !recent_.empty())) {
    few_numbers(texts, n, out);
  } else {
    many_numbers(texts, n, out);
  }
}

void TextTable::few_numbers(const StringRef* texts, int64_t n, uint32_t* out) {
  if (recent_.empty()) {
    recent_ = memory::Buffer((int64_t{1} << kRecentBits) * static_cast<int64_t>(sizeof(Recent)));
    std::memset(recent_.data(), 0xFF, recent_.size());  // as no text is
  }
  auto* recent = recent_.as<Recent>();
  for (int64_t i = 0; i < n; ++i) {
    uint64_t words[2];
    std::memcpy(words, &texts[i], 16);
    const uint64_t hash = hash_text(texts[i]);
    Recent& entry = recent[hash >> (64 - kRecentBits)];
    if (entry.words[0] == words[0] && entry.words[1] == words[1]) {
      out[i] = entry.number;
      continue;
    }
    out[i] = number(texts[i], hash);
    // A pointer says nothing once its text is gone: long texts are not kept.
    if (texts[i].is_inline()) entry = {{words[0], words[1]}, out[i]};
  }
}

// Room for twice as many texts as there are.
void TextTable::grow_shorts() {
  const int64_t size = std::max<int64_t>(
      8192, static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(4 * texts_.size()))));
  shorts_ = {};
  shorts_.resize(size, {});
  shorts_mask_ = static_cast<uint64_t>(size) - 1;
  shorts_of_ = 0;
}

void TextTable::add_short(uint32_t number) {
  const StringRef& text = texts_[number];
  if (!text.is_inline() || number >= kShortNumbers) return;
  Short entry;
  std::memcpy(entry.words, &text, 16);
  entry.words[0] |= static_cast<uint64_t>(number + 1) << 8;
  uint64_t at = hashes_[number] & shorts_mask_;
  while (shorts_[at].words[0] != 0) at = (at + 1) & shorts_mask_;
  shorts_[at] = entry;
}

// The number of a text that is not at its own place.
uint32_t TextTable::number_of_short(const StringRef& text, uint64_t hash) {
  uint64_t words[2];
  std::memcpy(words, &text, 16);
  for (uint64_t at = hash & shorts_mask_;; at = (at + 1) & shorts_mask_) {
    const Short& entry = shorts_[at];
    if (entry.words[0] == 0) return number(text, hash);
    if ((entry.words[0] & kShortMask) == words[0] && entry.words[1] == words[1])
      return static_cast<uint32_t>(entry.words[0] >> 8 & kShortNumbers) - 1;
  }
}

void TextTable::many_numbers(const StringRef* texts, int64_t n, uint32_t* out) {
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = std::min(kBlock, n - begin);
    const StringRef* block = texts + begin;
    uint32_t longest = 0;
    for (int64_t i = 0; i < count; ++i) longest = std::max(longest, block[i].length);
    if (texts_.size() > kFewTexts && longest <= StringRef::kInline) {
      short_numbers(block, count, out + begin);
    } else {
      any_numbers(block, count, out + begin);
    }
  }
}

// One look at memory for a text, where `any_numbers` needs two.
void TextTable::short_numbers(const StringRef* block, int64_t n, uint32_t* out) {
  if (2 * texts_.size() >= shorts_.size()) grow_shorts();
  for (; shorts_of_ < texts_.size(); ++shorts_of_) add_short(static_cast<uint32_t>(shorts_of_));
  uint64_t hashes[kBlock];
  const Short* shorts = shorts_.data();
  for (int64_t i = 0; i < n; ++i) {
    hashes[i] = hash_text(block[i]);
    __builtin_prefetch(&shorts[hashes[i] & shorts_mask_]);
  }
  for (int64_t i = 0; i < n; ++i) {
    uint64_t words[2];
    std::memcpy(words, &block[i], 16);
    const Short& entry = shorts[hashes[i] & shorts_mask_];
    const uint64_t known = entry.words[0];
    if (known != 0 && (known & kShortMask) == words[0] && entry.words[1] == words[1]) [[likely]] {
      out[i] = static_cast<uint32_t>(known >> 8 & kShortNumbers) - 1;
    } else {
      out[i] = number_of_short(block[i], hashes[i]);
    }
  }
}

void TextTable::any_numbers(const StringRef* block, int64_t n, uint32_t* out) {
  uint64_t hashes[kBlock];
  for (int64_t i = 0; i < n; ++i) hashes[i] = hash_text(block[i]);
  const uint64_t* slots = slots_.data();
  const StringRef* known = texts_.data();
  if (slots != nullptr) {
    for (int64_t i = 0; i < n; ++i) __builtin_prefetch(&slots[hashes[i] & mask_]);
    // The first slot is nearly always the right one: its text is fetched meanwhile.
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t slot = slots[hashes[i] & mask_];
      const bool hit = slot != 0 && ((slot ^ hashes[i]) & kSlotTag) == 0;
      out[i] = hit ? static_cast<uint32_t>(slot) - 1 : kNone;
      __builtin_prefetch(&known[hit ? static_cast<uint32_t>(slot) - 1 : 0]);
    }
  } else {
    std::fill_n(out, n, kNone);
  }
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t guess = out[i];
    if (guess != kNone && same_words(texts_[guess], block[i])) continue;
    out[i] = number(block[i], hashes[i]);
  }
}

uint32_t TextTable::find(const StringRef& text, uint64_t hash) const {
  if (slots_.size() == 0) return kNone;
  for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const uint64_t slot = slots_[at];
    if (slot == 0) return kNone;
    if (((slot ^ hash) & kSlotTag) != 0) continue;
    const auto number = static_cast<uint32_t>(slot) - 1;
    if (texts_[number] == text) return number;
  }
}

void TextTable::grow() { mask_ = grow_slots(slots_, hashes_); }

}  // namespace tharsis::ops
