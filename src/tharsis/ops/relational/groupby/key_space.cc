#include "tharsis/ops/relational/groupby/key_space.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/groupby/number_words.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

template <class T>
bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return value != value;
  return false;
}

// Least and greatest word of a column of numbers; whether one is missing. Signed comparison, since
// vectors have no other of 64 bits.
struct Extent {
  uint64_t low = ~uint64_t{0};
  uint64_t high = 0;
  bool missing = false;
};

template <class T>
Extent extent_of(const Column& column, int64_t rows) {
  const T* values = column.values<T>();
  int64_t low = INT64_MAX, high = INT64_MIN;
  constexpr uint64_t kSign = uint64_t{1} << 63;
  bool missing = false;
  if (column.validity == nullptr && !std::is_floating_point_v<T>) {
    for (int64_t i = 0; i < rows; ++i) {
      const auto word = static_cast<int64_t>(values[i]);
      low = std::min(low, word);
      high = std::max(high, word);
    }
  } else {
    for (int64_t i = 0; i < rows; ++i) {
      if (!column.valid(i) || is_nan(values[i])) {
        missing = true;
        continue;
      }
      const auto word = static_cast<int64_t>(to_word(values[i]) ^ kSign);
      low = std::min(low, word);
      high = std::max(high, word);
    }
  }
  if (low > high) return {.missing = missing};
  return {static_cast<uint64_t>(low) ^ kSign, static_cast<uint64_t>(high) ^ kSign, missing};
}

// Adds the field of a key to the packed words.
template <class T>
void add_numbers(const Column& column, int64_t rows, const PackedLayout::Field& field,
                 uint64_t* packed) {
  const T* values = column.values<T>();
  const uint64_t base = field.low - 1;
  const int shift = field.shift;
  if (column.validity == nullptr && !std::is_floating_point_v<T>) {
    for (int64_t i = 0; i < rows; ++i) packed[i] |= (to_word(values[i]) - base) << shift;
    return;
  }
  for (int64_t i = 0; i < rows; ++i) {
    const bool missing = !column.valid(i) || is_nan(values[i]);
    packed[i] |= (missing ? 0 : to_word(values[i]) - base) << shift;
  }
}

}  // namespace

KeySpace::KeySpace(std::vector<DType> dtypes)
    : dtypes_(std::move(dtypes)),
      ranges_(dtypes_.size()),
      texts_(dtypes_.size()),
      remembered_(dtypes_.size()) {
  for (size_t k = 0; k < dtypes_.size(); ++k) {
    if (dtypes_[k].is_string()) texts_[k] = std::make_unique<TextTable>();
  }
  auto layout = std::make_shared<PackedLayout>();
  for (size_t k = 0; k < dtypes_.size(); ++k)
    layout->fields.push_back({0, static_cast<uint8_t>(std::min<size_t>(k, 63)), 1});
  layout->bits = static_cast<int>(std::min<size_t>(dtypes_.size(), 64));
  layout_ = std::move(layout);
}

// Numbers of the texts of a key, kNone where they are missing.
const uint32_t* KeySpace::number_texts(size_t key, const Column& column, int64_t rows,
                                       memory::Arena& arena) {
  TextTable& table = *texts_[key];
  auto* out = arena.take_as<uint32_t>(rows);
  const bool gaps = column.validity != nullptr;
  if (column.encoding == Encoding::kDictionary) {
    Remembered& memo = remembered_[key];
    if (memo.dictionary != column.dictionary) {
      memo.dictionary = column.dictionary;
      memo.numbers.resize(column.dictionary_rows);
      table.numbers(column.dictionary->values<StringRef>(), column.dictionary_rows,
                    memo.numbers.data());
    }
    const auto* codes = column.values<int32_t>();
    for (int64_t i = 0; i < rows; ++i)
      out[i] = gaps && !column.valid(i) ? TextTable::kNone : memo.numbers[codes[i]];
    return out;
  }
  const auto* texts = column.values<StringRef>();
  if (column.encoding == Encoding::kConstant) {
    const bool missing = rows == 0 || !column.valid(0);
    std::fill_n(out, rows,
                missing ? TextTable::kNone : table.number(texts[0], hash_text(texts[0])));
  } else if (!gaps) {
    table.numbers(texts, rows, out);
  } else {
    for (int64_t i = 0; i < rows; ++i)
      out[i] = column.valid(i) ? table.number(texts[i], hash_text(texts[i])) : TextTable::kNone;
  }
  return out;
}

bool KeySpace::pack(std::span<const Column> keys, int64_t rows, memory::Arena& arena,
                    uint64_t* packed, bool* any_missing) {
  *any_missing = false;
  std::vector<const uint32_t*> numbers(keys.size(), nullptr);
  std::vector<Column> flats(keys.size());
  for (size_t k = 0; k < keys.size(); ++k) {
    if (dtypes_[k].is_string()) {
      numbers[k] = number_texts(k, keys[k], rows, arena);
      if (texts_[k]->size() > 0) ranges_[k] = {0, static_cast<uint64_t>(texts_[k]->size()) - 1};
      if (keys[k].validity != nullptr) {
        for (int64_t i = 0; i < rows; ++i) *any_missing |= numbers[k][i] == TextTable::kNone;
      }
      continue;
    }
    flats[k] = flat(keys[k], rows, arena);
    const Extent extent =
        visit_values(dtypes_[k], [&]<class T>(T) { return extent_of<T>(flats[k], rows); });
    *any_missing |= extent.missing;
    ranges_[k].low = std::min(ranges_[k].low, extent.low);
    ranges_[k].high = std::max(ranges_[k].high, extent.high);
  }
  if (!fit()) return false;
  std::fill_n(packed, rows, 0);
  for (size_t k = 0; k < keys.size(); ++k) {
    const PackedLayout::Field field = layout_->fields[k];
    if (numbers[k] != nullptr) {
      const uint32_t* number = numbers[k];
      // kNone + 1 is 0: the code of a missing value.
      for (int64_t i = 0; i < rows; ++i)
        packed[i] |= static_cast<uint64_t>(number[i] + 1) << field.shift;
    } else {
      visit_values(dtypes_[k], [&]<class T>(T) { add_numbers<T>(flats[k], rows, field, packed); });
    }
  }
  return true;
}

bool KeySpace::pack(const KeySpace& other, const PackedLayout& layout, const uint64_t* from,
                    int64_t rows, Memo& memo, memory::Arena& arena, uint64_t* packed) {
  memo.numbers.resize(dtypes_.size());
  std::vector<uint32_t*> numbers(dtypes_.size(), nullptr);
  for (size_t k = 0; k < dtypes_.size(); ++k) {
    const PackedLayout::Reader code_of = layout.reader(k);
    if (texts_[k] == nullptr) {
      Range range = ranges_[k];
      for (int64_t i = 0; i < rows; ++i) {
        const uint64_t code = code_of(from[i]);
        if (code != 0) range.add(code + code_of.base);
      }
      ranges_[k] = range;
      continue;
    }
    const TextTable& theirs = *other.texts_[k];
    std::vector<uint32_t>& known = memo.numbers[k];
    known.resize(theirs.size(), TextTable::kNone);
    numbers[k] = arena.take_as<uint32_t>(rows);
    for (int64_t i = 0; i < rows; ++i) {
      const uint64_t code = code_of(from[i]);
      if (code == 0) {
        numbers[k][i] = TextTable::kNone;
        continue;
      }
      uint32_t& ours = known[code - 1];
      if (ours == TextTable::kNone) {
        const auto number = static_cast<uint32_t>(code - 1);
        ours = texts_[k]->number(theirs.text(number), theirs.hash(number));
      }
      numbers[k][i] = ours;
    }
    if (texts_[k]->size() > 0) ranges_[k] = {0, static_cast<uint64_t>(texts_[k]->size()) - 1};
  }
  if (!fit()) return false;
  std::fill_n(packed, rows, 0);
  for (size_t k = 0; k < dtypes_.size(); ++k) {
    const PackedLayout::Field field = layout_->fields[k];
    if (numbers[k] != nullptr) {
      const uint32_t* number = numbers[k];
      for (int64_t i = 0; i < rows; ++i)
        packed[i] |= static_cast<uint64_t>(number[i] + 1) << field.shift;
      continue;
    }
    const PackedLayout::Reader code_of = layout.reader(k);
    const uint64_t move = layout.fields[k].low - field.low;
    for (int64_t i = 0; i < rows; ++i) {
      const uint64_t code = code_of(from[i]);
      packed[i] |= (code == 0 ? 0 : code + move) << field.shift;
    }
  }
  return true;
}

void KeySpace::include(const KeySpace& other, Translation& translation) {
  translation.numbers.resize(dtypes_.size());
  for (size_t k = 0; k < dtypes_.size(); ++k) {
    if (texts_[k] == nullptr) {
      ranges_[k].low = std::min(ranges_[k].low, other.ranges_[k].low);
      ranges_[k].high = std::max(ranges_[k].high, other.ranges_[k].high);
      continue;
    }
    const TextTable& theirs = *other.texts_[k];
    const bool first = texts_[k]->size() == 0;
    std::vector<uint32_t> numbers(theirs.size());
    for (int64_t i = 0; i < theirs.size(); ++i) {
      const auto number = static_cast<uint32_t>(i);
      numbers[i] = texts_[k]->number(theirs.text(number), theirs.hash(number));
    }
    if (!first) translation.numbers[k] = std::move(numbers);
    if (texts_[k]->size() > 0) ranges_[k] = {0, static_cast<uint64_t>(texts_[k]->size()) - 1};
  }
}

void KeySpace::translate(const PackedLayout& from_layout, const uint64_t* from, int64_t n,
                         const Translation& translation, uint64_t* packed) const {
  std::fill_n(packed, n, 0);
  for (size_t k = 0; k < dtypes_.size(); ++k) {
    const PackedLayout::Reader code_of = from_layout.reader(k);
    const PackedLayout::Field field = layout_->fields[k];
    if (texts_[k] != nullptr && !translation.numbers[k].empty()) {
      const uint32_t* numbers = translation.numbers[k].data();
      for (int64_t i = 0; i < n; ++i) {
        const uint64_t code = code_of(from[i]);
        packed[i] |= (code == 0 ? 0 : uint64_t{numbers[code - 1]} + 1) << field.shift;
      }
      continue;
    }
    const uint64_t move = texts_[k] != nullptr ? 0 : from_layout.fields[k].low - field.low;
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t code = code_of(from[i]);
      packed[i] |= (code == 0 ? 0 : code + move) << field.shift;
    }
  }
}

int64_t KeySpace::text_count() const {
  int64_t sum = 0;
  for (const auto& texts : texts_) sum += texts != nullptr ? texts->size() : 0;
  return sum;
}

bool KeySpace::fits(size_t key) const {
  const Range& range = ranges_[key];
  if (!range.any()) return true;
  const PackedLayout::Field& field = layout_->fields[key];
  const uint64_t most = ~uint64_t{0} >> (64 - field.width);
  return range.low >= field.low && range.high - field.low < most;
}

// Widens the fields that do not hold what was seen. The room that is left goes to the side on which
// the range grew.
bool KeySpace::fit() {
  bool all = true;
  for (size_t k = 0; k < dtypes_.size(); ++k) all = all && fits(k);
  if (all) return dtypes_.size() <= 64;
  auto layout = std::make_shared<PackedLayout>(*layout_);
  int bits = 0;
  for (size_t k = 0; k < dtypes_.size(); ++k) {
    PackedLayout::Field& field = layout->fields[k];
    const Range& range = ranges_[k];
    if (!fits(k)) {
      const uint64_t span = range.high - range.low;
      if (span >= ~uint64_t{0} - 1) return false;
      const int width = std::bit_width(span + 1);
      const uint64_t slack = (~uint64_t{0} >> (64 - width)) - 1 - span;
      const bool downwards = field.width > 1 && range.low < field.low;
      field.low = downwards ? range.low - std::min(slack, range.low) : range.low;
      field.width = static_cast<uint8_t>(width);
    }
    if (bits + field.width > 64) return false;
    field.shift = static_cast<uint8_t>(bits);
    bits += field.width;
  }
  layout->bits = bits;
  layout_ = std::move(layout);
  return true;
}

int64_t KeySpace::bytes() const {
  int64_t sum = 0;
  for (const auto& texts : texts_) sum += texts != nullptr ? texts->bytes() : 0;
  return sum;
}

}  // namespace tharsis::ops
