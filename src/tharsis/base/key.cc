#include "tharsis/base/key.h"

#include <atomic>
#include <cstring>
#include <random>

namespace tharsis {

void KeyMixer::bytes(std::string_view text) {
  // Either half of the state takes in two words at once, by a multiplication of its own.
  const auto pair = [](const char* words, Key& state) {
    uint64_t first, second;
    std::memcpy(&first, words, 8);
    std::memcpy(&second, words + 8, 8);
    state.high = mix(state.high ^ first, second ^ 0x9E3779B97F4A7C15ull);
    state.low = mix(state.low ^ second, first ^ 0xD6E8FEB86659FD93ull);
  };
  word(text.size());
  if (text.size() >= 64) {
    // A multiplication waits for the one before it: two states work in turn.
    Key beside{state_.low, state_.high};
    for (; text.size() >= 32; text.remove_prefix(32)) {
      pair(text.data(), state_);
      pair(text.data() + 16, beside);
    }
    key(beside);
  }
  for (; text.size() >= 16; text.remove_prefix(16)) pair(text.data(), state_);
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
