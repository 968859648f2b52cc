#include "tharsis/ops/relational/sort/key_layout.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "tharsis/base/string_ref.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

using memory::Column;
using memory::Encoding;

constexpr uint64_t kSign = uint64_t{1} << 63;
constexpr int64_t kBlock = 1024;
constexpr size_t kCommonMax = 256;

// Words whose unsigned order is that of the values; -0.0 and 0.0 are one, NaN comes last.
template <class T>
uint64_t ordered(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    const double wide = static_cast<double>(value) + 0.0;
    if (wide != wide) return ~uint64_t{0} - 1;
    const auto bits = std::bit_cast<uint64_t>(wide);
    return bits ^ (static_cast<uint64_t>(static_cast<int64_t>(bits) >> 63) | kSign);
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ kSign;
  } else {
    return value;
  }
}

// Sixteen bytes of a text from `skip` on, big-endian, padded with zeros.
struct Prefix {
  uint64_t half[2];
};

Prefix prefix_of(const StringRef& text, uint32_t skip) {
  char bytes[kTextPrefix] = {};
  if (text.is_inline() && skip == 0) {
    std::memcpy(bytes, text.prefix, StringRef::kInline);
  } else {
    std::memcpy(bytes, text.data() + skip, std::min(text.length - skip, kTextPrefix));
  }
  Prefix out;
  std::memcpy(out.half, bytes, sizeof(bytes));
  return {__builtin_bswap64(out.half[0]), __builtin_bswap64(out.half[1])};
}

// Rows of a column of text, whatever its encoding.
class Texts {
 public:
  explicit Texts(const Column& column)
      : column_(column),
        values_(column.encoding == Encoding::kDictionary ? column.dictionary->values<StringRef>()
                                                         : column.values<StringRef>()) {}
  const StringRef& operator[](int64_t row) const {
    if (column_.encoding == Encoding::kDictionary) return values_[column_.values<int32_t>()[row]];
    return values_[column_.at(row)];
  }

 private:
  const Column& column_;
  const StringRef* values_;
};

size_t shared(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  return std::mismatch(a.begin(), a.begin() + n, b.begin()).first - a.begin();
}

bool may_miss(const Column& column) { return column.validity != nullptr; }

void add_texts(KeyRange& range, const Column& column, int64_t rows) {
  const Texts texts(column);
  const bool maybe = may_miss(column);
  for (int64_t i = 0; i < rows; ++i) {
    if (maybe && !column.valid(i)) {
      range.missing = true;
      continue;
    }
    const StringRef& text = texts[i];
    const Prefix prefix = prefix_of(text, 0);
    for (int h = 0; h < 2; ++h) {
      range.any[h] |= prefix.half[h];
      range.all[h] &= prefix.half[h];
    }
    if (!range.present) range.common = text.view().substr(0, kCommonMax);
    if ((range.varying(0) | range.varying(1)) == 0) {
      range.common.resize(shared(range.common, text.view()));
    }
    range.shortest = std::min(range.shortest, text.length);
    range.longest = std::max(range.longest, text.length);
    range.present = true;
  }
}

template <class T>
void add_numbers(KeyRange& range, const Column& column, int64_t rows) {
  const T* values = column.values<T>();
  const bool maybe = may_miss(column);
  const int64_t step = column.encoding == Encoding::kConstant ? 0 : 1;
  const bool nan_is_missing = column.dtype.nan_is_missing();
  uint64_t low = range.low, high = range.high;
  bool missing = false;
  for (int64_t i = 0; i < rows; ++i) {
    if (maybe && !column.valid(i)) {
      missing = true;
      continue;
    }
    const T value = values[i * step];
    if constexpr (std::is_floating_point_v<T>) {
      if (value != value && nan_is_missing) {
        missing = true;
        continue;
      }
    }
    const uint64_t word = ordered(value);
    low = std::min(low, word);
    high = std::max(high, word);
  }
  range.low = low;
  range.high = high;
  range.missing |= missing;
  range.present |= low <= high;
}

}  // namespace

void KeyRange::add(const Column& column, int64_t rows) {
  if (column.dtype.id == TypeId::kNull) {
    missing |= rows > 0;
  } else if (column.dtype.is_string()) {
    add_texts(*this, column, rows);
  } else {
    visit_values(column.dtype, [&]<class T>(T) { add_numbers<T>(*this, column, rows); });
  }
}

void KeyRange::merge(const KeyRange& other) {
  if (!present) {
    common = other.common;
  } else if (other.present) {
    common.resize(shared(common, other.common));
  }
  low = std::min(low, other.low);
  high = std::max(high, other.high);
  for (int h = 0; h < 2; ++h) {
    any[h] |= other.any[h];
    all[h] &= other.all[h];
  }
  shortest = std::min(shortest, other.shortest);
  longest = std::max(longest, other.longest);
  missing |= other.missing;
  present |= other.present;
}

void put_range(WireWriter& out, const KeyRange& range) {
  out.put(range.low);
  out.put(range.high);
  out.put(range.any);
  out.put(range.all);
  out.put(range.shortest);
  out.put(range.longest);
  out.put_string(range.common);
  out.put(range.missing);
  out.put(range.present);
}

KeyRange get_range(WireReader& in) {
  KeyRange range;
  range.low = in.get<uint64_t>();
  range.high = in.get<uint64_t>();
  range.any = in.get<std::array<uint64_t, 2>>();
  range.all = in.get<std::array<uint64_t, 2>>();
  range.shortest = in.get<uint32_t>();
  range.longest = in.get<uint32_t>();
  range.common = in.get_string();
  range.missing = in.get<bool>();
  range.present = in.get<bool>();
  return range;
}

KeyLayout::KeyLayout(std::span<const DType> dtypes, std::span<const KeyOrder> orders,
                     std::span<const KeyRange> ranges)
    : dtypes_(dtypes.begin(), dtypes.end()),
      orders_(orders.begin(), orders.end()),
      ranges_(ranges.begin(), ranges.end()),
      skips_(dtypes.size(), 0),
      varying_(dtypes.size()) {
  for (uint32_t key = 0; key < dtypes_.size(); ++key) {
    const KeyRange& range = ranges_[key];
    if (!range.present) continue;  // all missing: all alike
    const uint64_t span = range.high - range.low;
    if (dtypes_[key].is_string()) {
      if (range.missing) add_fragment({.source = Piece::kMissing, .key = key}, 1);
      add_text(key);
    } else if (range.missing && span < ~uint64_t{0}) {
      add_fragment({.source = Piece::kNumber, .key = key}, std::bit_width(span + 1));
    } else {
      if (range.missing) add_fragment({.source = Piece::kMissing, .key = key}, 1);
      add_fragment({.source = Piece::kNumber, .key = key}, std::bit_width(span));
    }
  }
  if (levels_.empty()) levels_.emplace_back();
}

void KeyLayout::add_text(uint32_t key) {
  const KeyRange& range = ranges_[key];
  const bool alike = (range.varying(0) | range.varying(1)) == 0;
  if (alike && range.longest > kTextPrefix) {
    skips_[key] = static_cast<uint32_t>(range.common.size());
    varying_[key] = {~uint64_t{0}, ~uint64_t{0}};
  } else {
    varying_[key] = {range.varying(0), range.varying(1)};
  }
  for (uint8_t half = 0; half < 2; ++half) {
    add_fragment({.source = Piece::kText, .half = half, .key = key},
                 std::popcount(varying_[key][half]));
  }
  if (range.longest > skips_[key] + kTextPrefix) {
    if (levels_.empty()) levels_.emplace_back();  // level 0 is always a word
    levels_.push_back({.text_key = key, .pieces = {}});
    room_ = 0;
  } else if (range.shortest != range.longest) {
    // "a" and "a\0" have one prefix.
    add_fragment({.source = Piece::kLength, .key = key}, std::bit_width(range.longest));
  }
}

void KeyLayout::add_fragment(Piece piece, int width) {
  while (width > 0) {
    if (room_ == 0) {
      levels_.emplace_back();
      room_ = 64;
    }
    const int take = std::min(width, room_);
    piece.drop = static_cast<uint8_t>(width - take);
    piece.shift = static_cast<uint8_t>(room_ - take);
    levels_.back().pieces.push_back(piece);
    room_ -= take;
    width -= take;
  }
}

void KeyLayout::encode(size_t level, std::span<const Column> keys, int64_t n,
                       uint64_t* words) const {
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = std::min(kBlock, n - begin);
    std::fill_n(words + begin, count, 0);
    for (const Piece& piece : levels_[level].pieces)
      add_piece(piece, keys[piece.key].from(begin), count, words + begin);
  }
}

// A piece of a code that was split between two words keeps its own bits only.
void KeyLayout::add_piece(const Piece& piece, const Column& column, int64_t n,
                          uint64_t* words) const {
  const KeyRange& range = ranges_[piece.key];
  const KeyOrder order = orders_[piece.key];
  const bool maybe = may_miss(column);
  const auto put = [&](int64_t i, uint64_t code) {
    words[i] |= (code >> piece.drop) << piece.shift;
  };

  if (piece.source == Piece::kNumber) {
    const bool folded = range.missing && range.high - range.low < ~uint64_t{0};
    const uint64_t first = folded && order.missing_first ? 1 : 0;
    const uint64_t none = order.missing_first ? 0 : range.high - range.low + 1;
    const uint64_t missing_code = folded ? none : 0;
    const bool nan_is_missing = column.dtype.nan_is_missing();
    const int64_t step = column.encoding == Encoding::kConstant ? 0 : 1;
    visit_values(column.dtype, [&]<class T>(T) {
      const T* values = column.values<T>();
      for (int64_t i = 0; i < n; ++i) {
        const T value = values[i * step];
        bool missing = maybe && !column.valid(i);
        if constexpr (std::is_floating_point_v<T>) missing |= value != value && nan_is_missing;
        if (missing) {
          put(i, missing_code);
          continue;
        }
        const uint64_t word = ordered(value);
        put(i, first + (order.descending ? range.high - word : word - range.low));
      }
    });
    return;
  }
  if (piece.source == Piece::kMissing) {
    const bool nan_is_missing = column.dtype.nan_is_missing();
    for (int64_t i = 0; i < n; ++i) {
      bool missing = maybe && !column.valid(i);
      if (nan_is_missing && !missing) {
        missing = column.dtype.id == TypeId::kFloat32
                      ? std::isnan(column.values<float>()[column.at(i)])
                      : std::isnan(column.values<double>()[column.at(i)]);
      }
      put(i, missing != order.missing_first ? 1 : 0);
    }
    return;
  }
  const Texts texts(column);
  const uint64_t varying = varying_[piece.key][piece.half];
  const int width =
      piece.source == Piece::kText ? std::popcount(varying) : std::bit_width(range.longest);
  const uint64_t top = ~uint64_t{0} >> (64 - width);
  const uint32_t skip = skips_[piece.key];
  for (int64_t i = 0; i < n; ++i) {
    if (maybe && !column.valid(i)) continue;
    const StringRef& text = texts[i];
    const uint64_t code = piece.source == Piece::kText
                              ? _pext_u64(prefix_of(text, skip).half[piece.half], varying)
                              : text.length;
    put(i, order.descending ? top - code : code);
  }
}

}  // namespace tharsis::ops
