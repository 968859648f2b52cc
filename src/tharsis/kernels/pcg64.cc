#include "tharsis/kernels/pcg64.h"

#include <bit>
#include <vector>

namespace tharsis::kernels {
namespace {

constexpr uint128 kMultiplier = (uint128{0x2360ED051FC65DA4ull} << 64) | 0x4385DF649FCCF645ull;

inline uint64_t output(uint128 state) {
  const auto high = static_cast<uint64_t>(state >> 64);
  return std::rotr(high ^ static_cast<uint64_t>(state), static_cast<int>(high >> 58));
}

// Mixes entropy into a pool of four words and draws from it: numpy.random.SeedSequence.
class SeedSequence {
 public:
  explicit SeedSequence(std::span<const uint32_t> entropy) {
    for (size_t i = 0; i < kPool; ++i) pool_[i] = hashed(i < entropy.size() ? entropy[i] : 0);
    for (size_t from = 0; from < kPool; ++from) {
      for (size_t to = 0; to < kPool; ++to) {
        if (from != to) pool_[to] = mixed(pool_[to], hashed(pool_[from]));
      }
    }
    for (size_t from = kPool; from < entropy.size(); ++from) {
      for (uint32_t& to : pool_) to = mixed(to, hashed(entropy[from]));
    }
  }

  std::array<uint64_t, 4> words() const {
    std::array<uint64_t, 4> out{};
    uint32_t constant = 0x8b51f9dd;
    for (size_t i = 0; i < 8; ++i) {
      uint32_t word = pool_[i % kPool] ^ constant;
      constant *= 0x58f38ded;
      word *= constant;
      word ^= word >> 16;
      out[i / 2] |= uint64_t{word} << (32 * (i % 2));
    }
    return out;
  }

 private:
  static constexpr size_t kPool = 4;

  uint32_t hashed(uint32_t value) {
    value ^= constant_;
    constant_ *= 0x931e8875;
    value *= constant_;
    return value ^ (value >> 16);
  }
  static uint32_t mixed(uint32_t x, uint32_t y) {
    const uint32_t result = 0xca01f9dd * x - 0x4973f715 * y;
    return result ^ (result >> 16);
  }

  std::array<uint32_t, kPool> pool_{};
  uint32_t constant_ = 0x43b0d7e5;
};

}  // namespace

Pcg64 Pcg64::seeded(std::span<const uint32_t> entropy) {
  const auto words = SeedSequence(entropy).words();
  Pcg64 out;
  out.increment = ((((uint128{words[2]} << 64) | words[3]) << 1)) | 1;
  out.state = out.increment + ((uint128{words[0]} << 64) | words[1]);
  out.next();
  return out;
}

uint64_t Pcg64::next() {
  state = state * kMultiplier + increment;
  return output(state);
}

Pcg64 Pcg64::advanced(uint128 steps) const {
  Pcg64 out = *this;
  uint128 multiplier = kMultiplier, addend = increment;
  for (; steps > 0; steps >>= 1) {
    if ((steps & 1) != 0) out.state = out.state * multiplier + addend;
    addend = (multiplier + 1) * addend;
    multiplier *= multiplier;
  }
  return out;
}

Pcg64Stream::Pcg64Stream(const Pcg64& start) : start_(start) {
  powers_[0] = {kMultiplier, start.increment};
  for (size_t k = 1; k < powers_.size(); ++k) {
    const Jump& half = powers_[k - 1];
    powers_[k] = {half.multiplier * half.multiplier, (half.multiplier + 1) * half.addend};
  }
}

Pcg64Stream::Jump Pcg64Stream::jump(uint64_t steps) const {
  Jump out{1, 0};
  for (int k = 0; steps > 0; steps >>= 1, ++k) {
    if ((steps & 1) == 0) continue;
    out = {out.multiplier * powers_[k].multiplier,
           out.addend * powers_[k].multiplier + powers_[k].addend};
  }
  return out;
}

// Four states leap over each other, so that their multiplications overlap.
template <class Make, class Out>
void Pcg64Stream::fill(int64_t begin, int64_t step, int64_t count, Out* out, Make make) const {
  constexpr int kWays = 4;
  // Unsigned arithmetic wraps, so that a negative step is one around the whole period.
  const bool back = step < 0;
  const Jump first = jump(static_cast<uint64_t>(begin) + 1);
  uint128 states[kWays];
  states[0] = start_.state * first.multiplier + first.addend;
  if (back || count < kWays) {
    for (int64_t i = 0; i < count; ++i) {
      const Jump at = jump(static_cast<uint64_t>(begin + i * step) + 1);
      out[i] = make(output(start_.state * at.multiplier + at.addend));
    }
    return;
  }
  const Jump one = jump(static_cast<uint64_t>(step));
  for (int w = 1; w < kWays; ++w) states[w] = states[w - 1] * one.multiplier + one.addend;
  const Jump leap = jump(static_cast<uint64_t>(step) * kWays);
  int64_t i = 0;
  for (; i + kWays <= count; i += kWays) {
    for (int w = 0; w < kWays; ++w) {
      out[i + w] = make(output(states[w]));
      states[w] = states[w] * leap.multiplier + leap.addend;
    }
  }
  for (int w = 0; i < count; ++i, ++w) out[i] = make(output(states[w]));
}

void Pcg64Stream::doubles(int64_t begin, int64_t step, int64_t count, double* out) const {
  fill(begin, step, count, out,
       [](uint64_t draw) { return static_cast<double>(draw >> 11) * 0x1p-53; });
}

void Pcg64Stream::draws(int64_t begin, int64_t step, int64_t count, uint64_t* out) const {
  fill(begin, step, count, out, [](uint64_t draw) { return draw; });
}

}  // namespace tharsis::kernels
