#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tharsis/base/error.h"

namespace tharsis {

/// Appends values in the wire form: little-endian fixed-width numbers, lengths as 64 bits.
class WireWriter {
 public:
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    std::memcpy(room(sizeof(T)), &value, sizeof(T));
  }
  void put_string(std::string_view text) {
    put<uint64_t>(text.size());
    put_raw(text.data(), text.size());
  }
  void put_raw(const void* data, size_t size) {
    if (size > 0) std::memcpy(room(size), data, size);
  }

  std::string_view bytes() const { return {bytes_.data(), used_}; }
  std::string take() {
    bytes_.resize(std::exchange(used_, 0));
    return std::move(bytes_);
  }

 private:
  // A string that grows by a few bytes at a time costs a call for each.
  char* room(size_t size) {
    if (bytes_.size() - used_ < size) bytes_.resize(2 * used_ + size);
    return bytes_.data() + std::exchange(used_, used_ + size);
  }

  std::string bytes_;  // the first `used_` are written
  size_t used_ = 0;
};

/// Reads what WireWriter wrote; running past the end is a StorageError, never undefined behaviour.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
    requires std::is_trivially_copyable_v<T>
  T get() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view get_string() { return take(get<uint64_t>()); }
  std::string_view take(uint64_t size) {
    require(size <= rest_.size(), ErrorCode::kStorage,
            "wire: {} bytes expected, {} left: the message is cut off or of another version", size,
            rest_.size());
    const std::string_view head = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return head;
  }
  /// Of a list whose items take at least one byte each: what claims to hold more is not believed.
  uint64_t get_count() {
    const auto count = get<uint64_t>();
    require(count <= rest_.size(), ErrorCode::kStorage, "wire: {} items in {} bytes", count,
            rest_.size());
    return count;
  }
  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace tharsis
