#pragma once

#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/kernels/pcg64.h"

namespace tharsis::ops {

enum class Distribution : uint8_t { kRandom, kNormal, kIntegers };

/// Random values as a function of a generator's state and their position.
struct RandomAttrs {
  Distribution distribution = Distribution::kRandom;
  int64_t state_high = 0;
  int64_t state_low = 0;
  int64_t increment_high = 0;
  int64_t increment_low = 0;
  std::vector<int64_t> shape;
  DType dtype;
  bool has_half = false;  // float32 begins with the upper half of an earlier draw
  int64_t half = 0;
  int64_t low = 0;    // integers: the smallest
  int64_t range = 0;  // integers: how many there are, as uint64; 0: all 2^64
  void fields(Fields& f) {
    f("distribution", distribution);
    f("state_high", state_high);
    f("state_low", state_low);
    f("increment_high", increment_high);
    f("increment_low", increment_low);
    f("shape", shape);
    f("dtype", dtype);
    f("has_half", has_half);
    f("half", half);
    f("low", low);
    f("range", range);
  }
};

const Op& random_op();

/// numpy.random.default_rng. `random` and `uniform` are NumPy's stream bit for bit; `normal` and
/// `integers` are made by Philox from the state and the position of a value, and advance the
/// generator by one draw each. Values are made when and where they are needed, and do not depend on
/// how the work is cut. One thread.
class Generator {
 public:
  /// `entropy` in 32-bit words, the lowest first.
  explicit Generator(std::span<const uint32_t> entropy)
      : generator_(kernels::Pcg64::seeded(entropy)) {}
  explicit Generator(kernels::Pcg64 generator) : generator_(generator) {}

  /// In [0, 1); float64 or float32.
  Expr random(std::vector<int64_t> shape, const DType& dtype = TypeId::kFloat64);
  Expr uniform(double low, double high, std::vector<int64_t> shape);
  Expr standard_normal(std::vector<int64_t> shape, const DType& dtype = TypeId::kFloat64);
  Expr normal(double mean, double deviation, std::vector<int64_t> shape);
  /// In [low, low + range); a range of 0 is 2^64.
  Expr integers(int64_t low, uint64_t range, std::vector<int64_t> shape, const DType& dtype);

  const kernels::Pcg64& state() const { return generator_; }

 private:
  RandomAttrs attrs(Distribution distribution, std::vector<int64_t> shape, const DType& dtype);

  kernels::Pcg64 generator_;
  bool has_half_ = false;  // as NumPy keeps it: draws of 32 bits come in pairs
  uint32_t half_ = 0;
};

void register_random_ops();

}  // namespace tharsis::ops
