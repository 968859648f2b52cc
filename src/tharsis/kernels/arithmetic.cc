#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/arithmetic.cc"
#include "hwy/foreach_target.h"
#include "tharsis/kernels/map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

struct Add {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(wrapping(a) + wrapping(b));
  }
};
struct Subtract {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(wrapping(a) - wrapping(b));
  }
};
struct Multiply {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(wrapping(a) * wrapping(b));
  }
};
struct Divide {
  template <class T>
  T operator()(T a, T b) const {
    return a / b;
  }
};
struct Negative {
  template <class T>
  T operator()(T a) const {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(0 - wrapping(a));
    return -a;
  }
};
struct Absolute {
  int32_t operator()(int32_t a) const { return a < 0 ? static_cast<int32_t>(0u - wrapping(a)) : a; }
  int64_t operator()(int64_t a) const { return a < 0 ? static_cast<int64_t>(0u - wrapping(a)) : a; }
  float operator()(float a) const { return __builtin_fabsf(a); }
  double operator()(double a) const { return __builtin_fabs(a); }
};
struct Square {
  template <class T>
  T operator()(T a) const {
    return static_cast<T>(wrapping(a) * wrapping(a));
  }
};
// NumPy divides integers as doubles: 0 gives the least signed value, all but ±1 give 0.
struct Reciprocal {
  template <class T>
  T operator()(T a) const {
    if constexpr (std::is_floating_point_v<T>) {
      return T{1} / a;
    } else {
      using U = std::make_unsigned_t<T>;
      const T least = std::is_signed_v<T> ? static_cast<T>(U{1} << (sizeof(T) * 8 - 1)) : T{0};
      const bool unit = a == 1 || (std::is_signed_v<T> && a == static_cast<T>(-1));
      return a == 0 ? least : unit ? a : T{0};
    }
  }
};
struct Sign {
  template <class T>
  T operator()(T a) const {
    if constexpr (std::is_floating_point_v<T>) {
      return a != a ? a : static_cast<T>(a > 0) - static_cast<T>(a < 0);
    } else {
      return static_cast<T>((a > 0) - (a < 0));
    }
  }
};

// NaN wins in maximum and minimum and loses in fmax and fmin.
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return (a >= b || a != a) ? a : b;
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return (a <= b || a != a) ? a : b;
  }
};
struct Fmax {
  template <class T>
  T operator()(T a, T b) const {
    return (a >= b || b != b) ? a : b;
  }
};
struct Fmin {
  template <class T>
  T operator()(T a, T b) const {
    return (a <= b || b != b) ? a : b;
  }
};
// The other one only where it is a bound that is crossed: a NaN on either side changes nothing.
struct AtLeast {
  template <class T>
  T operator()(T a, T bound) const {
    return a < bound ? bound : a;
  }
};
struct AtMost {
  template <class T>
  T operator()(T a, T bound) const {
    return a > bound ? bound : a;
  }
};
struct Heaviside {
  template <class T>
  T operator()(T a, T at_zero) const {
    const T step = a < 0 ? T{0} : T{1};
    return a != a ? a : a == 0 ? at_zero : step;
  }
};
struct Deg2rad {
  template <class T>
  T operator()(T a) const {
    return a * (static_cast<T>(3.14159265358979323846) / T{180});
  }
};
struct Rad2deg {
  template <class T>
  T operator()(T a) const {
    return a * (T{180} / static_cast<T>(3.14159265358979323846));
  }
};

struct And {
  template <class T>
  T operator()(T a, T b) const {
    return a & b;
  }
};
struct Or {
  template <class T>
  T operator()(T a, T b) const {
    return a | b;
  }
};
struct Xor {
  template <class T>
  T operator()(T a, T b) const {
    return a ^ b;
  }
};
struct Invert {
  template <class T>
  T operator()(T a) const {
    return std::is_same_v<T, Bool> ? static_cast<T>(a ^ 1) : static_cast<T>(~a);
  }
};

void arithmetic_loops(LoopTable& table) {
  add_numbers<Add>(table, "add");
  add_numbers<Subtract>(table, "subtract");
  add_numbers<Multiply>(table, "multiply");
  add<Or, Bool>(table, "add");
  add<And, Bool>(table, "multiply");
  add_floats<Divide>(table, "divide");
  add_numbers<Negative>(table, "negative");
  add<Absolute, int32_t, int64_t, float, double>(table, "absolute");
  add_numbers<Square>(table, "square");
  add_numbers<Reciprocal>(table, "reciprocal");
  add_numbers<Sign>(table, "sign");
  add_numbers<Maximum>(table, "maximum");
  add_numbers<Minimum>(table, "minimum");
  add<Or, Bool>(table, "maximum");
  add<And, Bool>(table, "minimum");
  add_floats<Fmax>(table, "fmax");
  add_integers<Maximum>(table, "fmax");
  add<Or, Bool>(table, "fmax");
  add_floats<Fmin>(table, "fmin");
  add_integers<Minimum>(table, "fmin");
  add<And, Bool>(table, "fmin");
  add_numbers<AtLeast>(table, "at_least");
  add_numbers<AtMost>(table, "at_most");
  add<Or, Bool>(table, "at_least");
  add<And, Bool>(table, "at_most");
  add_floats<Heaviside>(table, "heaviside");
  add_floats<Deg2rad>(table, "deg2rad");
  add_floats<Rad2deg>(table, "rad2deg");
  add<And, int32_t, int64_t, uint64_t, Bool>(table, "bitwise_and");
  add<Or, int32_t, int64_t, uint64_t, Bool>(table, "bitwise_or");
  add<Xor, int32_t, int64_t, uint64_t, Bool>(table, "bitwise_xor");
  add<Invert, int32_t, int64_t, uint64_t, Bool>(table, "invert");
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
THARSIS_EXPORT_LOOPS(arithmetic_loops)
#endif
