#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/separators.cc"
#include "tharsis/kernels/separators.h"

#include <bit>
#include <cstring>

#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kStep = 64;

// The masks of 64 bytes, one bit per byte.
struct Masks {
  uint64_t delimiters = 0, lines = 0, quotes = 0, returns = 0, high = 0;

  void keep(uint64_t bits) {
    for (uint64_t* mask : {&delimiters, &lines, &quotes, &returns, &high}) *mask &= bits;
  }
};

Masks masks_of(const uint8_t* HWY_RESTRICT text, uint8_t delimiter) {
  const hn::CappedTag<uint8_t, kStep> d;
  const auto bits = [&](auto mask) {
    uint64_t word = 0;
    hn::StoreMaskBits(d, mask, reinterpret_cast<uint8_t*>(&word));
    return word;
  };
  Masks out;
  for (size_t at = 0; at < kStep; at += hn::Lanes(d)) {
    const auto bytes = hn::LoadU(d, text + at);
    const auto is = [&](uint8_t byte) { return bits(hn::Eq(bytes, hn::Set(d, byte))) << at; };
    out.delimiters |= is(delimiter);
    out.lines |= is('\n');
    out.quotes |= is('"');
    out.returns |= is('\r');
    out.high |= bits(hn::TestBit(bytes, hn::Set(d, uint8_t{0x80}))) << at;
  }
  return out;
}

// Follows the quotes from one 64 bytes to the next.
class Quotes {
 public:
  // Leaves in `masks` the separators outside of quotes.
  void outside(Masks& masks) {
    if ((masks.quotes | inside_) == 0) {
      unclean_ |= closed_ & ~(masks.delimiters | masks.lines | masks.returns);
      closed_ = 0;
      ended_ = (masks.delimiters | masks.lines) >> 63;
      return;
    }
    // Bit i: whether an odd number of quotes stand at or before i.
    uint64_t inside = masks.quotes;
    for (int shift = 1; shift < 64; shift *= 2) inside ^= inside << shift;
    inside ^= inside_;
    masks.delimiters &= ~inside;
    masks.lines &= ~inside;
    const uint64_t ends = masks.delimiters | masks.lines;
    const uint64_t opening = masks.quotes & inside;
    const uint64_t closing = masks.quotes & ~inside;
    const uint64_t behind = closing << 1 | closed_;
    doubled_ |= opening & behind;
    unclean_ |= opening & ~(ends << 1 | ended_ | behind);
    unclean_ |= behind & ~(ends | opening | masks.returns);
    closed_ = closing >> 63;
    ended_ = ends >> 63;
    inside_ = static_cast<uint64_t>(static_cast<int64_t>(inside) >> 63);
  }

  // At the end of the text.
  bool unclean() const { return (unclean_ | inside_ | closed_) != 0; }
  bool doubled() const { return doubled_ != 0; }

 private:
  uint64_t inside_ = 0;  // all ones within quotes
  uint64_t ended_ = 1;   // bit 0: the byte before is a separator, or there is none
  uint64_t closed_ = 0;  // bit 0: the byte before is a closing quote
  uint64_t unclean_ = 0, doubled_ = 0;
};

Separators find_separators(const char* text, int64_t n, char delimiter,
                           uint32_t* HWY_RESTRICT positions) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text);
  Separators out;
  Quotes quotes;
  uint64_t returns = 0, returned = 0, lone = 0, high = 0;
  uint32_t* to = positions;
  for (int64_t at = 0; at < n; at += kStep) {
    Masks masks = masks_of(bytes + at, static_cast<uint8_t>(delimiter));
    if (n - at < kStep) masks.keep((uint64_t{1} << (n - at)) - 1);
    quotes.outside(masks);
    returns |= masks.returns;
    lone |= (masks.returns << 1 | returned) & ~masks.lines;
    returned = masks.returns >> 63;
    high |= masks.high;
    out.lines += std::popcount(masks.lines);
    // Eight at a time, of which some may be too many: they are written over.
    uint64_t ends = masks.delimiters | masks.lines;
    uint32_t* next = to;
    to += std::popcount(ends);
    while (ends != 0) {
      for (int i = 0; i < 8; ++i) {
        next[i] = static_cast<uint32_t>(at + std::countr_zero(ends));
        ends &= ends - 1;
      }
      next += 8;
    }
  }
  out.count = to - positions;
  out.special = (lone | returned) != 0 || quotes.unclean();
  out.returns = returns != 0;
  out.doubled = quotes.doubled();
  out.non_ascii = high != 0;
  return out;
}

}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
HWY_EXPORT(find_separators);
Separators find_separators(const char* text, int64_t n, char delimiter, uint32_t* positions) {
  return HWY_DYNAMIC_DISPATCH(find_separators)(text, n, delimiter, positions);
}
}  // namespace tharsis::kernels
#endif  // HWY_ONCE
