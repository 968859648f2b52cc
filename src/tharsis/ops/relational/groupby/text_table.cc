#include "tharsis/ops/relational/groupby/text_table.h"

#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/groupby/hash_slots.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kBlock = 256;  // texts that are looked up together
constexpr int kRecentBits = 12;
constexpr int64_t kFewTexts = 1024;  // more of them drive each other out of the recent ones
constexpr int64_t kFewRows = 512;    // fewer rows do not pay for making room for recent ones

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

void TextTable::many_numbers(const StringRef* texts, int64_t n, uint32_t* out) {
  uint64_t hashes[kBlock];
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = std::min(kBlock, n - begin);
    const StringRef* block = texts + begin;
    for (int64_t i = 0; i < count; ++i) hashes[i] = hash_text(block[i]);
    const uint64_t* slots = slots_.data();
    const StringRef* known = texts_.data();
    if (slots != nullptr) {
      for (int64_t i = 0; i < count; ++i) __builtin_prefetch(&slots[hashes[i] & mask_]);
      // The first slot is nearly always the right one: its text is fetched meanwhile.
      for (int64_t i = 0; i < count; ++i) {
        const uint64_t slot = slots[hashes[i] & mask_];
        const bool hit = slot != 0 && ((slot ^ hashes[i]) & kSlotTag) == 0;
        out[begin + i] = hit ? static_cast<uint32_t>(slot) - 1 : kNone;
        __builtin_prefetch(&known[hit ? static_cast<uint32_t>(slot) - 1 : 0]);
      }
    } else {
      std::fill_n(out + begin, count, kNone);
    }
    for (int64_t i = 0; i < count; ++i) {
      const uint32_t guess = out[begin + i];
      if (guess != kNone && same_words(texts_[guess], block[i])) continue;
      out[begin + i] = number(block[i], hashes[i]);
    }
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
