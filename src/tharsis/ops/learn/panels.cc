#include "tharsis/ops/learn/panels.h"

#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/ops/learn.h"

namespace tharsis::ops {

int64_t block_rows(int64_t rows, int64_t row_bytes) {
  constexpr int64_t kStep = 1024, kBytesMax = int64_t{8} << 20;
  const int64_t most = std::max(kBytesMax / std::max<int64_t>(row_bytes, 1) / kStep * kStep, kStep);
  const int64_t share = (rows / Panels::kSlots + kStep) / kStep * kStep;
  return std::min(share, most);
}

Panels::Panels(std::span<const Ref<Value>> arrays) : arrays_(arrays.begin(), arrays.end()) {
  int64_t rows = 0;
  for (const Ref<Value>& array : arrays_) rows += array->meta.shape[0].size;
  columns_ = arrays_[0]->meta.shape[1].size;
  row_bytes_ = columns_ * arrays_[0]->meta.dtype.width();
  block_rows_ = block_rows(rows, row_bytes_);
  for (const Ref<Value>& array : arrays_) {
    const int64_t length = array->meta.shape[0].size;
    starts_.push_back(starts_.back() + length);
    first_block_.push_back(first_block_.back() + (length + block_rows_ - 1) / block_rows_);
  }
}

size_t Panels::panel_of(const std::vector<int64_t>& starts, int64_t at) const {
  return static_cast<size_t>(std::upper_bound(starts.begin(), starts.end() - 1, at) -
                             starts.begin() - 1);
}

Panels::Block Panels::block(size_t panel, int64_t number, const memory::PinnedArray& points) const {
  const int64_t begin = number * block_rows_;
  Block out;
  out.points = points.as<char>() + begin * row_bytes_;
  out.row = starts_[panel] + begin;
  out.rows = std::min(block_rows_, starts_[panel + 1] - out.row);
  out.index = first_block_[panel] + number;
  return out;
}

void Panels::each(Driver& driver, const std::function<void(const Block&, Worker&)>& body,
                  const std::function<void(int slots)>& merge) const {
  for (size_t panel = 0; panel < arrays_.size(); ++panel) {
    const int64_t count = first_block_[panel + 1] - first_block_[panel];
    if (count == 0) continue;
    const memory::PinnedArray points(*arrays_[panel]);
    for (int64_t begin = 0; begin < count; begin += kSlots) {
      const int64_t slots = std::min<int64_t>(kSlots, count - begin);
      driver.parallel(slots, [&](int64_t slot, Worker& worker) {
        const memory::ArenaScope scope(worker.arena);
        Block now = block(panel, begin + slot, points);
        now.slot = static_cast<int>(slot);
        body(now, worker);
      });
      merge(static_cast<int>(slots));
    }
  }
}

void Panels::one(int64_t index, const std::function<void(const Block&)>& body) const {
  const size_t panel = panel_of(first_block_, index);
  const memory::PinnedArray points(*arrays_[panel]);
  body(block(panel, index - first_block_[panel], points));
}

void Panels::copy_row(int64_t row, void* out) const {
  const size_t panel = panel_of(starts_, row);
  const memory::PinnedArray points(*arrays_[panel]);
  std::memcpy(out, points.as<char>() + (row - starts_[panel]) * row_bytes_,
              static_cast<size_t>(row_bytes_));
}

Meta panels_meta(const Call& call, size_t panels, std::string_view who) {
  check(panels > 0 && panels <= call.in.size(), "a call without panels");
  const Meta& first = *call.in[0];
  int64_t rows = 0;
  for (size_t i = 0; i < panels; ++i) {
    const auto shape = sizes_if_known(*call.in[i]);
    require(shape && shape->size() == 2, ErrorCode::kShape,
            "{}: rows and columns of known lengths are taken, got {}", who, call.in[i]->text());
    require(call.in[i]->dtype == first.dtype && first.dtype.is_float(), ErrorCode::kDType,
            "{}: floats are taken, got {}", who, call.in[i]->text());
    require(call.in[i]->shape[1] == first.shape[1], ErrorCode::kShape,
            "{}: panels of different widths: {} and {}", who, first.text(), call.in[i]->text());
    rows += (*shape)[0];
  }
  return tensor_meta(first.dtype, {Dim{rows}, first.shape[1]});
}

}  // namespace tharsis::ops
