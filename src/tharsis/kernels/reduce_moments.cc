#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/reduce_moments.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "tharsis/kernels/reduce_monoid-inl.h"

// The mean of block variances is not the variance. A state therefore keeps moments (count, mean,
// m2), which merge without cancellation: Chan, Golub & LeVeque, 1979. Within a leaf, sums are
// taken of the distances from its first value: one pass, and as exact as two, since m2 is never
// much smaller than the squares that are summed.

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

struct Moments {
  double count = 0;
  double mean = 0;
  double m2 = 0;
};

HWY_INLINE Moments from_sums(double count, double shift, double sum, double squares) {
  if (count == 0) return {};
  const double m2 = squares - sum * (sum / count);
  return {count, shift + sum / count, m2 < 0 ? 0 : m2};
}

HWY_INLINE bool finite(double value) { return value - value == 0; }

HWY_INLINE Moments merged(Moments a, Moments b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  const double count = a.count + b.count;
  const double delta = b.mean - a.mean;
  const double share = b.count / count;
  const double mean = finite(delta) ? a.mean + delta * share : a.mean + b.mean;
  return {count, mean, a.m2 + b.m2 + delta * delta * (a.count * share)};
}

// kSkipNan: the count is a word of the state (before the others) and of an open leaf (after them).
template <class T, bool kSkipNan>
struct MomentLoops {
  static constexpr int kWords = kSkipNan ? 3 : 2;

  static HWY_INLINE void put(Moments m, double* state, int64_t stride) {
    if (kSkipNan) {
      *state = m.count;
      state += stride;
    }
    state[0] = m.mean;
    state[stride] = m.m2;
  }

  static HWY_INLINE double shift_of(const T* x, int64_t n) {
    if (!kSkipNan) return x[0];
    for (int64_t i = 0; i < n; ++i) {
      if (finite(x[i])) return x[i];
    }
    return 0;
  }

  static HWY_INLINE void add8(const T* x, Pack<double> shift, Pack<double>& sum,
                              Pack<double>& squares, Pack<double>& count) {
    Pack<T> raw;
    load8(x, raw);
    const Pack<double> wide = to_double<T>(raw);
    Pack<double> d = wide - shift;
    if constexpr (kSkipNan) {
      const auto there = wide == wide;
      d = there ? d : Pack<double>{};
      count += there ? Pack<double>{} + 1.0 : Pack<double>{};
    }
    sum += d;
    squares += d * d;
  }

  static HWY_INLINE Moments leaf(const T* HWY_RESTRICT x, int64_t n) {
    const double shift = shift_of(x, n);
    const Pack<double> shifts = Pack<double>{} + shift;
    Pack<double> sum[2] = {}, squares[2] = {}, count[2] = {};
    int64_t i = 0;
    for (; i + kFoldLanes <= n; i += kFoldLanes) {
      add8(x + i, shifts, sum[0], squares[0], count[0]);
      add8(x + i + 8, shifts, sum[1], squares[1], count[1]);
    }
    alignas(64) double s[kFoldLanes], q[kFoldLanes], c[kFoldLanes];
    std::memcpy(s, sum, sizeof(s));
    std::memcpy(q, squares, sizeof(q));
    std::memcpy(c, count, sizeof(c));
    for (int l = 0; i + l < n; ++l) {
      const double value = x[i + l];
      if (kSkipNan && value != value) continue;
      const double d = value - shift;
      s[l] += d;
      q[l] += d * d;
      c[l] += 1;
    }
    for (int half = kFoldLanes / 2; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) {
        s[l] += s[l + half];
        q[l] += q[l + half];
        c[l] += c[l + half];
      }
    }
    return from_sums(kSkipNan ? c[0] : static_cast<double>(n), shift, s[0], q[0]);
  }

  static void leaves(const void* values, int64_t count, int64_t length, int64_t, int64_t, void* out,
                     int64_t stride) {
    const auto* x = static_cast<const T*>(values);
    auto* state = static_cast<double*>(out);
    for (int64_t i = 0; i < count; ++i) put(leaf(x + i * length, length), state + i, stride);
  }

  // Open words: shift, sum, squares; with kSkipNan a count, and a shift that waits for a finite
  // number and is 0 until then.
  static HWY_INLINE void begin(const T* HWY_RESTRICT x, int64_t n, double* HWY_RESTRICT open,
                               int64_t stride) {
    for (int64_t j = 0; j < n; ++j) {
      const double value = x[j];
      open[j] = value;
      if constexpr (kSkipNan) {
        const bool there = value == value;
        const double d = finite(value) || !there ? 0 : value;
        open[stride + j] = d;
        open[2 * stride + j] = d * d;
        open[3 * stride + j] = there ? 1 : 0;
      } else {
        open[stride + j] = value - value;
        open[2 * stride + j] = value - value;
      }
    }
  }

  static HWY_INLINE void add(const T* HWY_RESTRICT x, int64_t n, double* open, int64_t stride) {
    double* HWY_RESTRICT shift = open;
    double* HWY_RESTRICT sum = open + stride;
    double* HWY_RESTRICT squares = open + 2 * stride;
    double* HWY_RESTRICT count = open + 3 * stride;
    for (int64_t j = 0; j < n; ++j) {
      const double value = x[j];
      if constexpr (kSkipNan) {
        const double known = finite(shift[j]) ? shift[j] : value;
        const bool there = value == value;
        const double d = there ? value - (finite(known) ? known : 0) : 0;
        shift[j] = known;
        sum[j] += d;
        squares[j] += d * d;
        count[j] += there ? 1 : 0;
      } else {
        const double d = value - shift[j];
        sum[j] += d;
        squares[j] += d * d;
      }
    }
  }

  static void rows(const void* values, int64_t rows, int64_t width, int64_t first_row, int64_t,
                   int lanes, int64_t pitch, void* state, int64_t stride) {
    const auto* x = static_cast<const T*>(values);
    auto* open = static_cast<double*>(state);
    int64_t r = 0;
    if (pitch == width && first_row % lanes == 0) {
      for (; r + lanes <= rows; r += lanes) {
        if (first_row + r == 0) {
          begin(x, width * lanes, open, stride);
        } else {
          add(x + r * width, width * lanes, open, stride);
        }
      }
    }
    for (; r < rows; ++r) {
      const int64_t row = first_row + r;
      double* lane = open + row % lanes * pitch;
      if (row < lanes) {
        begin(x + r * width, width, lane, stride);
      } else {
        add(x + r * width, width, lane, stride);
      }
    }
  }

  static void close(const void* state, int64_t open_stride, int64_t rows, int lanes, int64_t pitch,
                    int64_t width, void* out, int64_t stride) {
    const auto* open = static_cast<const double*>(state);
    for (int64_t j = 0; j < width; ++j) {
      Moments lane[32];
      for (int l = 0; l < lanes && l < rows; ++l) {
        const double* at = open + l * pitch + j;
        const double count =
            kSkipNan ? at[3 * open_stride] : static_cast<double>((rows - l + lanes - 1) / lanes);
        const double shift = kSkipNan && !finite(at[0]) ? 0 : at[0];
        lane[l] = from_sums(count, shift, at[open_stride], at[2 * open_stride]);
      }
      for (int half = lanes / 2; half > 0; half /= 2) {
        for (int l = 0; l < half; ++l) lane[l] = merged(lane[l], lane[l + half]);
      }
      put(lane[0], static_cast<double*>(out) + j, stride);
    }
  }

  static void merge(void* left, int64_t left_stride, const void* right, int64_t right_stride,
                    int64_t count, double values_left, double values_right) {
    auto* HWY_RESTRICT a = static_cast<double*>(left);
    const auto* HWY_RESTRICT b = static_cast<const double*>(right);
    if constexpr (kSkipNan) {
      for (int64_t i = 0; i < count; ++i) {
        const Moments one{a[i], a[left_stride + i], a[2 * left_stride + i]};
        const Moments two{b[i], b[right_stride + i], b[2 * right_stride + i]};
        put(merged(one, two), a + i, left_stride);
      }
    } else {
      const double share = values_right / (values_left + values_right);
      const double weight = values_left * share;
      for (int64_t i = 0; i < count; ++i) {
        const double delta = b[i] - a[i];
        a[i] = a[i] + delta * share;
        a[left_stride + i] = a[left_stride + i] + b[right_stride + i] + delta * delta * weight;
      }
    }
  }

  static const FoldLoops* table() {
    static constexpr FoldLoops kTable = {kWords, kSkipNan ? 4 : 3, leaves, rows, close, merge};
    return &kTable;
  }
};

const FoldLoops* moments(Lane lane, bool skip_nan) {
  if (lane == Lane::kF64) {
    return skip_nan ? MomentLoops<double, true>::table() : MomentLoops<double, false>::table();
  }
  if (lane == Lane::kF32) {
    return skip_nan ? MomentLoops<float, true>::table() : MomentLoops<float, false>::table();
  }
  return nullptr;
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
HWY_EXPORT(moments);
const FoldLoops* moment_loops(Lane lane, bool skip_nan) {
  return HWY_DYNAMIC_DISPATCH(moments)(lane, skip_nan);
}
}  // namespace tharsis::kernels
#endif  // HWY_ONCE
