#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/reduce_additive.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "tharsis/kernels/reduce_monoid-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

// The sum of nothing but -0.0 is -0.0, so that is where a sum begins.
template <class T, bool kSkipNan>
struct FloatSum {
  using In = T;
  using Word = double;
  static HWY_INLINE double identity() { return -0.0; }
  static HWY_INLINE double lift(T x) {
    return kSkipNan && x != x ? identity() : static_cast<double>(x);
  }
  static HWY_INLINE Pack<double> lift(Pack<T> x) {
    const Pack<double> wide = to_double<T>(x);
    if constexpr (kSkipNan) return wide == wide ? wide : Pack<double>{} + identity();
    return wide;
  }
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return a + b;
  }
};

template <class T, bool kSkipNan>
struct FloatProduct {
  using In = T;
  using Word = double;
  static HWY_INLINE double identity() { return 1.0; }
  static HWY_INLINE double lift(T x) { return kSkipNan && x != x ? 1.0 : static_cast<double>(x); }
  static HWY_INLINE Pack<double> lift(Pack<T> x) {
    const Pack<double> wide = to_double<T>(x);
    if constexpr (kSkipNan) return wide == wide ? wide : Pack<double>{} + 1.0;
    return wide;
  }
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return a * b;
  }
};

// Unsigned, because that wraps by definition; a signed sum has the same bits.
struct IntegerSum {
  using In = uint64_t;
  using Word = uint64_t;
  static HWY_INLINE uint64_t identity() { return 0; }
  template <class V>
  static HWY_INLINE V lift(V x) {
    return x;
  }
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return a + b;
  }
};

struct IntegerProduct : IntegerSum {
  static HWY_INLINE uint64_t identity() { return 1; }
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return a * b;
  }
};

template <class T>
struct Nonzero {
  using In = T;
  using Word = int64_t;
  static HWY_INLINE int64_t identity() { return 0; }
  static HWY_INLINE int64_t lift(T x) { return x != T{0}; }
  static HWY_INLINE Pack<int64_t> lift(Pack<T> x) {
    if constexpr (sizeof(T) == 1) {
      return __builtin_convertvector(x != T{0} ? Pack<T>{} + T{1} : Pack<T>{}, Pack<int64_t>);
    } else {
      return x != T{0} ? Pack<int64_t>{} + int64_t{1} : Pack<int64_t>{};
    }
  }
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return a + b;
  }
};

template <bool kSkipNan>
const FoldLoops* sum(Lane lane) {
  switch (lane) {
    case Lane::kF64:
      return MonoidLoops<FloatSum<double, kSkipNan>>::table();
    case Lane::kF32:
      return MonoidLoops<FloatSum<float, kSkipNan>>::table();
    case Lane::kI64:
    case Lane::kU64:
      return MonoidLoops<IntegerSum>::table();
    default:
      return nullptr;
  }
}

template <bool kSkipNan>
const FoldLoops* product(Lane lane) {
  switch (lane) {
    case Lane::kF64:
      return MonoidLoops<FloatProduct<double, kSkipNan>>::table();
    case Lane::kF32:
      return MonoidLoops<FloatProduct<float, kSkipNan>>::table();
    case Lane::kI64:
    case Lane::kU64:
      return MonoidLoops<IntegerProduct>::table();
    default:
      return nullptr;
  }
}

const FoldLoops* nonzero(Lane lane) {
  switch (lane) {
    case Lane::kBool:
      return MonoidLoops<Nonzero<uint8_t>>::table();
    case Lane::kI64:
    case Lane::kU64:
      return MonoidLoops<Nonzero<int64_t>>::table();
    case Lane::kF64:
      return MonoidLoops<Nonzero<double>>::table();
    default:
      return nullptr;
  }
}

const FoldLoops* additive(Statistic statistic, Lane lane, bool skip_nan) {
  switch (statistic) {
    case Statistic::kSum:
      return skip_nan ? sum<true>(lane) : sum<false>(lane);
    case Statistic::kProduct:
      return skip_nan ? product<true>(lane) : product<false>(lane);
    case Statistic::kNonzero:
      return nonzero(lane);
    default:
      return nullptr;
  }
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
HWY_EXPORT(additive);
const FoldLoops* additive_loops(Statistic statistic, Lane lane, bool skip_nan) {
  return HWY_DYNAMIC_DISPATCH(additive)(statistic, lane, skip_nan);
}
}  // namespace tharsis::kernels
#endif  // HWY_ONCE
