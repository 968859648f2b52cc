#pragma once

#include <cstdint>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/memory/buffer.h"

namespace tharsis::io {

/// Copies of texts that are too long for their cell, packed into blocks. One thread.
class TextHeap {
 public:
  /// Valid as long as the blocks. REQUIRES: length > StringRef::kInline.
  StringRef copy(const void* text, uint32_t length);
  /// The blocks, for their owner; the heap begins anew.
  std::vector<memory::Buffer> take();

 private:
  std::vector<memory::Buffer> blocks_;
  int64_t left_ = 0;  // bytes of the last block
};

}  // namespace tharsis::io
