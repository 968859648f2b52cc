#include "tharsis/ops/random.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/kernels/loops.h"
#include "tharsis/kernels/philox.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kBlock = 256;  // counters at a time: scratch stays in L1

kernels::uint128 join(int64_t high, int64_t low) {
  return (kernels::uint128{static_cast<uint64_t>(high)} << 64) | static_cast<uint64_t>(low);
}

class Doubles final : public ArraySource {
 public:
  explicit Doubles(const kernels::Pcg64& start) : stream_(start) {}
  void read(int64_t begin, int64_t step, int64_t count, void* out) const override {
    stream_.doubles(begin, step, count, static_cast<double*>(out));
  }
  double cost_ns() const override { return 1.0; }

 private:
  const kernels::Pcg64Stream stream_;
};

// Two floats per draw, the lower half first.
class Floats final : public ArraySource {
 public:
  Floats(const kernels::Pcg64& start, bool has_half, uint32_t half)
      : stream_(start), has_half_(has_half), half_(half) {}

  void read(int64_t begin, int64_t step, int64_t count, void* out) const override {
    auto* to = static_cast<float*>(out);
    uint64_t draws[kBlock];
    for (int64_t done = 0; done < count; done += kBlock) {
      const int64_t n = std::min(kBlock, count - done);
      const int64_t from = begin + done * step - (has_half_ ? 1 : 0);
      if (step == 1 || step == -1) {
        const int64_t lowest = std::max<int64_t>(step > 0 ? from : from - n + 1, 0) / 2;
        const int64_t highest = std::max<int64_t>(step > 0 ? from + n - 1 : from, 0) / 2;
        stream_.draws(lowest, 1, highest - lowest + 1, draws);
        for (int64_t i = 0; i < n; ++i) to[done + i] = at(from + i * step, draws, lowest);
        continue;
      }
      for (int64_t i = 0; i < n; ++i) {
        const int64_t position = from + i * step;
        if (position >= 0) stream_.draws(position / 2, 1, 1, draws);
        to[done + i] = at(position, draws, position / 2);
      }
    }
  }
  double cost_ns() const override { return 1.0; }

 private:
  float at(int64_t position, const uint64_t* draws, int64_t first) const {
    uint32_t bits = half_;
    if (position >= 0) {
      const uint64_t draw = draws[position / 2 - first];
      bits = static_cast<uint32_t>((position & 1) != 0 ? draw >> 32 : draw);
    }
    return static_cast<float>(bits >> 8) * 0x1p-24f;
  }

  const kernels::Pcg64Stream stream_;
  const bool has_half_;
  const uint32_t half_;
};

// Box and Muller, 1958: two normals from two uniforms; value 2c is the cosine of counter c, value
// 2c + 1 its sine.
class Normals final : public ArraySource {
 public:
  Normals(uint64_t key, TypeId type) : key_(key), type_(type) {}

  void read(int64_t begin, int64_t step, int64_t count, void* out) const override {
    for (int64_t done = 0; done < count;) {
      const int64_t position = begin + done * step;
      const int64_t n = step == 1 ? std::min(count - done, 2 * kBlock - (position & 1))
                                  : std::min<int64_t>(count - done, 1);
      double cosines[kBlock], sines[kBlock];
      const int64_t first = position / 2, last = (position + n - 1) / 2;
      pairs(static_cast<uint64_t>(first), last - first + 1, cosines, sines);
      for (int64_t i = 0; i < n; ++i) {
        const int64_t at = position + i;
        const double value = ((at & 1) != 0 ? sines : cosines)[at / 2 - first];
        if (type_ == TypeId::kFloat32) {
          static_cast<float*>(out)[done + i] = static_cast<float>(value);
        } else {
          static_cast<double*>(out)[done + i] = value;
        }
      }
      done += n;
    }
  }
  double cost_ns() const override { return 4.0; }

 private:
  static void apply(std::string_view name, const double* in, double* out, int64_t n) {
    const void* arguments[] = {in};
    kernels::loops_named(name).at(kernels::Lane::kF64)(arguments, out, n);
  }

  void pairs(uint64_t first, int64_t n, double* cosines, double* sines) const {
    uint64_t low[kBlock], high[kBlock];
    kernels::philox(key_, first, 1, n, low, high);
    double radius[kBlock], angle[kBlock], scratch[kBlock];
    for (int64_t i = 0; i < n; ++i) {
      // The radius wants (0, 1]: its logarithm is finite.
      scratch[i] = static_cast<double>((low[i] >> 11) + 1) * 0x1p-53;
      angle[i] = static_cast<double>(high[i] >> 11) * 0x1p-53 * 6.283185307179586;
    }
    apply("log", scratch, radius, n);
    for (int64_t i = 0; i < n; ++i) scratch[i] = -2 * radius[i];
    apply("sqrt", scratch, radius, n);
    apply("cos", angle, cosines, n);
    apply("sin", angle, sines, n);
    for (int64_t i = 0; i < n; ++i) {
      cosines[i] *= radius[i];
      sines[i] *= radius[i];
    }
  }

  const uint64_t key_;
  const TypeId type_;
};

// A product of the range with 128 random bits: no value is likelier than another by more than
// 2^-64 of itself.
class Integers final : public ArraySource {
 public:
  Integers(uint64_t key, const RandomAttrs& attrs)
      : key_(key),
        low_(static_cast<uint64_t>(attrs.low)),
        range_(static_cast<uint64_t>(attrs.range)),
        type_(attrs.dtype.id) {}

  void read(int64_t begin, int64_t step, int64_t count, void* out) const override {
    uint64_t low[kBlock], high[kBlock];
    for (int64_t done = 0; done < count; done += kBlock) {
      const int64_t n = std::min(kBlock, count - done);
      kernels::philox(key_, static_cast<uint64_t>(begin + done * step), static_cast<uint64_t>(step),
                      n, low, high);
      visit_number(type_, [&](auto type) {
        auto* to = static_cast<decltype(type)*>(out) + done;
        for (int64_t i = 0; i < n; ++i)
          to[i] = static_cast<decltype(type)>(low_ + scaled(low[i], high[i]));
      });
    }
  }
  double cost_ns() const override { return 1.5; }

 private:
  uint64_t scaled(uint64_t low, uint64_t high) const {
    if (range_ == 0) return high;
    const kernels::uint128 tail = (kernels::uint128{low} * range_) >> 64;
    return static_cast<uint64_t>((kernels::uint128{high} * range_ + tail) >> 64);
  }

  const uint64_t key_;
  const uint64_t low_;
  const uint64_t range_;
  const TypeId type_;
};

class Random final : public OpOf<RandomAttrs> {
 public:
  std::string_view name() const override { return "random"; }
  Traits traits(const Call&) const override { return {.way = Traits::kSource}; }

  std::vector<Meta> infer(const Call& call) const override {
    const RandomAttrs& attrs = of(call);
    for (const int64_t length : attrs.shape) {
      require(length >= 0, ErrorCode::kInvalidArgument, "negative dimensions are not allowed");
    }
    const bool integers = attrs.distribution == Distribution::kIntegers;
    require(integers ? attrs.dtype.is_integer() || attrs.dtype.is_bool() : attrs.dtype.is_float(),
            ErrorCode::kDType, "Unsupported dtype {} for random values", attrs.dtype.name());
    return {tensor_meta(attrs.dtype, known_shape(attrs.shape))};
  }

  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    const RandomAttrs& attrs = of(call);
    const kernels::Pcg64 start{join(attrs.state_high, attrs.state_low),
                               join(attrs.increment_high, attrs.increment_low)};
    KeyMixer mixer;
    mixer.word(static_cast<uint64_t>(attrs.state_high));
    mixer.word(static_cast<uint64_t>(attrs.state_low));
    mixer.word(static_cast<uint64_t>(attrs.increment_high));
    mixer.word(static_cast<uint64_t>(attrs.increment_low));
    const uint64_t key = mixer.finish().low;
    Ref<ArraySource> source;
    if (attrs.distribution == Distribution::kNormal) {
      source = std::make_shared<Normals>(key, attrs.dtype.id);
    } else if (attrs.distribution == Distribution::kIntegers) {
      source = std::make_shared<Integers>(key, attrs);
    } else if (attrs.dtype.id == TypeId::kFloat32) {
      source = std::make_shared<Floats>(start, attrs.has_half, static_cast<uint32_t>(attrs.half));
    } else {
      source = std::make_shared<Doubles>(start);
    }
    return source;
  }
};

Scalar double_scalar(double value) { return {TypeId::kFloat64, value}; }

int64_t size_of(const std::vector<int64_t>& shape) {
  int64_t n = 1;
  for (const int64_t length : shape) n *= length;
  return n;
}

}  // namespace

const Op& random_op() {
  static const Random op;
  return op;
}

RandomAttrs Generator::attrs(Distribution distribution, std::vector<int64_t> shape,
                             const DType& dtype) {
  RandomAttrs out;
  out.distribution = distribution;
  out.state_high = static_cast<int64_t>(generator_.state >> 64);
  out.state_low = static_cast<int64_t>(generator_.state);
  out.increment_high = static_cast<int64_t>(generator_.increment >> 64);
  out.increment_low = static_cast<int64_t>(generator_.increment);
  out.shape = std::move(shape);
  out.dtype = dtype;
  return out;
}

Expr Generator::random(std::vector<int64_t> shape, const DType& dtype) {
  RandomAttrs made = attrs(Distribution::kRandom, std::move(shape), dtype);
  const bool halves = dtype.id == TypeId::kFloat32;
  made.has_half = halves && has_half_;
  made.half = made.has_half ? half_ : 0;
  Expr out = call(random_op(), made, {});
  int64_t draws = size_of(made.shape);
  if (halves && draws > 0) {
    const int64_t fresh = draws - (has_half_ ? 1 : 0);
    draws = (fresh + 1) / 2;
    has_half_ = fresh % 2 != 0;
    if (has_half_) half_ = generator_.advanced(draws - 1).next() >> 32;
  }
  generator_ = generator_.advanced(static_cast<uint64_t>(draws));
  return out;
}

Expr Generator::uniform(double low, double high, std::vector<int64_t> shape) {
  const Expr unit = random(std::move(shape));
  return compute("add",
                 {double_scalar(low), compute("multiply", {double_scalar(high - low), unit})});
}

Expr Generator::standard_normal(std::vector<int64_t> shape, const DType& dtype) {
  Expr out = call(random_op(), attrs(Distribution::kNormal, std::move(shape), dtype), {});
  generator_ = generator_.advanced(1);
  return out;
}

Expr Generator::normal(double mean, double deviation, std::vector<int64_t> shape) {
  require(deviation >= 0, ErrorCode::kInvalidArgument, "scale < 0");
  const Expr unit = standard_normal(std::move(shape));
  return compute("add",
                 {double_scalar(mean), compute("multiply", {double_scalar(deviation), unit})});
}

Expr Generator::integers(int64_t low, uint64_t range, std::vector<int64_t> shape,
                         const DType& dtype) {
  RandomAttrs made = attrs(Distribution::kIntegers, std::move(shape), dtype);
  made.low = low;
  made.range = static_cast<int64_t>(range);
  generator_ = generator_.advanced(1);
  return call(random_op(), std::move(made), {});
}

void register_random_ops() {
  static const Op* const kTable[] = {&random_op()};
  register_ops(kTable);
}

}  // namespace tharsis::ops
