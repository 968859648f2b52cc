#include <bit>
#include <cmath>
#include <cstring>

#include "tharsis/ops/relational/groupby/key_space.h"
#include "tharsis/ops/relational/groupby/number_words.h"
#include "tharsis/types/visit.h"

// The second half of KeySpace: from packed words to what they stand for.
namespace tharsis::ops {

void KeySpace::repack(const PackedLayout& from, const PackedLayout& to, uint64_t* packed,
                      int64_t n) {
  std::vector<PackedLayout::Reader> codes;
  for (size_t k = 0; k < from.fields.size(); ++k) codes.push_back(from.reader(k));
  for (int64_t i = 0; i < n; ++i) {
    uint64_t word = 0;
    for (size_t k = 0; k < codes.size(); ++k) {
      const uint64_t code = codes[k](packed[i]);
      if (code == 0) continue;
      word |= (code + from.fields[k].low - to.fields[k].low) << to.fields[k].shift;
    }
    packed[i] = word;
  }
}

bool KeySpace::has_missing(const PackedLayout& layout, uint64_t packed) {
  for (size_t k = 0; k < layout.fields.size(); ++k) {
    if (layout.reader(k)(packed) == 0) return true;
  }
  return false;
}

void KeySpace::hashes(const PackedLayout& layout, const uint64_t* packed, int64_t n,
                      uint64_t* out) const {
  std::fill_n(out, n, kHashStart);
  for (size_t k = 0; k < dtypes_.size(); ++k) {
    const PackedLayout::Reader code_of = layout.reader(k);
    if (texts_[k] != nullptr) {
      const uint64_t* texts = texts_[k]->hashes();
      for (int64_t i = 0; i < n; ++i) {
        const uint64_t code = code_of(packed[i]);
        out[i] = hash_next(out[i], code == 0 ? kMissingHash : texts[code - 1]);
      }
      continue;
    }
    const bool real = dtypes_[k].is_float();
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t code = code_of(packed[i]);
      const uint64_t word = code + code_of.base;
      const uint64_t value = real ? std::bit_cast<uint64_t>(from_word<double>(word))
                                  : static_cast<uint64_t>(from_word<int64_t>(word));
      out[i] = hash_next(out[i], code == 0 ? kMissingHash : hash_word(value));
    }
  }
  for (int64_t i = 0; i < n; ++i) out[i] &= hash_mask;
}

namespace {

struct KeyBytes {
  memory::Buffer data, validity;
  std::shared_ptr<const void> text;
};

// Bits for the codes that are not 0, those of missing values.
const uint8_t* presence(const PackedLayout::Reader& code_of, const uint64_t* packed, int64_t n,
                        KeyBytes& own) {
  own.validity = memory::Buffer((n + 7) / 8);
  auto* bits = own.validity.as<uint8_t>();
  std::memset(bits, 0, (n + 7) / 8);
  for (int64_t i = 0; i < n; ++i)
    bits[i >> 3] |= static_cast<uint8_t>((code_of(packed[i]) != 0) << (i & 7));
  return bits;
}

}  // namespace

Ref<Column> KeySpace::dictionary(size_t key, std::shared_ptr<const void> owner) const {
  Column column;
  column.dtype = dtypes_[key];
  column.data = texts_[key]->texts();
  column.owner = std::move(owner);
  return std::make_shared<const Column>(std::move(column));
}

Column KeySpace::coded_column(size_t key, const PackedLayout& layout, const uint64_t* packed,
                              int64_t n, const Ref<Column>& dictionary) const {
  const PackedLayout::Reader code_of = layout.reader(key);
  auto bytes = std::make_shared<KeyBytes>();
  bytes->data = memory::Buffer(n * 4);
  auto* codes = bytes->data.as<int32_t>();
  bool missing = false;
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t code = code_of(packed[i]);
    missing |= code == 0;
    codes[i] = static_cast<int32_t>(code == 0 ? 0 : code - 1);
  }
  Column column;
  column.dtype = dtypes_[key];
  column.encoding = Encoding::kDictionary;
  column.data = codes;
  column.dictionary = dictionary;
  column.dictionary_rows = texts_[key]->size();
  if (missing) column.validity = presence(code_of, packed, n, *bytes);
  column.owner = std::move(bytes);
  return column;
}

Column KeySpace::column(size_t key, const PackedLayout& layout, const uint64_t* packed, int64_t n,
                        const std::shared_ptr<const void>& owner) const {
  const DType& dtype = dtypes_[key];
  const PackedLayout::Reader code_of = layout.reader(key);
  auto bytes = std::make_shared<KeyBytes>();
  bytes->data = memory::Buffer(n * dtype.width());
  bool missing = false;
  if (dtype.is_string()) {
    bytes->text = owner;
    auto* out = bytes->data.as<StringRef>();
    const StringRef* texts = texts_[key]->texts();
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t code = code_of(packed[i]);
      missing |= code == 0;
      out[i] = code == 0 ? StringRef() : texts[code - 1];
    }
  } else {
    visit_values(dtype, [&]<class T>(T) {
      auto* out = bytes->data.as<T>();
      for (int64_t i = 0; i < n; ++i) {
        const uint64_t code = code_of(packed[i]);
        missing |= code == 0;
        T none{};
        if constexpr (std::is_floating_point_v<T>) none = static_cast<T>(std::nan(""));
        out[i] = code == 0 ? none : from_word<T>(code + code_of.base);
      }
    });
  }
  Column column;
  column.dtype = dtype;
  column.data = bytes->data.data();
  if (missing && !dtype.nan_is_missing()) column.validity = presence(code_of, packed, n, *bytes);
  column.owner = std::move(bytes);
  return column;
}

}  // namespace tharsis::ops
