#include "tharsis/io/text_heap.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tharsis::io {

StringRef TextHeap::copy(const void* text, uint32_t length) {
  constexpr int64_t kBlock = int64_t{256} << 10;
  if (left_ < length) {
    blocks_.emplace_back(std::max<int64_t>(kBlock, length));
    left_ = blocks_.back().size();
  }
  char* copy = blocks_.back().as<char>() + (blocks_.back().size() - left_);
  left_ -= length;
  std::memcpy(copy, text, length);
  return {copy, length};
}

std::vector<memory::Buffer> TextHeap::take() {
  left_ = 0;
  return std::exchange(blocks_, {});
}

}  // namespace tharsis::io
