#include "tharsis/ops/relational/groupby/wide_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/groupby/hash_slots.h"
#include "tharsis/ops/relational/groupby/number_words.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// The word that is hashed: integers as they are, floats as the bits of a double.
template <class T>
uint64_t value_word(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<uint64_t>(static_cast<double>(value) + 0.0);
  } else {
    return static_cast<uint64_t>(static_cast<int64_t>(value));
  }
}

}  // namespace

WideTable::WideTable(std::vector<DType> dtypes)
    : dtypes_(std::move(dtypes)),
      width_(static_cast<int64_t>(dtypes_.size()) + 1),
      texts_(dtypes_.size()) {
  require(dtypes_.size() <= 64, ErrorCode::kUnsupported, "group-by: {} keys, at most 64 are taken",
          dtypes_.size());
}

void WideTable::encode_texts(size_t key, const Column& column, int64_t rows, Coded& coded) {
  TextTable& table = texts_[key];
  uint64_t* out = coded.codes + static_cast<int64_t>(key) * rows;
  const uint64_t bit = uint64_t{1} << key;
  const bool dictionary = column.encoding == Encoding::kDictionary;
  const auto* texts = (dictionary ? *column.dictionary : column).values<StringRef>();
  for (int64_t i = 0; i < rows; ++i) {
    if ((coded.missing[i] & bit) != 0) {
      out[i] = 0;
      continue;
    }
    const StringRef& text = texts[dictionary ? column.values<int32_t>()[i] : column.at(i)];
    const uint64_t hash = hash_text(text);
    out[i] = table.number(text, hash);
    coded.hashes[i] = hash_next(coded.hashes[i], hash);
  }
}

WideTable::Coded WideTable::encode(std::span<const Column> keys, int64_t rows,
                                   memory::Arena& arena) {
  Coded coded{arena.take_as<uint64_t>(static_cast<int64_t>(keys.size()) * rows),
              arena.take_as<uint64_t>(rows), arena.take_as<uint64_t>(rows)};
  std::fill_n(coded.missing, rows, 0);
  std::fill_n(coded.hashes, rows, kHashStart);
  for (size_t k = 0; k < keys.size(); ++k) {
    const uint64_t bit = uint64_t{1} << k;
    const Column& column = keys[k];
    for (int64_t i = 0; column.validity != nullptr && i < rows; ++i) {
      if (!column.valid(i)) coded.missing[i] |= bit;
    }
    if (dtypes_[k].is_string()) {
      encode_texts(k, column, rows, coded);
    } else {
      const Column values = flat(column, rows, arena);
      uint64_t* out = coded.codes + static_cast<int64_t>(k) * rows;
      visit_values(dtypes_[k], [&]<class T>(T) {
        for (int64_t i = 0; i < rows; ++i) {
          const T value = values.values<T>()[i];
          if (value != value) coded.missing[i] |= bit;
          out[i] = (coded.missing[i] & bit) != 0 ? 0 : value_word(value);
          if ((coded.missing[i] & bit) == 0)
            coded.hashes[i] = hash_next(coded.hashes[i], hash_word(out[i]));
        }
      });
    }
    for (int64_t i = 0; i < rows; ++i) {
      if ((coded.missing[i] & bit) != 0) coded.hashes[i] = hash_next(coded.hashes[i], kMissingHash);
    }
  }
  for (int64_t i = 0; i < rows; ++i) coded.hashes[i] &= hash_mask;
  return coded;
}

void WideTable::grow() { mask_ = grow_slots(slots_, hashes_); }

void WideTable::groups(std::span<const Column> keys, int64_t rows, memory::Arena& arena,
                       uint32_t* out, std::vector<uint32_t>* fresh) {
  const memory::ArenaScope scope(arena);
  const Coded coded = encode(keys, rows, arena);
  const int64_t count = width_ - 1;
  while (2 * (hashes_.size() + rows) > slots_.size()) grow();
  for (int64_t i = 0; i < rows; ++i) {
    if (i + 16 < rows) __builtin_prefetch(&slots_[coded.hashes[i + 16] & mask_]);
    const uint64_t hash = coded.hashes[i];
    for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
      const uint64_t slot = slots_[at];
      if (slot == 0) {
        const int64_t group = hashes_.size();
        require(group < UINT32_MAX - 2, ErrorCode::kUnsupported,
                "group-by: more than 4e9 groups in one table");
        slots_[at] = slot_of(hash, static_cast<uint64_t>(group));
        hashes_.append(hash);
        for (int64_t k = 0; k < count; ++k) words_.append(coded.codes[k * rows + i]);
        words_.append(coded.missing[i]);
        fresh->push_back(static_cast<uint32_t>(i));
        out[i] = static_cast<uint32_t>(group);
        break;
      }
      if (((slot ^ hash) & kSlotTag) != 0) continue;
      const uint32_t group = static_cast<uint32_t>(slot) - 1;
      const uint64_t* words = words_.data() + group * width_;
      bool equal = words[count] == coded.missing[i];
      for (int64_t k = 0; k < count && equal; ++k) equal = words[k] == coded.codes[k * rows + i];
      if (equal) {
        out[i] = group;
        break;
      }
    }
  }
}

Column WideTable::column(size_t key, std::span<const uint32_t> groups,
                         const std::shared_ptr<const void>& owner) const {
  struct Bytes {
    memory::Buffer data, validity;
    std::shared_ptr<const void> text;
  };
  const DType& dtype = dtypes_[key];
  const auto n = static_cast<int64_t>(groups.size());
  const uint64_t bit = uint64_t{1} << key;
  auto bytes = std::make_shared<Bytes>();
  bytes->data = memory::Buffer(n * dtype.width());
  bytes->text = owner;
  const auto word = [&](int64_t i) {
    return words_[groups[i] * width_ + static_cast<int64_t>(key)];
  };
  const auto missing = [&](int64_t i) { return (words_[(groups[i] + 1) * width_ - 1] & bit) != 0; };
  bool any_missing = false;
  for (int64_t i = 0; i < n; ++i) any_missing |= missing(i);
  if (dtype.is_string()) {
    auto* out = bytes->data.as<StringRef>();
    for (int64_t i = 0; i < n; ++i)
      out[i] = missing(i) ? StringRef() : texts_[key].text(static_cast<uint32_t>(word(i)));
  } else {
    visit_values(dtype, [&]<class T>(T) {
      auto* out = bytes->data.as<T>();
      for (int64_t i = 0; i < n; ++i) {
        if constexpr (std::is_floating_point_v<T>) {
          out[i] = static_cast<T>(missing(i) ? std::nan("") : std::bit_cast<double>(word(i)));
        } else {
          out[i] = static_cast<T>(word(i));
        }
      }
    });
  }
  Column column;
  column.dtype = dtype;
  column.data = bytes->data.data();
  if (any_missing && !dtype.nan_is_missing()) {
    bytes->validity = memory::Buffer((n + 7) / 8);
    auto* bits = bytes->validity.as<uint8_t>();
    std::memset(bits, 0, (n + 7) / 8);
    for (int64_t i = 0; i < n; ++i) bits[i >> 3] |= static_cast<uint8_t>(!missing(i) << (i & 7));
    column.validity = bits;
  }
  column.owner = std::move(bytes);
  return column;
}

int64_t WideTable::bytes() const {
  int64_t sum = slots_.bytes() + words_.bytes() + hashes_.bytes();
  for (const TextTable& table : texts_) sum += table.bytes();
  return sum;
}

int64_t WideTable::growth_max(int64_t rows) const {
  int64_t growth = std::max(words_.bytes(), rows * width_ * 16);
  if (2 * (hashes_.size() + rows) > slots_.size())
    growth += std::max<int64_t>(4 * slots_.bytes(), rows * 64);
  return growth + std::max(hashes_.bytes(), rows * 16);
}

}  // namespace tharsis::ops
