#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tharsis/memory/buffer.h"

namespace tharsis::ops {

/// Values of groups in the order of their arrival, and then group by group. Blocks, so that nothing
/// is copied while it grows.
class ValueLog {
 public:
  void add(uint32_t group, uint64_t value) {
    if (used_ == kBlock) grow();
    groups_.back().as<uint32_t>()[used_] = group;
    values_.back().as<uint64_t>()[used_++] = value;
  }
  int64_t size() const {
    return groups_.empty() ? 0 : static_cast<int64_t>(groups_.size() - 1) * kBlock + used_;
  }
  int64_t bytes() const {
    int64_t sum = sorted_.capacity();
    for (const auto& block : groups_) sum += block.capacity();
    for (const auto& block : values_) sum += block.capacity();
    return sum;
  }
  static int64_t growth_max(int64_t rows) { return (rows / kBlock + 1) * kBlock * 12 + 4096; }

  /// Puts the values group by group: those of group g are run(g) then. Nothing is added later.
  void close(int64_t groups) {
    if (closed_) return;
    closed_ = true;
    begins_.assign(groups + 1, 0);
    each([&](uint32_t group, uint64_t) { ++begins_[group + 1]; });
    for (int64_t g = 0; g < groups; ++g) begins_[g + 1] += begins_[g];
    std::vector<int64_t> at(begins_.begin(), begins_.end() - 1);
    sorted_ = memory::Buffer(size() * 8);
    auto* out = sorted_.as<uint64_t>();
    each([&](uint32_t group, uint64_t value) { out[at[group]++] = value; });
    groups_.clear();
    values_.clear();
    used_ = kBlock;
  }
  std::span<uint64_t> run(int64_t group) {
    return {sorted_.as<uint64_t>() + begins_[group],
            static_cast<size_t>(begins_[group + 1] - begins_[group])};
  }

 private:
  static constexpr int64_t kBlock = int64_t{1} << 15;
  template <class Visit>
  void each(Visit visit) const {
    for (size_t b = 0; b < groups_.size(); ++b) {
      const int64_t n = b + 1 == groups_.size() ? used_ : kBlock;
      const auto* groups = groups_[b].as<uint32_t>();
      const auto* values = values_[b].as<uint64_t>();
      for (int64_t i = 0; i < n; ++i) visit(groups[i], values[i]);
    }
  }
  void grow() {
    groups_.emplace_back(kBlock * 4);
    values_.emplace_back(kBlock * 8);
    used_ = 0;
  }

  std::vector<memory::Buffer> groups_, values_;
  int64_t used_ = kBlock;
  bool closed_ = false;
  memory::Buffer sorted_;
  std::vector<int64_t> begins_;
};

}  // namespace tharsis::ops
