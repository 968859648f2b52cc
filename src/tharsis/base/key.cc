#include "tharsis/base/key.h"

#include <atomic>
#include <cstring>
#include <random>

namespace tharsis {

void KeyMixer::bytes(std::string_view text) {
  word(text.size());
  while (!text.empty()) {
    uint64_t piece = 0;
    const size_t size = text.size() < 8 ? text.size() : 8;
    std::memcpy(&piece, text.data(), size);
    word(piece);
    text.remove_prefix(size);
  }
}

Key fresh_key() {
  // The first word tells processes apart, the second nodes within one.
  static const uint64_t process = [] {
    std::random_device device;
    return (static_cast<uint64_t>(device()) << 32) | device();
  }();
  static std::atomic<uint64_t> next{1};
  return {process, next.fetch_add(1, std::memory_order_relaxed)};
}

}  // namespace tharsis
