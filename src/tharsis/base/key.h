#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace tharsis {

/// A 128-bit structural key: equal structure gives an equal key on every machine.
struct Key {
  uint64_t high = 0;
  uint64_t low = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

/// Mixes words into a key, in order.
class KeyMixer {
 public:
  void word(uint64_t value) {
    state_.high = mix(state_.high ^ value, 0x9E3779B97F4A7C15ull);
    state_.low = mix(state_.low + value, 0xD6E8FEB86659FD93ull) ^ (state_.high >> 32);
  }
  void bytes(std::string_view text);
  void key(const Key& other) {
    word(other.high);
    word(other.low);
  }
  Key finish() const { return state_; }

 private:
  static uint64_t mix(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a ^ 0xA0761D6478BD642Full) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  Key state_{0x243F6A8885A308D3ull, 0x13198A2E03707344ull};
};

/// A key nobody else has: for impure nodes and literals.
Key fresh_key();

}  // namespace tharsis

template <>
struct std::hash<tharsis::Key> {
  size_t operator()(const tharsis::Key& key) const { return key.low ^ (key.high * 31); }
};
