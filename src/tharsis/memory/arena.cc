#include "tharsis/memory/arena.h"

namespace tharsis::memory {

void* Arena::take(int64_t bytes) {
  constexpr int64_t kBlock = int64_t{1} << 20;
  const int64_t need = (bytes + kPadding + 63) / 64 * 64;
  while (current_ < blocks_.size() && used_ + need > blocks_[current_].size()) {
    ++current_;
    used_ = 0;
  }
  if (current_ == blocks_.size()) {
    Buffer block(std::max(kBlock, need));
    reservation_.charge(block.capacity());
    blocks_.push_back(std::move(block));
    used_ = 0;
  }
  void* out = blocks_[current_].data() + used_;
  used_ += need;
  return out;
}

}  // namespace tharsis::memory
