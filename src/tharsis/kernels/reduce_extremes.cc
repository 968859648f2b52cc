#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/reduce_extremes.cc"
#include <limits>

#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "tharsis/kernels/reduce_monoid-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

// The smaller (kSign 1) or larger (kSign -1) value. A NaN wins, or, skipped, loses to everything:
// then a state is NaN until it meets a number.
template <class T, class W, int kSign, bool kSkipNan>
struct Extreme {
  using In = T;
  using Word = W;
  static HWY_INLINE W identity() {
    if constexpr (std::numeric_limits<W>::has_quiet_NaN) {
      if (kSkipNan) return std::numeric_limits<W>::quiet_NaN();
      return kSign * std::numeric_limits<W>::infinity();
    } else {
      return kSign > 0 ? std::numeric_limits<W>::max() : std::numeric_limits<W>::min();
    }
  }
  static HWY_INLINE W lift(T x) { return static_cast<W>(x); }
  static HWY_INLINE Pack<W> lift(Pack<T> x) {
    if constexpr (sizeof(T) == sizeof(W)) {
      return x;
    } else {
      return to_double<T>(x);
    }
  }
  static HWY_INLINE W combine(W a, W b) {
    const bool better = kSign > 0 ? b < a : b > a;
    return (better | (kSkipNan ? a != a : b != b)) ? b : a;
  }
  static HWY_INLINE Pack<W> combine(Pack<W> a, Pack<W> b) {
    const auto better = kSign > 0 ? b < a : b > a;
    return (better | (kSkipNan ? a != a : b != b)) ? b : a;
  }
};

template <int kSign, bool kSkipNan>
const FoldLoops* extreme_of(Lane lane) {
  switch (lane) {
    case Lane::kF64:
      return MonoidLoops<Extreme<double, double, kSign, kSkipNan>>::table();
    case Lane::kF32:
      return MonoidLoops<Extreme<float, double, kSign, kSkipNan>>::table();
    case Lane::kI64:
      return MonoidLoops<Extreme<int64_t, int64_t, kSign, false>>::table();
    case Lane::kU64:
      return MonoidLoops<Extreme<uint64_t, uint64_t, kSign, false>>::table();
    default:
      return nullptr;
  }
}

const FoldLoops* extreme(Statistic statistic, Lane lane, bool skip_nan) {
  if (statistic == Statistic::kMin) {
    return skip_nan ? extreme_of<1, true>(lane) : extreme_of<1, false>(lane);
  }
  return skip_nan ? extreme_of<-1, true>(lane) : extreme_of<-1, false>(lane);
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
HWY_EXPORT(extreme);
const FoldLoops* extreme_loops(Statistic statistic, Lane lane, bool skip_nan) {
  return HWY_DYNAMIC_DISPATCH(extreme)(statistic, lane, skip_nan);
}

const FoldLoops* fold_loops(Statistic statistic, Lane lane, bool skip_nan) {
  switch (statistic) {
    case Statistic::kMin:
    case Statistic::kMax:
      return extreme_loops(statistic, lane, skip_nan);
    case Statistic::kMoments:
      return moment_loops(lane, skip_nan);
    case Statistic::kArgMin:
    case Statistic::kArgMax:
      return arg_loops(statistic, lane, skip_nan);
    default:
      return additive_loops(statistic, lane, skip_nan);
  }
}
}  // namespace tharsis::kernels
#endif  // HWY_ONCE
