#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tharsis/memory/store.h"
#include "tharsis/memory/value.h"

namespace tharsis::memory {

/// An array while it is made: one buffer, counted before it is written. Several threads may write
/// different parts.
class ArrayRoom {
 public:
  /// A BudgetError where memory has no room; `name` tells the holder.
  ArrayRoom(Store& store, DType dtype, int64_t count, const std::string& name);

  char* data() const { return reinterpret_cast<char*>(buffer_->data()); }
  template <class T>
  T* as() const {
    return buffer_->as<T>();
  }
  int64_t width() const { return dtype_.width(); }
  /// The value, which the store counts from then on.
  std::shared_ptr<Value> close(const std::vector<int64_t>& shape);

 private:
  Store& store_;
  DType dtype_;
  int64_t count_;
  std::unique_ptr<Reservation> reservation_;
  std::shared_ptr<Buffer> buffer_;
};

/// A pinned array: its values in C order.
class PinnedArray {
 public:
  explicit PinnedArray(const Value& value) : pin_(value.chunks[0]->store().pin(value.chunks[0])) {}
  template <class T>
  const T* as() const {
    return pin_->columns[0].values<T>();
  }
  const Column& column() const { return pin_->columns[0]; }

 private:
  Pin pin_;
};

}  // namespace tharsis::memory
