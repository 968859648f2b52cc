#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/graph/flow.h"
#include "tharsis/memory/buffer.h"

namespace tharsis::ops {

/// A growing array in recycled pages. One thread.
template <class T>
class Grown {
 public:
  T* data() { return buffer_.as<T>(); }
  const T* data() const { return buffer_.as<T>(); }
  int64_t size() const { return size_; }
  T& operator[](int64_t i) { return data()[i]; }
  const T& operator[](int64_t i) const { return data()[i]; }
  /// New elements are `fill`.
  void resize(int64_t n, T fill) {
    if (n > capacity_) {
      const int64_t capacity = std::max<int64_t>({n, capacity_ * 2, 64});
      memory::Buffer larger(capacity * static_cast<int64_t>(sizeof(T)));
      std::copy(data(), data() + size_, larger.as<T>());
      buffer_ = std::move(larger);
      capacity_ = capacity;
    }
    for (int64_t i = size_; i < n; ++i) data()[i] = fill;
    size_ = n;
  }
  void append(const T& value) { resize(size_ + 1, value); }
  int64_t bytes() const { return buffer_.capacity(); }

 private:
  memory::Buffer buffer_;
  int64_t size_ = 0;
  int64_t capacity_ = 0;
};

/// Texts by number, in order of first appearance; owns them.
class TextTable {
 public:
  /// The number of `text`, whose hash the caller has.
  uint32_t number(const StringRef& text, uint64_t hash);
  /// The same without adding it: UINT32_MAX if there is none.
  uint32_t find(const StringRef& text, uint64_t hash) const;
  const StringRef& text(uint32_t number) const { return texts_[number]; }
  uint64_t hash(uint32_t number) const { return hashes_[number]; }
  int64_t size() const { return texts_.size(); }
  int64_t bytes() const { return slots_.bytes() + texts_.bytes() + hashes_.bytes() + heap_bytes_; }

 private:
  void grow();
  Grown<uint64_t> slots_;  // upper half of the hash, number + 1
  uint64_t mask_ = 0;
  Grown<StringRef> texts_;
  Grown<uint64_t> hashes_;
  std::vector<memory::Buffer> heap_;
  int64_t heap_used_ = 0;
  int64_t heap_bytes_ = 0;
};

/// Hash of a value, equal on all nodes: text by content, -0.0 and 0.0 alike.
uint64_t hash_text(const StringRef& text);
uint64_t hash_word(uint64_t word);
/// For tests: all value hashes are cut to these bits, so that they collide.
void set_hash_mask(uint64_t mask);

/// Rows to groups. A group is a tuple of keys; groups are numbered in order of first appearance.
/// Missing values (cleared bits, NaN in floats of NumPy's flavour) are one key of their own. One
/// thread.
class KeyTable {
 public:
  explicit KeyTable(std::vector<DType> dtypes);

  /// The group of each row; kNoGroup for rows with a missing key when `dropna`.
  static constexpr uint32_t kNoGroup = UINT32_MAX;
  void groups(std::span<const Column> keys, int64_t rows, bool dropna, memory::Arena& arena,
              uint32_t* out);
  /// The same without adding groups: kNoGroup where there is none.
  void find(std::span<const Column> keys, int64_t rows, memory::Arena& arena, uint32_t* out);

  int64_t size() const { return hashes_.size(); }
  const uint64_t* hashes() const { return hashes_.data(); }
  /// The keys of groups rows[0], rows[1], …: one column per key, owned by `owner` as far as text
  /// goes.
  Column key_column(size_t key, std::span<const uint32_t> groups,
                    const std::shared_ptr<const void>& owner) const;
  int64_t bytes() const;
  /// Bytes that `rows` more rows can add at most, text aside.
  int64_t growth_max(int64_t rows) const;

 private:
  struct Coded {
    uint64_t* codes;    // per key and row, row-major by key
    uint64_t* missing;  // a bit per key
    uint64_t* hashes;
  };
  Coded encode(std::span<const Column> keys, int64_t rows, memory::Arena& arena);
  void encode_texts(size_t key, const Column& column, int64_t rows, Coded& coded);
  template <bool kAdd>
  void resolve(const Coded& coded, int64_t rows, bool dropna, uint32_t* out);
  void grow();

  struct Remembered {
    Ref<Column> dictionary;
    std::vector<uint32_t> numbers;
  };

  const std::vector<DType> dtypes_;
  const size_t words_;                  // of a group: its codes and the missing bits
  std::vector<TextTable> texts_;        // per key; empty where it is not text
  std::vector<Remembered> remembered_;  // the last dictionary of each key
  Grown<uint64_t> slots_;
  uint64_t mask_ = 0;
  Grown<uint64_t> words_of_;  // words_ per group
  Grown<uint64_t> hashes_;
};

}  // namespace tharsis::ops
