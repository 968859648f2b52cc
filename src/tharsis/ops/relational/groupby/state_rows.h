#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tharsis/memory/buffer.h"

namespace tharsis::ops {

/// The small states of all aggregates of a group side by side, so that a group costs one cache line
/// and not one per aggregate. A slot is a word of each row.
class StateRows {
 public:
  /// A further slot, whose value in new rows is `blank`. REQUIRES: no rows yet.
  template <class T>
  int64_t add(T blank) {
    static_assert(sizeof(T) <= 8);
    uint64_t word = 0;
    std::memcpy(&word, &blank, sizeof(T));
    blank_.push_back(word);
    return static_cast<int64_t>(blank_.size()) - 1;
  }

  void reserve(int64_t rows) { expected_ = rows; }
  void resize(int64_t rows) {
    const auto width = static_cast<int64_t>(blank_.size());
    if (width == 0 || rows <= rows_) return;
    if (rows > capacity_) {
      capacity_ = std::max<int64_t>({rows, capacity_ * 2, expected_, 64});
      memory::Buffer larger(capacity_ * width * 8);
      if (rows_ > 0) std::memcpy(larger.data(), buffer_.data(), rows_ * width * 8);
      buffer_ = std::move(larger);
    }
    std::byte* at = buffer_.data() + rows_ * width * 8;
    for (int64_t row = rows_; row < rows; ++row, at += width * 8)
      std::memcpy(at, blank_.data(), width * 8);
    rows_ = rows;
  }

  /// Words from one row to the next.
  int64_t stride() const { return static_cast<int64_t>(blank_.size()); }
  template <class T>
  T* slot(int64_t slot) {
    return reinterpret_cast<T*>(buffer_.data() + slot * 8);
  }
  template <class T>
  const T* slot(int64_t slot) const {
    return reinterpret_cast<const T*>(buffer_.data() + slot * 8);
  }
  int64_t bytes() const { return buffer_.capacity(); }
  int64_t growth_max(int64_t rows) const { return std::max(bytes(), rows * stride() * 16); }

 private:
  std::vector<uint64_t> blank_;
  memory::Buffer buffer_;
  int64_t rows_ = 0;
  int64_t capacity_ = 0;
  int64_t expected_ = 0;
};

/// One slot of type T of all rows: `slot[group]`. Valid until the rows grow.
template <class T>
class Slot {
 public:
  Slot(StateRows& rows, int64_t slot) : first_(rows.slot<T>(slot)), step_(rows.stride()) {}
  T& operator[](int64_t group) const {
    return *reinterpret_cast<T*>(reinterpret_cast<std::byte*>(first_) + group * step_ * 8);
  }

 private:
  T* first_;
  int64_t step_;
};

}  // namespace tharsis::ops
