// Functions of whole vectors: SLEEF's of the 1 ulp class. Its finz_ variants give the same bits on
// all instruction sets that have fused multiplication, and for any neighbours in a vector.
//
// Compiled once per instruction set, in files of their own (math_avx2.cc, math_avx512.cc) with the
// flags of that set: how a vector is handed to a function of a library depends on the flags of the
// file, not on attributes of the caller. Nothing here may leave inline functions of others behind
// that need more than the baseline; so no containers.

#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "hwy/highway.h"
#include "tharsis/kernels/map-inl.h"
// After those: they share the set of this file.
#include "tharsis/kernels/exp_log-inl.h"
#include "tharsis/kernels/sin_cos-inl.h"
#include "tharsis/kernels/sqrt-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

#if HWY_TARGET == HWY_AVX3
#define THARSIS_SLEEF_F64(name, accuracy) Sleef_finz_##name##d8_##accuracy##avx512f
#define THARSIS_SLEEF_F32(name, accuracy) Sleef_finz_##name##f16_##accuracy##avx512f
using RawF64 = __m512d;
using RawF32 = __m512;
#else
#define THARSIS_SLEEF_F64(name, accuracy) Sleef_finz_##name##d4_##accuracy##avx2
#define THARSIS_SLEEF_F32(name, accuracy) Sleef_finz_##name##f8_##accuracy##avx2
using RawF64 = __m256d;
using RawF32 = __m256;
#endif

template <class T>
using Tag = hn::ScalableTag<T>;
using F64 = hn::Vec<Tag<double>>;
using F32 = hn::Vec<Tag<float>>;

// Declared here, since sleef.h hides what the compiler's baseline does not have.
#define THARSIS_UNARY(Name, name, accuracy)                                               \
  extern "C" RawF64 THARSIS_SLEEF_F64(name, accuracy)(RawF64);                            \
  extern "C" RawF32 THARSIS_SLEEF_F32(name, accuracy)(RawF32);                            \
  struct Name {                                                                           \
    F64 operator()(F64 x) const { return F64{THARSIS_SLEEF_F64(name, accuracy)(x.raw)}; } \
    F32 operator()(F32 x) const { return F32{THARSIS_SLEEF_F32(name, accuracy)(x.raw)}; } \
  };
#define THARSIS_BINARY(Name, name, accuracy)                           \
  extern "C" RawF64 THARSIS_SLEEF_F64(name, accuracy)(RawF64, RawF64); \
  extern "C" RawF32 THARSIS_SLEEF_F32(name, accuracy)(RawF32, RawF32); \
  struct Name {                                                        \
    F64 operator()(F64 x, F64 y) const {                               \
      return F64{THARSIS_SLEEF_F64(name, accuracy)(x.raw, y.raw)};     \
    }                                                                  \
    F32 operator()(F32 x, F32 y) const {                               \
      return F32{THARSIS_SLEEF_F32(name, accuracy)(x.raw, y.raw)};     \
    }                                                                  \
  };

THARSIS_UNARY(SleefSin, sin, u10)
THARSIS_UNARY(SleefCos, cos, u10)
THARSIS_UNARY(Tan, tan, u10)
THARSIS_UNARY(Arcsin, asin, u10)
THARSIS_UNARY(Arccos, acos, u10)
THARSIS_UNARY(Arctan, atan, u10)
THARSIS_UNARY(SinhSmall, sinh, u10)
THARSIS_UNARY(CoshSmall, cosh, u10)
THARSIS_UNARY(Tanh, tanh, u10)
THARSIS_UNARY(ArcsinhSmall, asinh, u10)
THARSIS_UNARY(ArccoshSmall, acosh, u10)
THARSIS_UNARY(Arctanh, atanh, u10)
THARSIS_UNARY(SleefExp, exp, u10)
THARSIS_UNARY(Exp2, exp2, u10)
THARSIS_UNARY(Expm1, expm1, u10)
THARSIS_UNARY(SleefLog, log, u10)
THARSIS_UNARY(Log2, log2, u10)
THARSIS_UNARY(Log10, log10, u10)
THARSIS_UNARY(Log1pSmall, log1p, u10)
THARSIS_UNARY(Cbrt, cbrt, u10)
THARSIS_BINARY(SleefPower, pow, u10)
THARSIS_BINARY(Arctan2, atan2, u10)
THARSIS_BINARY(Hypot, hypot, u05)

struct Exp {
  F64 operator()(F64 x) const { return exponential(x); }
  F32 operator()(F32 x) const { return SleefExp()(x); }
};
struct Log {
  F64 operator()(F64 x) const { return logarithm(x); }
  F32 operator()(F32 x) const { return SleefLog()(x); }
};
// Lane by lane: a large angle does not change how its neighbours are computed.
template <class Sleef>
HWY_INLINE F64 sine(F64 x, int64_t quarters) {
  const D64 d;
  const F64 usual = sine_of_quarters(x, quarters);
  const auto small = hn::Lt(hn::Abs(x), hn::Set(d, kLargestAngle));
  if (HWY_LIKELY(hn::AllTrue(d, small))) return usual;
  return hn::IfThenElse(small, usual, Sleef()(x));
}
struct Sin {
  F64 operator()(F64 x) const {
    const D64 d;  // the sign of zero would be lost in the sum
    return hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, sine<SleefSin>(x, 0));
  }
  F32 operator()(F32 x) const { return SleefSin()(x); }
};
struct Cos {
  F64 operator()(F64 x) const { return sine<SleefCos>(x, 1); }
  F32 operator()(F32 x) const { return SleefCos()(x); }
};

struct Sqrt {
  F64 operator()(F64 x) const { return square_root(x); }
  F32 operator()(F32 x) const { return hn::Sqrt(x); }
};

// SLEEF's hyperbolic functions overflow before their results do. A lane's answer does not depend on
// its neighbours: the branch only spares work.
template <class V>
V exp_half_squared(V magnitude) {
  const hn::DFromV<V> d;
  const V root = Exp()(hn::Mul(magnitude, hn::Set(d, 0.5)));
  return hn::Mul(hn::Mul(root, hn::Set(d, 0.5)), root);
}
template <class V>
auto near_overflow(V magnitude) {
  const hn::DFromV<V> d;
  return hn::Gt(magnitude, hn::Set(d, sizeof(hn::TFromV<V>) == 8 ? 709.0 : 88.0));
}
struct Sinh {
  template <class V>
  V operator()(V x) const {
    const V magnitude = hn::Abs(x);
    const auto rare = near_overflow(magnitude);
    const V usual = SinhSmall()(x);
    if (HWY_LIKELY(hn::AllFalse(hn::DFromV<V>(), rare))) return usual;
    return hn::IfThenElse(rare, hn::CopySign(exp_half_squared(magnitude), x), usual);
  }
};
struct Cosh {
  template <class V>
  V operator()(V x) const {
    const V magnitude = hn::Abs(x);
    const auto rare = near_overflow(magnitude);
    const V usual = CoshSmall()(x);
    if (HWY_LIKELY(hn::AllFalse(hn::DFromV<V>(), rare))) return usual;
    return hn::IfThenElse(rare, exp_half_squared(magnitude), usual);
  }
};

// … and its inverses square their argument: beyond the root of the largest number they are
// log(2 |x|).
template <class V>
V log_twice(V magnitude) {
  const hn::DFromV<V> d;
  return hn::Add(Log()(magnitude), hn::Set(d, 0.69314718055994530942));
}
template <class V>
auto square_overflows(V magnitude) {
  const hn::DFromV<V> d;
  return hn::Gt(magnitude, hn::Set(d, sizeof(hn::TFromV<V>) == 8 ? 1e20 : 1e10));
}
// SLEEF's power overflows early, too: there it is the square of the power to half the exponent.
struct Power {
  template <class V>
  V operator()(V x, V y) const {
    const hn::DFromV<V> d;
    const V usual = SleefPower()(x, y);
    const auto finite = hn::And(hn::IsFinite(x), hn::IsFinite(y));
    const auto rare = hn::And(hn::And(hn::IsInf(usual), finite), hn::Ne(x, hn::Zero(d)));
    if (HWY_LIKELY(hn::AllFalse(d, rare))) return usual;
    const V root = SleefPower()(hn::Abs(x), hn::Mul(y, hn::Set(d, 0.5)));
    return hn::IfThenElse(rare, hn::CopySign(hn::Mul(root, root), usual), usual);
  }
};

// Beyond 1e20 one more makes no difference, and SLEEF's log1p overflows before the largest number.
struct Log1p {
  template <class V>
  V operator()(V x) const {
    const hn::DFromV<V> d;
    const auto rare = hn::Gt(x, hn::Set(d, 1e20));
    const V usual = Log1pSmall()(x);
    if (HWY_LIKELY(hn::AllFalse(d, rare))) return usual;
    return hn::IfThenElse(rare, Log()(x), usual);
  }
};
// ln(exp(x) + exp(y)) without overflow: the larger one plus log1p of the ratio.
struct Logaddexp {
  template <class V>
  V operator()(V x, V y) const {
    const hn::DFromV<V> d;
    const V difference = hn::Sub(x, y);
    const V larger = hn::IfThenElse(hn::Gt(x, y), x, y);
    const V sum = hn::Add(larger, Log1p()(Exp()(hn::Neg(hn::Abs(difference)))));
    const V same = hn::Add(x, hn::Set(d, 0.69314718055994530942));
    const V number = hn::IfThenElse(hn::IsNaN(difference), difference, sum);
    return hn::IfThenElse(hn::Eq(x, y), same, number);
  }
};
struct Logaddexp2 {
  template <class V>
  V operator()(V x, V y) const {
    const hn::DFromV<V> d;
    const V difference = hn::Sub(x, y);
    const V larger = hn::IfThenElse(hn::Gt(x, y), x, y);
    const V ratio = Log1p()(Exp2()(hn::Neg(hn::Abs(difference))));
    const V sum = hn::Add(larger, hn::Mul(ratio, hn::Set(d, 1.44269504088896340736)));
    const V same = hn::Add(x, hn::Set(d, 1.0));
    const V number = hn::IfThenElse(hn::IsNaN(difference), difference, sum);
    return hn::IfThenElse(hn::Eq(x, y), same, number);
  }
};

struct Arcsinh {
  template <class V>
  V operator()(V x) const {
    const V magnitude = hn::Abs(x);
    const auto rare = square_overflows(magnitude);
    const V usual = ArcsinhSmall()(x);
    if (HWY_LIKELY(hn::AllFalse(hn::DFromV<V>(), rare))) return usual;
    return hn::IfThenElse(rare, hn::CopySign(log_twice(magnitude), x), usual);
  }
};
struct Arccosh {
  template <class V>
  V operator()(V x) const {
    const auto rare = square_overflows(x);
    const V usual = ArccoshSmall()(x);
    if (HWY_LIKELY(hn::AllFalse(hn::DFromV<V>(), rare))) return usual;
    return hn::IfThenElse(rare, log_twice(x), usual);
  }
};

template <class Op, class T>
void unary_vectors(const void* const* in, void* out, int64_t n) {
  const Tag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const T* HWY_RESTRICT a = static_cast<const T*>(in[0]);
  T* HWY_RESTRICT z = static_cast<T*>(out);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(Op()(hn::LoadU(d, a + i)), d, z + i);
  if (i == n) return;
  alignas(64) T rest[64 / sizeof(T)] = {};
  std::memcpy(rest, a + i, static_cast<size_t>(n - i) * sizeof(T));
  hn::Store(Op()(hn::Load(d, rest)), d, rest);
  std::memcpy(z + i, rest, static_cast<size_t>(n - i) * sizeof(T));
}

template <class T, int step, class D>
HWY_INLINE auto load(D d, const T* from, int64_t i) {
  if constexpr (step == 0) {
    return hn::Set(d, from[0]);
  } else {
    return hn::LoadU(d, from + i);
  }
}

template <class Op, class T, int a_step, int b_step>
void binary_vectors(const void* const* in, void* out, int64_t n) {
  const Tag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const T* HWY_RESTRICT a = static_cast<const T*>(in[0]);
  const T* HWY_RESTRICT b = static_cast<const T*>(in[1]);
  T* HWY_RESTRICT z = static_cast<T*>(out);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(Op()(load<T, a_step>(d, a, i), load<T, b_step>(d, b, i)), d, z + i);
  }
  if (i == n) return;
  const auto left = static_cast<size_t>(n - i) * sizeof(T);
  alignas(64) T x[64 / sizeof(T)] = {}, y[64 / sizeof(T)] = {};
  std::memcpy(x, a + i * a_step, a_step == 0 ? sizeof(T) : left);
  std::memcpy(y, b + i * b_step, b_step == 0 ? sizeof(T) : left);
  hn::Store(Op()(load<T, a_step>(d, x, 0), load<T, b_step>(d, y, 0)), d, x);
  std::memcpy(z + i, x, left);
}

// One row per type.
#define THARSIS_UNARY_ROWS(Op, name)                          \
  {name, Lane::kF32, Lane::kF32, unary_vectors<Op, float>}, { \
    name, Lane::kF64, Lane::kF64, unary_vectors<Op, double>   \
  }
#define THARSIS_BINARY_ROWS(Op, name)                                      \
  {name,                                                                   \
   Lane::kF32,                                                             \
   Lane::kF32,                                                             \
   binary_vectors<Op, float, 1, 1>,                                        \
   binary_vectors<Op, float, 0, 1>,                                        \
   binary_vectors<Op, float, 1, 0>},                                       \
  {                                                                        \
    name, Lane::kF64, Lane::kF64, binary_vectors<Op, double, 1, 1>,        \
        binary_vectors<Op, double, 0, 1>, binary_vectors<Op, double, 1, 0> \
  }

const LoopRow kMathRows[] = {
    THARSIS_UNARY_ROWS(Sin, "sin"),
    THARSIS_UNARY_ROWS(Cos, "cos"),
    THARSIS_UNARY_ROWS(Tan, "tan"),
    THARSIS_UNARY_ROWS(Arcsin, "arcsin"),
    THARSIS_UNARY_ROWS(Arccos, "arccos"),
    THARSIS_UNARY_ROWS(Arctan, "arctan"),
    THARSIS_UNARY_ROWS(Sinh, "sinh"),
    THARSIS_UNARY_ROWS(Cosh, "cosh"),
    THARSIS_UNARY_ROWS(Tanh, "tanh"),
    THARSIS_UNARY_ROWS(Arcsinh, "arcsinh"),
    THARSIS_UNARY_ROWS(Arccosh, "arccosh"),
    THARSIS_UNARY_ROWS(Arctanh, "arctanh"),
    THARSIS_UNARY_ROWS(Exp, "exp"),
    THARSIS_UNARY_ROWS(Exp2, "exp2"),
    THARSIS_UNARY_ROWS(Expm1, "expm1"),
    THARSIS_UNARY_ROWS(Log, "log"),
    THARSIS_UNARY_ROWS(Log2, "log2"),
    THARSIS_UNARY_ROWS(Log10, "log10"),
    THARSIS_UNARY_ROWS(Log1p, "log1p"),
    THARSIS_UNARY_ROWS(Cbrt, "cbrt"),
    THARSIS_UNARY_ROWS(Sqrt, "sqrt"),
    THARSIS_BINARY_ROWS(Power, "power"),
    THARSIS_BINARY_ROWS(Arctan2, "arctan2"),
    THARSIS_BINARY_ROWS(Hypot, "hypot"),
    THARSIS_BINARY_ROWS(Logaddexp, "logaddexp"),
    THARSIS_BINARY_ROWS(Logaddexp2, "logaddexp2"),
};

#undef THARSIS_SLEEF_F64
#undef THARSIS_SLEEF_F32
#undef THARSIS_UNARY
#undef THARSIS_BINARY
#undef THARSIS_UNARY_ROWS
#undef THARSIS_BINARY_ROWS

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
