#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace tharsis::memory {

/// Bytes beyond the size of every buffer that may be read and written: whole vectors need no tails.
inline constexpr int64_t kPadding = 64;

/// Whether as many bytes can be read behind foreign memory that ends here: the page on which it
/// ends holds them.
bool readable_behind(const void* end);

/// A 64-byte-aligned range with one owner. Large ranges come from recycled huge pages, since fresh
/// pages cost more than most operators. Movable; freed to the pool.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t bytes);  // uninitialised; never null, also for 0 bytes
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  int64_t size() const { return size_; }
  int64_t capacity() const { return capacity_; }
  bool empty() const { return data_ == nullptr; }
  /// Ends at `bytes`, at most the size. What stands there stays where it is; the pages of a large
  /// range behind it go back to the system.
  void shrink(int64_t bytes);

  template <class T>
  T* as() {
    return reinterpret_cast<T*>(data_);
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }

 private:
  std::byte* data_ = nullptr;
  int64_t size_ = 0;
  int64_t capacity_ = 0;
};

/// What a Buffer of `bytes` takes from the system.
int64_t buffer_capacity(int64_t bytes);

/// Bytes of all buffers ever made, whether their pages were new or recycled.
int64_t allocated_bytes();

/// Returns ranges kept for reuse to the system, those that were not asked for longest first, until
/// `bytes` are left.
void shrink_warm_buffers(int64_t bytes);
/// What is left of `limit_bytes` for them where memory is short: what is written out and read back
/// goes through a few ranges again and again.
inline constexpr int64_t kWarmPart = 8;
/// Bytes kept for reuse, and their bound.
int64_t warm_buffer_bytes();
void set_warm_buffer_limit(int64_t bytes);

}  // namespace tharsis::memory
