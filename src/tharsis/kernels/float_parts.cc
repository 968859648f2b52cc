#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/float_parts.cc"
#include "hwy/foreach_target.h"
#include "tharsis/kernels/map-inl.h"

#include <bit>
#include <cmath>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

// The bits of a float as an integer, and back.
inline int32_t bits_of(float x) { return std::bit_cast<int32_t>(x); }
inline int64_t bits_of(double x) { return std::bit_cast<int64_t>(x); }
inline float with_bits(int32_t bits) { return std::bit_cast<float>(bits); }
inline double with_bits(int64_t bits) { return std::bit_cast<double>(bits); }

#define THARSIS_ROUNDING(Name, function)                                   \
  struct Name {                                                            \
    float operator()(float x) const { return __builtin_##function##f(x); } \
    double operator()(double x) const { return __builtin_##function(x); }  \
  };
THARSIS_ROUNDING(Rint, rint)
THARSIS_ROUNDING(Floor, floor)
THARSIS_ROUNDING(Ceil, ceil)
THARSIS_ROUNDING(Trunc, trunc)
#undef THARSIS_ROUNDING

struct Isnan {
  template <class T>
  Bool operator()(T x) const {
    return x != x;
  }
};
struct Isinf {
  template <class T>
  Bool operator()(T x) const {
    return x == std::numeric_limits<T>::infinity() || x == -std::numeric_limits<T>::infinity();
  }
};
struct Isfinite {
  template <class T>
  Bool operator()(T x) const {
    return x - x == 0;
  }
};
struct Signbit {
  template <class T>
  Bool operator()(T x) const {
    return bits_of(x) < 0;
  }
};
struct Copysign {
  float operator()(float a, float b) const { return __builtin_copysignf(a, b); }
  double operator()(double a, double b) const { return __builtin_copysign(a, b); }
};

struct Nextafter {
  template <class T>
  T operator()(T a, T b) const {
    using Bits = decltype(bits_of(a));
    const Bits away = (a < b) == (a > 0) ? Bits{1} : Bits{-1};
    const T least = Copysign()(std::numeric_limits<T>::denorm_min(), b);
    const T next = a == 0 ? least : with_bits(static_cast<Bits>(bits_of(a) + away));
    return a != a || b != b ? a + b : a == b ? b : next;
  }
};
// The distance to the neighbour away from zero; it has the sign of x.
struct Spacing {
  template <class T>
  T operator()(T x) const {
    using Bits = decltype(bits_of(x));
    const T next = with_bits(static_cast<Bits>(bits_of(x) + 1));
    const T finite = x == 0 ? std::numeric_limits<T>::denorm_min() : next - x;
    return x - x == 0 ? finite : std::numeric_limits<T>::quiet_NaN();
  }
};

struct ModfWhole {
  template <class T>
  T operator()(T x) const {
    return Trunc()(x);
  }
};
struct ModfFraction {
  template <class T>
  T operator()(T x) const {
    const T rest = x - Trunc()(x);
    const bool infinite = x - x != 0 && x == x;
    return Copysign()(infinite ? T{0} : rest, x);
  }
};
struct FrexpMantissa {
  template <class T>
  T operator()(T x) const {
    int exponent = 0;
    return std::frexp(x, &exponent);
  }
};
struct FrexpExponent {
  template <class T>
  int32_t operator()(T x) const {
    int exponent = 0;
    (void)std::frexp(x, &exponent);
    return x - x == 0 ? exponent : 0;
  }
};

// in[1] holds exponents as int32, clamped by the caller.
template <class T>
void ldexp(const void* const* in, void* out, int64_t n) {
  const T* HWY_RESTRICT a = static_cast<const T*>(in[0]);
  const int32_t* HWY_RESTRICT b = static_cast<const int32_t*>(in[1]);
  T* HWY_RESTRICT z = static_cast<T*>(out);
  for (int64_t i = 0; i < n; ++i) z[i] = std::ldexp(a[i], b[i]);
}

void float_parts_loops(LoopTable& table) {
  add_floats<Rint>(table, "rint");
  add_floats<Floor>(table, "floor");
  add_floats<Ceil>(table, "ceil");
  add_floats<Trunc>(table, "trunc");
  add_floats<Isnan>(table, "isnan");
  add_floats<Isinf>(table, "isinf");
  add_floats<Isfinite>(table, "isfinite");
  add_floats<Signbit>(table, "signbit");
  add_floats<Copysign>(table, "copysign");
  add_floats<Nextafter>(table, "nextafter");
  add_floats<Spacing>(table, "spacing");
  add_floats<ModfWhole>(table, "modf_whole");
  add_floats<ModfFraction>(table, "modf_fraction");
  add_floats<FrexpMantissa>(table, "frexp_mantissa");
  add_floats<FrexpExponent>(table, "frexp_exponent");
  table.push_back({"ldexp", Lane::kF32, Lane::kF32, ldexp<float>});
  table.push_back({"ldexp", Lane::kF64, Lane::kF64, ldexp<double>});
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
THARSIS_EXPORT_LOOPS(float_parts_loops)
#endif
