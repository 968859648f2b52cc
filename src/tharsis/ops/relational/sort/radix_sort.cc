#include "tharsis/ops/relational/sort/radix_sort.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tharsis::ops {
namespace {

constexpr int64_t kInsertion = 24;  // shorter runs are sorted by insertion
constexpr int64_t kCompare = 512;   // shorter ones by comparing
constexpr int kDigit = 11;
constexpr int64_t kBuckets = int64_t{1} << kDigit;

void insertion_sort(WordRow* pairs, int64_t n) {
  for (int64_t i = 1; i < n; ++i) {
    const WordRow pair = pairs[i];
    int64_t to = i;
    for (; to > 0 && pair.word < pairs[to - 1].word; --to) pairs[to] = pairs[to - 1];
    pairs[to] = pair;
  }
}

void scatter(const WordRow* from, WordRow* to, int64_t n, int shift) {
  uint32_t at[kBuckets] = {};
  for (int64_t i = 0; i < n; ++i) ++at[(from[i].word >> shift) & (kBuckets - 1)];
  uint32_t sum = 0;
  for (uint32_t& count : at) {
    const uint32_t begin = sum;
    sum += count;
    count = begin;
  }
  for (int64_t i = 0; i < n; ++i) to[at[(from[i].word >> shift) & (kBuckets - 1)]++] = from[i];
}

}  // namespace

void sort_words(WordRow* pairs, WordRow* scratch, int64_t n) {
  if (n < kInsertion) return insertion_sort(pairs, n);
  uint64_t varying = 0;
  bool sorted = true;
  for (int64_t i = 1; i < n; ++i) {
    varying |= pairs[i].word ^ pairs[0].word;
    sorted &= pairs[i - 1].word <= pairs[i].word;
  }
  if (sorted) return;
  if (n < kCompare) {
    std::sort(pairs, pairs + n, [](const WordRow& a, const WordRow& b) {
      return a.word != b.word ? a.word < b.word : a.row < b.row;
    });
    return;
  }
  // Two digits below the highest bit that differs: an even number of passes ends where it began.
  const int top = std::bit_width(varying);
  const int bottom = std::countr_zero(varying);
  const int shift = std::max(top - 2 * kDigit, std::min(bottom, 64 - 2 * kDigit));
  scatter(pairs, scratch, n, shift);
  scatter(scratch, pairs, n, shift + kDigit);
  if (shift <= bottom) return;
  for (int64_t begin = 0; begin < n;) {
    int64_t end = begin + 1;
    while (end < n && pairs[end].word >> shift == pairs[begin].word >> shift) ++end;
    if (end - begin > 1) sort_words(pairs + begin, scratch, end - begin);
    begin = end;
  }
}

}  // namespace tharsis::ops
