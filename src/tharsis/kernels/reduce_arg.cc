#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/reduce_arg.cc"
#include <type_traits>

#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "tharsis/kernels/reduce_monoid-inl.h"

// The position of the first smallest or largest value: a state is (value, position). The first NaN
// wins, or, skipped, loses to every number.

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

template <class T, int kSign, bool kSkipNan>
struct ArgLoops {
  using Mask = Pack<int64_t>;

  // Whether x takes the place of v, which came earlier.
  static HWY_INLINE bool better(T x, T v) {
    const bool less = kSign > 0 ? x < v : x > v;
    if constexpr (!std::is_floating_point_v<T>) return less;
    return kSkipNan ? less || (v != v && x == x) : less || (x != x && v == v);
  }
  static HWY_INLINE Mask better(Pack<T> x, Pack<T> v) {
    const Mask less = kSign > 0 ? x < v : x > v;
    if constexpr (!std::is_floating_point_v<T>) {
      return less;
    } else {
      return kSkipNan ? less | ((v != v) & (x == x)) : less | ((x != x) & (v == v));
    }
  }
  static HWY_INLINE void take(T& value, int64_t& at, T x, int64_t position) {
    if (better(x, value) || (position < at && !better(value, x))) {
      value = x;
      at = position;
    }
  }

  static HWY_INLINE void leaf(const T* HWY_RESTRICT x, int64_t n, int64_t position, T* out,
                              int64_t* where) {
    T value = x[0];
    int64_t at = position;
    int64_t i = 0;
    if (n >= 8) {
      Pack<T> best;
      load8(x, best);
      Mask index = {0, 1, 2, 3, 4, 5, 6, 7};
      Mask now = index;
      for (i = 8; i + 8 <= n; i += 8) {
        Pack<T> next;
        load8(x + i, next);
        now += int64_t{8};
        const Mask wins = better(next, best);
        best = wins ? next : best;
        index = wins ? now : index;
      }
      for (int l = 0; l < 8; ++l) take(value, at, best[l], position + index[l]);
    }
    for (; i < n; ++i) take(value, at, x[i], position + i);
    *out = value;
    *where = at;
  }

  static void leaves(const void* values, int64_t count, int64_t length, int64_t position,
                     int64_t pitch, void* out, int64_t stride) {
    const auto* x = static_cast<const T*>(values);
    auto* state = static_cast<T*>(out);
    auto* where = static_cast<int64_t*>(out) + stride;
    for (int64_t i = 0; i < count; ++i) {
      leaf(x + i * length, length, position + i * pitch, state + i, where + i);
    }
  }

  // All lanes are one here: the position decides between equals anyway.
  static void rows(const void* values, int64_t rows, int64_t width, int64_t first_row,
                   int64_t position, int, int64_t, void* open, int64_t stride) {
    const auto* HWY_RESTRICT x = static_cast<const T*>(values);
    auto* HWY_RESTRICT best = static_cast<T*>(open);
    auto* HWY_RESTRICT where = static_cast<int64_t*>(open) + stride;
    for (int64_t r = 0; r < rows; ++r, x += width) {
      if (first_row + r == 0) {
        for (int64_t j = 0; j < width; ++j) {
          best[j] = x[j];
          where[j] = position;
        }
        continue;
      }
      for (int64_t j = 0; j < width; ++j) {
        const bool wins = better(x[j], best[j]);
        best[j] = wins ? x[j] : best[j];
        where[j] = wins ? position + r : where[j];
      }
    }
  }

  static void close(const void* open, int64_t open_stride, int64_t, int, int64_t, int64_t width,
                    void* out, int64_t stride) {
    std::memcpy(out, open, width * 8);
    std::memcpy(static_cast<int64_t*>(out) + stride,
                static_cast<const int64_t*>(open) + open_stride, width * 8);
  }

  static void merge(void* left, int64_t left_stride, const void* right, int64_t right_stride,
                    int64_t count, double, double) {
    auto* value = static_cast<T*>(left);
    auto* where = static_cast<int64_t*>(left) + left_stride;
    const auto* other = static_cast<const T*>(right);
    const auto* there = static_cast<const int64_t*>(right) + right_stride;
    for (int64_t i = 0; i < count; ++i) take(value[i], where[i], other[i], there[i]);
  }

  static const FoldLoops* table() {
    static constexpr FoldLoops kTable = {2, 2, leaves, rows, close, merge};
    return &kTable;
  }
};

template <int kSign, bool kSkipNan>
const FoldLoops* arg_of(Lane lane) {
  switch (lane) {
    case Lane::kF64:
      return ArgLoops<double, kSign, kSkipNan>::table();
    case Lane::kI64:
      return ArgLoops<int64_t, kSign, false>::table();
    case Lane::kU64:
      return ArgLoops<uint64_t, kSign, false>::table();
    default:
      return nullptr;
  }
}

const FoldLoops* arg(Statistic statistic, Lane lane, bool skip_nan) {
  if (statistic == Statistic::kArgMin) {
    return skip_nan ? arg_of<1, true>(lane) : arg_of<1, false>(lane);
  }
  return skip_nan ? arg_of<-1, true>(lane) : arg_of<-1, false>(lane);
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
HWY_EXPORT(arg);
const FoldLoops* arg_loops(Statistic statistic, Lane lane, bool skip_nan) {
  return HWY_DYNAMIC_DISPATCH(arg)(statistic, lane, skip_nan);
}
}  // namespace tharsis::kernels
#endif  // HWY_ONCE
