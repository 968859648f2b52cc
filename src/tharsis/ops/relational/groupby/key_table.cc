#include "tharsis/ops/relational/groupby/key_table.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/gather.h"

namespace tharsis::ops {
namespace {

uint64_t hash_mask = ~uint64_t{0};
constexpr uint64_t kMissingHash = 0x5851F42D4C957F2Dull;

uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <class T>
void widen(const void* data, int64_t rows, uint64_t* out) {
  const auto* values = static_cast<const T*>(data);
  for (int64_t i = 0; i < rows; ++i)
    out[i] = static_cast<uint64_t>(static_cast<int64_t>(values[i]));
}

// Floats as the bits of a double; NaN marks the row as missing.
template <class T>
void widen_float(const void* data, int64_t rows, uint64_t bit, uint64_t* out, uint64_t* missing) {
  const auto* values = static_cast<const T*>(data);
  for (int64_t i = 0; i < rows; ++i) {
    const double value = static_cast<double>(values[i]) + 0.0;  // -0.0 + 0.0 is 0.0
    const bool nan = std::isnan(value);
    std::memcpy(&out[i], &value, 8);
    if (nan) {
      out[i] = 0;
      missing[i] |= bit;
    }
  }
}

void widen_any(const DType& dtype, const void* data, int64_t rows, uint64_t bit, uint64_t* out,
               uint64_t* missing) {
  switch (dtype.id) {
    case TypeId::kBool:
    case TypeId::kUInt8:
      return widen<uint8_t>(data, rows, out);
    case TypeId::kInt8:
      return widen<int8_t>(data, rows, out);
    case TypeId::kInt16:
      return widen<int16_t>(data, rows, out);
    case TypeId::kUInt16:
      return widen<uint16_t>(data, rows, out);
    case TypeId::kInt32:
    case TypeId::kCategory:
      return widen<int32_t>(data, rows, out);
    case TypeId::kUInt32:
      return widen<uint32_t>(data, rows, out);
    case TypeId::kFloat32:
      return widen_float<float>(data, rows, bit, out, missing);
    case TypeId::kFloat64:
      return widen_float<double>(data, rows, bit, out, missing);
    default:
      std::memcpy(out, data, rows * 8);
  }
}

}  // namespace

void set_hash_mask(uint64_t mask) { hash_mask = mask; }

uint64_t hash_word(uint64_t word) {
  return mix(word ^ 0x9E3779B97F4A7C15ull, 0xD6E8FEB86659FD93ull) & hash_mask;
}

uint64_t hash_text(const StringRef& text) {
  uint64_t head[2];
  std::memcpy(head, &text, 16);
  if (text.is_inline())
    return mix(head[0] ^ 0x9E3779B97F4A7C15ull, head[1] ^ 0xD6E8FEB86659FD93ull) & hash_mask;
  uint64_t hash = mix(head[0] ^ 0x9E3779B97F4A7C15ull, 0xA0761D6478BD642Full);
  const char* at = text.pointer;
  uint32_t left = text.length;
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    hash = mix(hash ^ word, 0xD6E8FEB86659FD93ull);
  }
  uint64_t tail = 0;
  std::memcpy(&tail, at, left);
  return mix(hash ^ tail, 0xE7037ED1A0B428DBull) & hash_mask;
}

uint32_t TextTable::number(const StringRef& text, uint64_t hash) {
  if (2 * (texts_.size() + 1) > slots_.size()) grow();
  const uint64_t tag = hash & 0xFFFFFFFF00000000ull;
  for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const uint64_t slot = slots_[at];
    if (slot == 0) {
      StringRef own = text;
      if (!text.is_inline()) {
        if (heap_.empty() || heap_used_ + text.length > heap_.back().size()) {
          heap_.emplace_back(std::max<int64_t>(
              text.length,
              heap_.empty() ? 4096 : std::min<int64_t>(heap_.back().size() * 2, 1 << 20)));
          heap_bytes_ += heap_.back().capacity();
          heap_used_ = 0;
        }
        char* to = heap_.back().as<char>() + heap_used_;
        std::memcpy(to, text.pointer, text.length);
        own.pointer = to;
        heap_used_ += text.length;
      }
      const auto number = static_cast<uint32_t>(texts_.size());
      slots_[at] = tag | (number + 1);
      texts_.append(own);
      hashes_.append(hash);
      return number;
    }
    if ((slot & 0xFFFFFFFF00000000ull) != tag) continue;
    const auto number = static_cast<uint32_t>(slot) - 1;
    if (texts_[number] == text) return number;
  }
}

uint32_t TextTable::find(const StringRef& text, uint64_t hash) const {
  if (slots_.size() == 0) return UINT32_MAX;
  const uint64_t tag = hash & 0xFFFFFFFF00000000ull;
  for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
    const uint64_t slot = slots_[at];
    if (slot == 0) return UINT32_MAX;
    if ((slot & 0xFFFFFFFF00000000ull) != tag) continue;
    const auto number = static_cast<uint32_t>(slot) - 1;
    if (texts_[number] == text) return number;
  }
}

void TextTable::grow() {
  const int64_t size = std::max<int64_t>(64, slots_.size() * 4);
  slots_ = {};
  slots_.resize(size, 0);
  mask_ = static_cast<uint64_t>(size) - 1;
  for (int64_t i = 0; i < texts_.size(); ++i) {
    uint64_t at = hashes_[i] & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = (hashes_[i] & 0xFFFFFFFF00000000ull) | (static_cast<uint64_t>(i) + 1);
  }
}

KeyTable::KeyTable(std::vector<DType> dtypes)
    : dtypes_(std::move(dtypes)),
      words_(dtypes_.size() + 1),
      texts_(dtypes_.size()),
      remembered_(dtypes_.size()) {
  check(dtypes_.size() <= 64, "more than 64 keys");
}

void KeyTable::encode_texts(size_t key, const Column& column, int64_t rows, Coded& coded) {
  TextTable& table = texts_[key];
  uint64_t* out = coded.codes + static_cast<int64_t>(key) * rows;
  const uint64_t bit = uint64_t{1} << key;
  if (column.encoding == Encoding::kDictionary) {
    Remembered& memo = remembered_[key];
    if (memo.dictionary != column.dictionary) {
      memo.dictionary = column.dictionary;
      memo.numbers.clear();
      const auto* texts = column.dictionary->values<StringRef>();
      for (int64_t i = 0; i < column.dictionary_rows; ++i) {
        memo.numbers.push_back(table.number(texts[i], hash_text(texts[i])));
      }
    }
    const auto* codes = column.values<int32_t>();
    for (int64_t i = 0; i < rows; ++i) {
      if ((coded.missing[i] & bit) != 0) {
        out[i] = 0;
        continue;
      }
      out[i] = memo.numbers[codes[i]];
      coded.hashes[i] =
          mix(coded.hashes[i] ^ table.hash(static_cast<uint32_t>(out[i])), 0xE7037ED1A0B428DBull);
    }
    return;
  }
  const auto* texts = column.values<StringRef>();
  for (int64_t i = 0; i < rows; ++i) {
    if ((coded.missing[i] & bit) != 0) {
      out[i] = 0;
      continue;
    }
    const StringRef& text = texts[column.at(i)];
    const uint64_t hash = hash_text(text);
    out[i] = table.number(text, hash);
    coded.hashes[i] = mix(coded.hashes[i] ^ hash, 0xE7037ED1A0B428DBull);
  }
}

KeyTable::Coded KeyTable::encode(std::span<const Column> keys, int64_t rows, memory::Arena& arena) {
  Coded coded{arena.take_as<uint64_t>(static_cast<int64_t>(keys.size()) * rows),
              arena.take_as<uint64_t>(rows), arena.take_as<uint64_t>(rows)};
  std::fill_n(coded.missing, rows, 0);
  std::fill_n(coded.hashes, rows, 0x243F6A8885A308D3ull);
  for (size_t k = 0; k < keys.size(); ++k) {
    const uint64_t bit = uint64_t{1} << k;
    const Column& column = keys[k];
    if (column.validity != nullptr) {
      for (int64_t i = 0; i < rows; ++i) {
        if (!column.valid(i)) coded.missing[i] |= bit;
      }
    }
    if (dtypes_[k].is_string()) {
      encode_texts(k, column, rows, coded);
    } else {
      const Column values = flat(column, rows, arena);
      uint64_t* out = coded.codes + static_cast<int64_t>(k) * rows;
      widen_any(dtypes_[k], values.data, rows, bit, out, coded.missing);
      for (int64_t i = 0; i < rows; ++i) {
        if ((coded.missing[i] & bit) != 0) {
          out[i] = 0;
          continue;
        }
        coded.hashes[i] = mix(coded.hashes[i] ^ hash_word(out[i]), 0xE7037ED1A0B428DBull);
      }
    }
    for (int64_t i = 0; i < rows; ++i) {
      if ((coded.missing[i] & bit) != 0)
        coded.hashes[i] = mix(coded.hashes[i] ^ kMissingHash, 0xE7037ED1A0B428DBull);
    }
  }
  for (int64_t i = 0; i < rows; ++i) coded.hashes[i] &= hash_mask;
  return coded;
}

void KeyTable::grow() {
  const int64_t size = std::max<int64_t>(64, slots_.size() * 4);
  slots_ = {};
  slots_.resize(size, 0);
  mask_ = static_cast<uint64_t>(size) - 1;
  for (int64_t i = 0; i < hashes_.size(); ++i) {
    uint64_t at = hashes_[i] & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = (hashes_[i] & 0xFFFFFFFF00000000ull) | (static_cast<uint64_t>(i) + 1);
  }
}

template <bool kAdd>
void KeyTable::resolve(const Coded& coded, int64_t rows, bool dropna, uint32_t* out) {
  const size_t keys = dtypes_.size();
  while (kAdd && 2 * (hashes_.size() + rows) > slots_.size()) grow();
  if (slots_.size() == 0) {
    std::fill_n(out, rows, kNoGroup);
    return;
  }
  for (int64_t i = 0; i < rows; ++i) {
    if (i + 16 < rows) __builtin_prefetch(&slots_[coded.hashes[i + 16] & mask_]);
    if (dropna && coded.missing[i] != 0) {
      out[i] = kNoGroup;
      continue;
    }
    const uint64_t hash = coded.hashes[i];
    const uint64_t tag = hash & 0xFFFFFFFF00000000ull;
    for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
      const uint64_t slot = slots_[at];
      if (slot == 0) {
        if (!kAdd) {
          out[i] = kNoGroup;
          break;
        }
        const int64_t group = hashes_.size();
        require(group < kNoGroup - 1, ErrorCode::kUnsupported,
                "group-by: more than 4e9 groups in one table");
        slots_[at] = tag | (static_cast<uint64_t>(group) + 1);
        hashes_.append(hash);
        words_of_.resize((group + 1) * static_cast<int64_t>(words_), 0);
        uint64_t* words = words_of_.data() + group * static_cast<int64_t>(words_);
        for (size_t k = 0; k < keys; ++k)
          words[k] = coded.codes[static_cast<int64_t>(k) * rows + i];
        words[keys] = coded.missing[i];
        out[i] = static_cast<uint32_t>(group);
        break;
      }
      if ((slot & 0xFFFFFFFF00000000ull) != tag) continue;
      const uint32_t group = static_cast<uint32_t>(slot) - 1;
      const uint64_t* words = words_of_.data() + group * static_cast<int64_t>(words_);
      bool equal = words[keys] == coded.missing[i];
      for (size_t k = 0; k < keys && equal; ++k)
        equal = words[k] == coded.codes[static_cast<int64_t>(k) * rows + i];
      if (equal) {
        out[i] = group;
        break;
      }
    }
  }
}

void KeyTable::groups(std::span<const Column> keys, int64_t rows, bool dropna, memory::Arena& arena,
                      uint32_t* out) {
  const memory::ArenaScope scope(arena);
  resolve<true>(encode(keys, rows, arena), rows, dropna, out);
}

void KeyTable::find(std::span<const Column> keys, int64_t rows, memory::Arena& arena,
                    uint32_t* out) {
  const memory::ArenaScope scope(arena);
  resolve<false>(encode(keys, rows, arena), rows, false, out);
}

Column KeyTable::key_column(size_t key, std::span<const uint32_t> groups,
                            const std::shared_ptr<const void>& owner) const {
  const DType& dtype = dtypes_[key];
  const auto n = static_cast<int64_t>(groups.size());
  struct Bytes {
    memory::Buffer data, validity;
    std::shared_ptr<const void> text;
  };
  auto bytes = std::make_shared<Bytes>();
  bytes->data = memory::Buffer(n * dtype.width());
  bytes->text = owner;
  const uint64_t bit = uint64_t{1} << key;
  bool any_missing = false;
  const auto word = [&](int64_t i) {
    return words_of_[groups[i] * static_cast<int64_t>(words_) + static_cast<int64_t>(key)];
  };
  const auto missing = [&](int64_t i) {
    return (words_of_[groups[i] * static_cast<int64_t>(words_) + static_cast<int64_t>(words_) - 1] &
            bit) != 0;
  };
  for (int64_t i = 0; i < n; ++i) any_missing |= missing(i);
  if (dtype.is_string()) {
    for (int64_t i = 0; i < n; ++i) {
      bytes->data.as<StringRef>()[i] =
          missing(i) ? StringRef() : texts_[key].text(static_cast<uint32_t>(word(i)));
    }
  } else if (dtype.is_float()) {
    for (int64_t i = 0; i < n; ++i) {
      double value;
      const uint64_t bits = word(i);
      std::memcpy(&value, &bits, 8);
      if (missing(i)) value = std::nan("");
      if (dtype.id == TypeId::kFloat32) {
        bytes->data.as<float>()[i] = static_cast<float>(value);
      } else {
        bytes->data.as<double>()[i] = value;
      }
    }
  } else {
    const int64_t width = dtype.width();
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t value = word(i);
      std::memcpy(bytes->data.data() + i * width, &value, width);  // little-endian: the low bytes
    }
  }
  Column column;
  column.dtype = dtype;
  column.data = bytes->data.data();
  if (any_missing && !dtype.nan_is_missing()) {
    bytes->validity = memory::Buffer((n + 7) / 8);
    std::memset(bytes->validity.data(), 0, (n + 7) / 8);
    for (int64_t i = 0; i < n; ++i) {
      if (!missing(i)) bytes->validity.as<uint8_t>()[i >> 3] |= static_cast<uint8_t>(1u << (i & 7));
    }
    column.validity = bytes->validity.as<uint8_t>();
  }
  column.owner = bytes;
  return column;
}

int64_t KeyTable::bytes() const {
  int64_t sum = slots_.bytes() + words_of_.bytes() + hashes_.bytes();
  for (const TextTable& table : texts_) sum += table.bytes();
  return sum;
}

int64_t KeyTable::growth_max(int64_t rows) const {
  int64_t growth = 0;
  if (2 * (hashes_.size() + rows) > slots_.size())
    growth += std::max<int64_t>(4 * slots_.bytes(), rows * 64);
  growth += std::max(words_of_.bytes(), rows * static_cast<int64_t>(words_) * 16);
  growth += std::max(hashes_.bytes(), rows * 16);
  return growth;
}

}  // namespace tharsis::ops
