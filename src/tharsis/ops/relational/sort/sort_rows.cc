#include "tharsis/ops/relational/sort/sort_rows.h"

#include <algorithm>
#include <bit>

#include "tharsis/base/string_ref.h"
#include "tharsis/ops/relational/sort/radix_sort.h"

namespace tharsis::ops {
namespace {

// Sorts runs of rows that tie, level by level. What a level needs of all rows is made once.
class Ties {
 public:
  Ties(const SortKeys& keys, const KeyLayout& layout, std::span<const RowSpan> spans, int64_t n,
       WordRow* scratch)
      : keys_(keys),
        layout_(layout),
        spans_(spans),
        n_(n),
        scratch_(scratch),
        words_(layout.levels().size()) {}

  // `pairs` are sorted by the words of `level`.
  void refine(WordRow* pairs, int64_t n, size_t level) {
    if (level + 1 == layout_.levels().size()) return;
    for (int64_t begin = 0; begin < n;) {
      int64_t end = begin + 1;
      while (end < n && pairs[end].word == pairs[begin].word) ++end;
      if (end - begin > 1) sort_run(pairs + begin, end - begin, level + 1);
      begin = end;
    }
  }

 private:
  void sort_run(WordRow* pairs, int64_t n, size_t level) {
    if (words_[level].empty()) prepare(level);
    if (layout_.levels()[level].text_key >= 0) {
      by_text(pairs, n, level);
    } else {
      const auto* words = words_[level].as<uint64_t>();
      for (int64_t i = 0; i < n; ++i) pairs[i].word = words[pairs[i].row];
      sort_words(pairs, scratch_, n);
    }
    refine(pairs, n, level);
  }

  // Texts become their rank among the texts of the run.
  void by_text(WordRow* pairs, int64_t n, size_t level) {
    const auto* texts = words_[level].as<StringRef>();
    const bool descending = layout_.descending(layout_.levels()[level].text_key);
    std::sort(pairs, pairs + n, [&](const WordRow& a, const WordRow& b) {
      const int order = texts[a.row].view().compare(texts[b.row].view());
      return order == 0 ? a.row < b.row : (order < 0) != descending;
    });
    uint64_t rank = 0;
    for (int64_t i = 0; i < n; ++i) {
      const bool same = i > 0 && texts[pairs[i].row] == texts[pairs[i - 1].row];
      if (i > 0 && !same) ++rank;
      pairs[i].word = rank;
    }
  }

  void prepare(size_t level) {
    const int64_t text_key = layout_.levels()[level].text_key;
    words_[level] = memory::Buffer(n_ * (text_key >= 0 ? 16 : 8));
    int64_t first = 0;
    for (const RowSpan& span : spans_) {
      if (text_key >= 0) {
        texts_of(span, keys_.fields[text_key], words_[level].as<StringRef>() + first);
      } else {
        std::vector<Column> columns = keys_.columns(*span.batch);
        for (Column& column : columns) column = column.from(span.begin);
        layout_.encode(level, columns, span.count, words_[level].as<uint64_t>() + first);
      }
      first += span.count;
    }
  }

  static void texts_of(const RowSpan& span, int64_t field, StringRef* out) {
    const Column& column = span.batch->columns[field];
    for (int64_t i = 0; i < span.count; ++i) {
      const int64_t row = span.begin + i;
      if (!column.valid(row)) {
        out[i] = StringRef();
      } else if (column.encoding == Encoding::kDictionary) {
        out[i] = column.dictionary->values<StringRef>()[column.values<int32_t>()[row]];
      } else {
        out[i] = column.values<StringRef>()[column.at(row)];
      }
    }
  }

  const SortKeys& keys_;
  const KeyLayout& layout_;
  const std::span<const RowSpan> spans_;
  const int64_t n_;
  WordRow* const scratch_;
  std::vector<memory::Buffer> words_;  // per level: words, or texts
};

// Words that are all different and stand in a few stretches nearly without gaps, such as positions
// of rows of a few splits, say themselves where their rows go; false where they are not so.
bool order_dense(std::span<const uint64_t> words, uint32_t* order) {
  constexpr uint32_t kNobody = UINT32_MAX;
  constexpr int kStretches = 4;
  uint64_t varying = 0;
  for (const uint64_t word : words) varying |= word ^ words[0];
  const int shift = varying == 0 ? 0 : std::countr_zero(varying);
  const auto n = static_cast<int64_t>(words.size());
  const auto longest = static_cast<uint64_t>(4 * n);
  memory::Buffer slots(static_cast<int64_t>(longest) * 4);
  auto* slot = slots.as<uint32_t>();
  int64_t placed = 0;
  uint64_t from = 0;  // words above it, shifted, are not placed yet
  for (int stretch = 0; stretch < kStretches; ++stretch) {
    uint64_t low = ~uint64_t{0};
    for (const uint64_t word : words) {
      const uint64_t at = word >> shift;
      low = at >= from && at < low ? at : low;
    }
    int64_t here = 0;
    for (const uint64_t word : words)
      here += (word >> shift) >= low && (word >> shift) - low < longest;
    if (here < n / (kStretches * kStretches)) return false;
    std::fill_n(slot, longest, kNobody);
    bool twice = false;
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t at = (words[i] >> shift) - low;
      if ((words[i] >> shift) < low || at >= longest) continue;
      twice |= slot[at] != kNobody;
      slot[at] = static_cast<uint32_t>(i);
    }
    if (twice) return false;
    const int64_t end = placed + here;
    for (uint64_t at = 0; placed < end; ++at) {
      order[placed] = slot[at];
      placed += slot[at] != kNobody;
    }
    if (placed == n) return true;
    from = low + longest;
  }
  return false;
}

}  // namespace

SortKeys::SortKeys(const SortAttrs& attrs, const Meta& in) : fields(attrs.keys) {
  for (size_t k = 0; k < attrs.keys.size(); ++k) {
    dtypes.push_back(in.field(attrs.keys[k]).dtype);
    orders.push_back({attrs.descending[k] != 0, attrs.missing_first});
  }
}

std::vector<Column> SortKeys::columns(const Batch& batch) const {
  std::vector<Column> out;
  for (const int64_t field : fields) out.push_back(batch.columns[field]);
  return out;
}

memory::Buffer sorted_order(const SortKeys& keys, const KeyLayout& layout,
                            std::span<const RowSpan> spans, std::span<const uint64_t> words) {
  const auto n = static_cast<int64_t>(words.size());
  memory::Buffer order(n * 4);
  if (layout.levels().size() == 1 && n > 0 && order_dense(words, order.as<uint32_t>()))
    return order;
  memory::Buffer pairs(n * static_cast<int64_t>(sizeof(WordRow)));
  memory::Buffer scratch(pairs.size());
  auto* pair = pairs.as<WordRow>();
  for (int64_t i = 0; i < n; ++i) pair[i] = {words[i], static_cast<uint32_t>(i)};
  sort_words(pair, scratch.as<WordRow>(), n);
  Ties(keys, layout, spans, n, scratch.as<WordRow>()).refine(pair, n, 0);
  for (int64_t i = 0; i < n; ++i) order.as<uint32_t>()[i] = pair[i].row;
  return order;
}

}  // namespace tharsis::ops
