#pragma once

#include <functional>
#include <span>
#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/memory/array_room.h"

namespace tharsis::ops {

/// The rows of a matrix that lie in several arrays, one under the other. An array is pinned while
/// its blocks are worked on.
class Panels {
 public:
  /// REQUIRES: at least one array; all [rows, columns] of one type.
  explicit Panels(std::span<const Ref<Value>> arrays);

  struct Block {
    const void* points = nullptr;
    int64_t row = 0;  // of the whole
    int64_t rows = 0;
    int64_t index = 0;  // among all blocks
    int slot = 0;       // among those that run together
  };
  static constexpr int kSlots = 64;

  int64_t rows() const { return starts_.back(); }
  int64_t columns() const { return columns_; }
  int64_t blocks() const { return first_block_.back(); }
  DType dtype() const { return arrays_[0]->meta.dtype; }

  /// Calls `body` for all blocks on all workers, up to kSlots at a time; after each such wave
  /// `merge` on this thread, with how many slots were used. What is merged in the order of slots
  /// does not depend on workers.
  void each(Driver& driver, const std::function<void(const Block&, Worker&)>& body,
            const std::function<void(int slots)>& merge) const;
  /// Calls `body` for one block, here.
  void one(int64_t index, const std::function<void(const Block&)>& body) const;
  void copy_row(int64_t row, void* out) const;

 private:
  size_t panel_of(const std::vector<int64_t>& starts, int64_t at) const;
  Block block(size_t panel, int64_t number, const memory::PinnedArray& points) const;

  std::vector<Ref<Value>> arrays_;
  std::vector<int64_t> starts_{0};       // the first row of each panel, and their end
  std::vector<int64_t> first_block_{0};  // the same of blocks
  int64_t columns_ = 0;
  int64_t row_bytes_ = 0;
  int64_t block_rows_ = 0;
};

/// The shape and type of panels as one matrix; errors in the words of `who`.
Meta panels_meta(const Call& call, size_t panels, std::string_view who);

/// A buffer of values that is counted.
template <class T>
class Counted {
 public:
  Counted(Driver& driver, int64_t count, const char* who)
      : reservation_(driver.store().budget(), who) {
    const auto bytes = count * static_cast<int64_t>(sizeof(T));
    reservation_.ensure_or_fail(bytes);
    reservation_.charge(bytes);
    buffer_ = memory::Buffer(bytes);
  }
  T* data() { return buffer_.as<T>(); }

 private:
  memory::Reservation reservation_;
  memory::Buffer buffer_;
};

}  // namespace tharsis::ops
