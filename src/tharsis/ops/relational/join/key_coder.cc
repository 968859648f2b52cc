#include "tharsis/ops/relational/join/key_coder.h"

#include <algorithm>
#include <bit>
#include <mutex>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;
constexpr uint64_t kMost = ~uint64_t{0} - 2;  // largest range of a code

// A value as a word in which differences are distances: integers shifted by 2^63, doubles in the
// order of their bits, so that ranges are tight. -0.0 and 0.0 are one.
template <class T>
uint64_t as_integer(T value) {
  return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ kSign;
}

template <class T>
uint64_t as_real(T value) {
  const double wide = static_cast<double>(value) + 0.0;
  const auto bits = std::bit_cast<uint64_t>(wide);
  return bits ^ (static_cast<uint64_t>(static_cast<int64_t>(bits) >> 63) | kSign);
}

// Calls add(i, word, missing) for each row of a flat column of numbers.
template <class Add>
void each_word(const Column& column, const DType& as, int64_t rows, Add add) {
  visit_values(column.dtype, [&]<class T>(T) {
    const T* values = column.values<T>();
    const bool real = as.is_float();
    const bool unsigned_words = as.id == TypeId::kUInt64;
    const bool gaps = column.validity != nullptr;
    for (int64_t i = 0; i < rows; ++i) {
      const T value = values[i];
      bool missing = gaps && !column.valid(i);
      uint64_t word;
      if constexpr (std::is_floating_point_v<T>) {
        missing |= value != value;
        word = as_real(value);
      } else {
        word = real             ? as_real(value)
               : unsigned_words ? static_cast<uint64_t>(value)
                                : as_integer(value);
      }
      add(i, word, missing);
    }
  });
}

}  // namespace

uint32_t WordTable::number(uint64_t word) {
  if (2 * (words_.size() + 1) > slots_.size()) grow();
  for (uint64_t at = hash_word(word) & mask_;; at = (at + 1) & mask_) {
    if (slots_[at] == 0) {
      words_.append(word);
      slots_[at] = static_cast<uint32_t>(words_.size());
      return slots_[at] - 1;
    }
    if (words_[slots_[at] - 1] == word) return slots_[at] - 1;
  }
}

uint32_t WordTable::find(uint64_t word) const {
  if (slots_.size() == 0) return UINT32_MAX;
  for (uint64_t at = hash_word(word) & mask_;; at = (at + 1) & mask_) {
    if (slots_[at] == 0) return UINT32_MAX;
    if (words_[slots_[at] - 1] == word) return slots_[at] - 1;
  }
}

void WordTable::grow() {
  const int64_t size = std::max<int64_t>(64, slots_.size() * 4);
  slots_ = {};
  slots_.resize(size, 0);
  mask_ = static_cast<uint64_t>(size) - 1;
  for (int64_t i = 0; i < words_.size(); ++i) {
    uint64_t at = hash_word(words_[i]) & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = static_cast<uint32_t>(i + 1);
  }
}

KeyCoder::KeyCoder(const Value& build, std::span<const int64_t> fields, std::vector<DType> dtypes,
                   bool nulls_equal, Driver& driver)
    : keys_(dtypes.size()), nulls_equal_(nulls_equal) {
  for (size_t k = 0; k < dtypes.size(); ++k) keys_[k].dtype = std::move(dtypes[k]);
  measure(build, fields, driver);
  memory::Arena arena(driver.store().budget());
  number_values(build, fields, arena);
  pack(build, fields, arena);
}

void KeyCoder::measure(const Value& build, std::span<const int64_t> fields, Driver& driver) {
  std::vector<uint64_t> low(keys_.size(), ~uint64_t{0}), high(keys_.size(), 0);
  std::mutex mutex;
  driver.parallel(static_cast<int64_t>(build.chunks.size()), [&](int64_t c, Worker& worker) {
    const memory::Pin pin = build.chunks[c]->store().pin(build.chunks[c]);
    for (size_t k = 0; k < keys_.size(); ++k) {
      const Column& column = pin->columns[fields[k]];
      uint64_t least = ~uint64_t{0}, most = 0;
      bool any_missing = false;
      if (keys_[k].dtype.is_string()) {
        for (int64_t i = 0; column.validity != nullptr && i < pin->rows; ++i)
          any_missing |= !column.valid(i);
      } else {
        const memory::ArenaScope scope(worker.arena);
        each_word(flat(column, pin->rows, worker.arena), keys_[k].dtype, pin->rows,
                  [&](int64_t, uint64_t word, bool missing) {
                    any_missing |= missing;
                    if (missing) return;
                    least = std::min(least, word);
                    most = std::max(most, word);
                  });
      }
      const std::lock_guard lock(mutex);
      keys_[k].missing |= any_missing && nulls_equal_;
      low[k] = std::min(low[k], least);
      high[k] = std::max(high[k], most);
    }
  });
  for (size_t k = 0; k < keys_.size(); ++k) {
    keys_[k].empty = low[k] > high[k];
    if (keys_[k].empty) continue;
    keys_[k].low = low[k];
    keys_[k].span = high[k] - low[k];
  }
}

void KeyCoder::number_values(const Value& build, std::span<const int64_t> fields,
                             memory::Arena& arena) {
  for (size_t k = 0; k < keys_.size(); ++k) {
    if (keys_[k].dtype.is_string()) {
      number_texts(keys_[k], build, fields[k]);
    } else if (!keys_[k].empty && keys_[k].span >= kMost) {
      number_words(keys_[k], build, fields[k], arena);
    }
  }
}

void KeyCoder::number_words(Key& key, const Value& build, int64_t field, memory::Arena& arena) {
  key.words = std::make_shared<WordTable>();
  for (const auto& chunk : build.chunks) {
    const memory::ArenaScope scope(arena);
    const memory::Pin pin = chunk->store().pin(chunk);
    each_word(flat(pin->columns[field], pin->rows, arena), key.dtype, pin->rows,
              [&](int64_t, uint64_t word, bool missing) {
                if (!missing) key.words->number(word);
              });
  }
  key.span = static_cast<uint64_t>(key.words->size()) - 1;
}

void KeyCoder::number_texts(Key& key, const Value& build, int64_t field) {
  key.texts = std::make_shared<TextTable>();
  Ref<Column> last;
  for (const auto& chunk : build.chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    const Column& column = pin->columns[field];
    if (column.encoding == Encoding::kDictionary) {
      if (column.dictionary == last) continue;
      last = column.dictionary;
      const auto* values = last->values<StringRef>();
      for (int64_t i = 0; i < column.dictionary_rows; ++i)
        key.texts->number(values[i], hash_text(values[i]));
      continue;
    }
    const auto* values = column.values<StringRef>();
    for (int64_t i = 0; i < pin->rows; ++i) {
      const StringRef& text = values[column.at(i)];
      if (column.valid(i)) key.texts->number(text, hash_text(text));
    }
  }
  key.empty = key.texts->size() == 0;
  key.span = key.empty ? 0 : static_cast<uint64_t>(key.texts->size()) - 1;
}

// Gives each key its radix. Where the product passes 64 bits, the values of the key are numbered,
// and where that does not help, what is packed so far: two numbers of 32 bits fit.
void KeyCoder::pack(const Value& build, std::span<const int64_t> fields, memory::Arena& arena) {
  for (size_t k = 0; k < keys_.size(); ++k) {
    Key& key = keys_[k];
    if (multiply(key)) continue;
    if (key.span > UINT32_MAX) number_words(key, build, fields[k], arena);
    if (multiply(key)) continue;
    fold_before(k, build, fields, arena);
    check(multiply(key), "join: two numbers of 32 bits do not fit 64");
  }
}

bool KeyCoder::multiply(Key& key) {
  key.radix = std::max<uint64_t>((key.empty ? 0 : key.span + 1) + (key.missing ? 1 : 0), 1);
  uint64_t product;
  if (__builtin_mul_overflow(range_, key.radix, &product) || product > kMost) return false;
  range_ = product;
  return true;
}

void KeyCoder::fold_before(size_t k, const Value& build, std::span<const int64_t> fields,
                           memory::Arena& arena) {
  keys_[k].fold = nullptr;
  auto fold = std::make_shared<WordTable>();
  Memo memo;
  for (const auto& chunk : build.chunks) {
    const memory::ArenaScope scope(arena);
    const memory::Pin pin = chunk->store().pin(chunk);
    std::vector<Column> columns;
    for (const int64_t field : fields) columns.push_back(pin->columns[field]);
    auto* codes = arena.take_as<uint64_t>(pin->rows);
    encode_first(k, columns, pin->rows, memo, arena, codes);
    for (int64_t i = 0; i < pin->rows; ++i) {
      if (codes[i] != kNoCode) fold->number(codes[i]);
    }
  }
  range_ = std::max<uint64_t>(static_cast<uint64_t>(fold->size()), 1);
  keys_[k].fold = std::move(fold);
}

void KeyCoder::encode(std::span<const Column> keys, int64_t rows, Memo& memo, memory::Arena& arena,
                      uint64_t* codes) const {
  encode_first(keys_.size(), keys, rows, memo, arena, codes);
}

void KeyCoder::encode_first(size_t count, std::span<const Column> keys, int64_t rows, Memo& memo,
                            memory::Arena& arena, uint64_t* codes) const {
  std::fill_n(codes, rows, 0);
  memo.dictionaries.resize(keys_.size());
  memo.numbers.resize(keys_.size());
  for (size_t k = 0; k < count; ++k) {
    if (const WordTable* fold = keys_[k].fold.get()) {
      for (int64_t i = 0; i < rows; ++i) {
        const uint32_t number = codes[i] == kNoCode ? UINT32_MAX : fold->find(codes[i]);
        codes[i] = number == UINT32_MAX ? kNoCode : number;
      }
    }
    add_key(k, keys[k], rows, memo, arena, codes);
  }
}

void KeyCoder::add_key(size_t k, const Column& column, int64_t rows, Memo& memo,
                       memory::Arena& arena, uint64_t* codes) const {
  const Key& key = keys_[k];
  const uint64_t radix = key.radix;
  const uint64_t first = key.missing ? 1 : 0;
  const auto put = [&](int64_t i, uint64_t code, bool has_code) {
    codes[i] = codes[i] == kNoCode || !has_code ? kNoCode : codes[i] * radix + code;
  };
  if (!key.dtype.is_string()) {
    const memory::ArenaScope scope(arena);
    const uint64_t low = key.low, span = key.span;
    const bool missing_has_code = key.missing, any = !key.empty;
    const WordTable* words = key.words.get();
    each_word(
        flat(column, rows, arena), key.dtype, rows, [&](int64_t i, uint64_t word, bool missing) {
          const uint64_t code = words != nullptr ? words->find(word) : word - low;
          put(i, missing ? 0 : code + first, missing ? missing_has_code : any && code <= span);
        });
    return;
  }
  const TextTable& texts = *key.texts;
  const bool gaps = column.validity != nullptr;
  if (column.encoding == Encoding::kDictionary) {
    auto& numbers = memo.numbers[k];
    if (memo.dictionaries[k] != column.dictionary) {
      memo.dictionaries[k] = column.dictionary;
      numbers.clear();
      const auto* values = column.dictionary->values<StringRef>();
      for (int64_t i = 0; i < column.dictionary_rows; ++i) {
        const uint32_t number = texts.find(values[i], hash_text(values[i]));
        numbers.push_back(number == UINT32_MAX ? kNoCode : number);
      }
    }
    const auto* entries = column.values<int32_t>();
    for (int64_t i = 0; i < rows; ++i) {
      const bool missing = gaps && !column.valid(i);
      const uint64_t number = missing ? 0 : numbers[entries[i]];
      put(i, missing ? 0 : number + first, missing ? key.missing : number != kNoCode);
    }
    return;
  }
  const auto* values = column.values<StringRef>();
  for (int64_t i = 0; i < rows; ++i) {
    if (gaps && !column.valid(i)) {
      put(i, 0, key.missing);
      continue;
    }
    const StringRef& text = values[column.at(i)];
    const uint32_t number = texts.find(text, hash_text(text));
    put(i, number + first, number != UINT32_MAX);
  }
}

int64_t KeyCoder::bytes() const {
  int64_t sum = 0;
  for (const Key& key : keys_) {
    if (key.texts != nullptr) sum += key.texts->bytes();
    if (key.words != nullptr) sum += key.words->bytes();
    if (key.fold != nullptr) sum += key.fold->bytes();
  }
  return sum;
}

}  // namespace tharsis::ops
