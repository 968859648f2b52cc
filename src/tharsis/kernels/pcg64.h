#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tharsis::kernels {

__extension__ using uint128 = unsigned __int128;

/// The 64-bit generator of numpy.random.default_rng (PCG XSL RR 128/64, O'Neill 2014), bit for bit.
struct Pcg64 {
  uint128 state = 0;
  uint128 increment = 1;

  /// As NumPy seeds it from SeedSequence(entropy), entropy in 32-bit words, the lowest first.
  static Pcg64 seeded(std::span<const uint32_t> entropy);
  uint64_t next();
  /// The state after `steps` more draws, in logarithmic time.
  Pcg64 advanced(uint128 steps) const;
};

/// Draws of one generator by position. Immutable; any thread.
class Pcg64Stream {
 public:
  explicit Pcg64Stream(const Pcg64& start);

  /// Doubles in [0, 1) from the draws begin, begin + step, …, as Generator.random makes them.
  void doubles(int64_t begin, int64_t step, int64_t count, double* out) const;
  void draws(int64_t begin, int64_t step, int64_t count, uint64_t* out) const;

 private:
  // state → multiplier * state + addend, for 2^k steps.
  struct Jump {
    uint128 multiplier;
    uint128 addend;
  };
  Jump jump(uint64_t steps) const;
  template <class Make, class Out>
  void fill(int64_t begin, int64_t step, int64_t count, Out* out, Make make) const;

  const Pcg64 start_;
  std::array<Jump, 64> powers_;
};

}  // namespace tharsis::kernels
