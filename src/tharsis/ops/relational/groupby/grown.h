#pragma once

#include <algorithm>
#include <cstdint>

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
    reserve(n);
    for (int64_t i = size_; i < n; ++i) data()[i] = fill;
    size_ = n;
  }
  /// New elements are not set.
  void extend(int64_t n) {
    reserve(n);
    size_ = n;
  }
  /// Forgets the elements from n on.
  void cut(int64_t n) { size_ = n; }
  void append(const T& value) {
    if (size_ == capacity_) reserve(size_ + 1);
    data()[size_++] = value;
  }
  int64_t bytes() const { return buffer_.capacity(); }

 private:
  void reserve(int64_t n) {
    if (n <= capacity_) return;
    const int64_t capacity = std::max<int64_t>({n, capacity_ * 2, 64});
    memory::Buffer larger(capacity * static_cast<int64_t>(sizeof(T)));
    std::copy(data(), data() + size_, larger.as<T>());
    buffer_ = std::move(larger);
    capacity_ = capacity;
  }

  memory::Buffer buffer_;
  int64_t size_ = 0;
  int64_t capacity_ = 0;
};

}  // namespace tharsis::ops
