#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/nearest.cc"
#include "tharsis/kernels/nearest.h"

#include <algorithm>
#include <limits>

#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// A tile: kVectors registers of points, one point a lane. With kCenters at a time, the sums of all
// pairs stay in registers: 16 of the 32 that AVX-512 has, 8 of 16 with AVX2.
constexpr int kVectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;
constexpr int kCenters = 4;

template <class T>
struct Tile {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  static constexpr D d{};
  static constexpr int64_t kLanes = HWY_MAX_BYTES / static_cast<int64_t>(sizeof(T));
  static constexpr int64_t kRows = kLanes * kVectors;

  // Four rows of four values become four columns, `kRows` apart.
  using Quad = hn::FixedTag<T, 4>;
  static HWY_INLINE void turn(const T* HWY_RESTRICT rows, int64_t columns, hn::Vec<Quad> shift,
                              T* HWY_RESTRICT out) {
    constexpr Quad q{};
    const auto r0 = hn::Sub(hn::LoadU(q, rows), shift);
    const auto r1 = hn::Sub(hn::LoadU(q, rows + columns), shift);
    const auto r2 = hn::Sub(hn::LoadU(q, rows + 2 * columns), shift);
    const auto r3 = hn::Sub(hn::LoadU(q, rows + 3 * columns), shift);
    const auto low01 = hn::InterleaveLower(q, r0, r1), high01 = hn::InterleaveUpper(q, r0, r1);
    const auto low23 = hn::InterleaveLower(q, r2, r3), high23 = hn::InterleaveUpper(q, r2, r3);
    if constexpr (sizeof(T) == 8) {  // pairs within halves of a register
      hn::Store(hn::ConcatLowerLower(q, low23, low01), q, out);
      hn::Store(hn::ConcatLowerLower(q, high23, high01), q, out + kRows);
      hn::Store(hn::ConcatUpperUpper(q, low23, low01), q, out + 2 * kRows);
      hn::Store(hn::ConcatUpperUpper(q, high23, high01), q, out + 3 * kRows);
    } else {
      hn::Store(hn::ConcatLowerLower(q, low23, low01), q, out);
      hn::Store(hn::ConcatUpperUpper(q, low23, low01), q, out + kRows);
      hn::Store(hn::ConcatLowerLower(q, high23, high01), q, out + 2 * kRows);
      hn::Store(hn::ConcatUpperUpper(q, high23, high01), q, out + 3 * kRows);
    }
  }

  // Turns rows into lanes; lanes beyond `rows` hold zeros. Null `shift` is 0.
  static HWY_INLINE void load(const T* HWY_RESTRICT points, int64_t rows, int64_t columns,
                              const T* HWY_RESTRICT shift, T* HWY_RESTRICT tile) {
    constexpr Quad q{};
    if (rows < kRows) std::fill_n(tile, columns * kRows, T{0});
    int64_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      const auto off = shift == nullptr ? hn::Zero(q) : hn::LoadU(q, shift + j);
      int64_t i = 0;
      for (; i + 4 <= rows; i += 4)
        turn(points + i * columns + j, columns, off, tile + j * kRows + i);
      for (; i < rows; ++i) put(points + i * columns, shift, j, j + 4, tile + i);
    }
    for (int64_t i = 0; i < rows; ++i) put(points + i * columns, shift, j, columns, tile + i);
  }
  static HWY_INLINE void put(const T* HWY_RESTRICT point, const T* HWY_RESTRICT shift,
                             int64_t begin, int64_t end, T* HWY_RESTRICT lane) {
    for (int64_t j = begin; j < end; ++j)
      lane[j * kRows] = shift == nullptr ? point[j] : point[j] - shift[j];
  }

  // Raises `best` to x·c - |c|²/2 of `n` centers from number `first` on, where that is more.
  template <int n>
  static HWY_INLINE void compare(const T* HWY_RESTRICT tile, int64_t columns,
                                 const T* HWY_RESTRICT centers, const T* HWY_RESTRICT half_squares,
                                 int64_t first, V* HWY_RESTRICT best, V* HWY_RESTRICT which) {
    V sum[n][kVectors];
    for (int c = 0; c < n; ++c) {
      for (int v = 0; v < kVectors; ++v) sum[c][v] = hn::Set(d, -half_squares[first + c]);
    }
    const T* HWY_RESTRICT center = centers + first * columns;
    for (int64_t j = 0; j < columns; ++j) {
      V x[kVectors];
      for (int v = 0; v < kVectors; ++v) x[v] = hn::Load(d, tile + j * kRows + v * kLanes);
      for (int c = 0; c < n; ++c) {
        const V y = hn::Set(d, center[c * columns + j]);
        for (int v = 0; v < kVectors; ++v) sum[c][v] = hn::MulAdd(x[v], y, sum[c][v]);
      }
    }
    for (int c = 0; c < n; ++c) {
      const V number = hn::Set(d, static_cast<T>(first + c));
      for (int v = 0; v < kVectors; ++v) {
        const auto nearer = hn::Gt(sum[c][v], best[v]);
        best[v] = hn::IfThenElse(nearer, sum[c][v], best[v]);
        which[v] = hn::IfThenElse(nearer, number, which[v]);
      }
    }
  }

  static HWY_INLINE void nearest(const T* HWY_RESTRICT tile, int64_t columns, const T* centers,
                                 const T* half_squares, int64_t count, T* HWY_RESTRICT out) {
    V best[kVectors], which[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      best[v] = hn::Set(d, -std::numeric_limits<T>::infinity());
      which[v] = hn::Zero(d);
    }
    int64_t c = 0;
    for (; c + kCenters <= count; c += kCenters)
      compare<kCenters>(tile, columns, centers, half_squares, c, best, which);
    for (; c < count; ++c) compare<1>(tile, columns, centers, half_squares, c, best, which);
    for (int v = 0; v < kVectors; ++v) hn::Store(which[v], d, out + v * kLanes);
  }

  static HWY_INLINE void squares(const T* HWY_RESTRICT tile, int64_t columns,
                                 const T* HWY_RESTRICT center, V* HWY_RESTRICT sum) {
    for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(d);
    for (int64_t j = 0; j < columns; ++j) {
      const V y = hn::Set(d, center[j]);
      for (int v = 0; v < kVectors; ++v) {
        const V off = hn::Sub(hn::Load(d, tile + j * kRows + v * kLanes), y);
        sum[v] = hn::MulAdd(off, off, sum[v]);
      }
    }
  }
};

template <class T>
struct Loops {
  using Tiles = Tile<T>;

  static void nearest(const T* points, int64_t rows, int64_t columns, const T* shift,
                      const T* centers, const T* half_squares, int64_t count, T* scratch,
                      int32_t* nearest) {
    alignas(64) T which[Tiles::kRows];
    for (int64_t begin = 0; begin < rows; begin += Tiles::kRows) {
      const int64_t n = std::min(Tiles::kRows, rows - begin);
      Tiles::load(points + begin * columns, n, columns, shift, scratch);
      Tiles::nearest(scratch, columns, centers, half_squares, count, which);
      for (int64_t i = 0; i < n; ++i) nearest[begin + i] = static_cast<int32_t>(which[i]);
    }
  }

  static void candidates(const T* points, int64_t rows, int64_t columns, const T* last,
                         const T* candidates, int64_t count, const T* weight, T* scratch,
                         T* closest, double* totals) {
    constexpr typename Tiles::D d{};
    alignas(64) T near[Tiles::kRows], share[Tiles::kRows], weights[Tiles::kRows];
    typename Tiles::V sum[kVectors];
    for (int64_t begin = 0; begin < rows; begin += Tiles::kRows) {
      const int64_t n = std::min(Tiles::kRows, rows - begin);
      Tiles::load(points + begin * columns, n, columns, nullptr, scratch);
      for (int64_t i = 0; i < Tiles::kRows; ++i) {
        weights[i] = i >= n ? T{0} : weight == nullptr ? T{1} : weight[begin + i];
        near[i] = i < n ? closest[begin + i] : T{0};
      }
      if (last != nullptr) {
        Tiles::squares(scratch, columns, last, sum);
        for (int v = 0; v < kVectors; ++v) {
          T* at = near + v * Tiles::kLanes;
          hn::Store(hn::Min(hn::Load(d, at), sum[v]), d, at);
        }
        std::copy_n(near, n, closest + begin);
      }
      for (int64_t c = 0; c < count; ++c) {
        Tiles::squares(scratch, columns, candidates + c * columns, sum);
        for (int v = 0; v < kVectors; ++v) {
          const int64_t at = v * Tiles::kLanes;
          const auto least = hn::Min(hn::Load(d, near + at), sum[v]);
          hn::Store(hn::Mul(least, hn::Load(d, weights + at)), d, share + at);
        }
        double* HWY_RESTRICT lanes = totals + c * kTotalLanes;
        for (int64_t i = 0; i < Tiles::kRows; i += kTotalLanes) {
          for (int l = 0; l < kTotalLanes; ++l) lanes[l] += static_cast<double>(share[i + l]);
        }
      }
    }
  }

  static void own(const T* points, int64_t rows, int64_t columns, const T* shift, const T* centers,
                  const int32_t* group, double* out) {
    const hn::FixedTag<T, 32 / sizeof(T)> d;
    constexpr auto kLanes = static_cast<int64_t>(32 / sizeof(T));
    for (int64_t i = 0; i < rows; ++i) {
      const T* HWY_RESTRICT x = points + i * columns;
      const T* HWY_RESTRICT y = centers + group[i] * columns;
      auto sum = hn::Zero(d);
      int64_t j = 0;
      for (; j + kLanes <= columns; j += kLanes) {
        const auto centered = hn::Sub(hn::LoadU(d, x + j), hn::LoadU(d, shift + j));
        const auto off = hn::Sub(centered, hn::LoadU(d, y + j));
        sum = hn::MulAdd(off, off, sum);
      }
      auto total = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
      for (; j < columns; ++j) {
        const T off = x[j] - shift[j] - y[j];
        total += static_cast<double>(off) * static_cast<double>(off);
      }
      out[i] = total;
    }
  }

  static void add(const T* points, int64_t rows, int64_t columns, const T* shift, const T* weight,
                  const int32_t* group, double* sums, double* weights) {
    const hn::FixedTag<double, 4> d;
    for (int64_t i = 0; i < rows; ++i) {
      const T* HWY_RESTRICT x = points + i * columns;
      double* HWY_RESTRICT sum = sums + group[i] * columns;
      const double w = weight == nullptr ? 1 : static_cast<double>(weight[i]);
      const auto share = hn::Set(d, w);
      weights[group[i]] += w;
      int64_t j = 0;
      for (; j + 4 <= columns; j += 4) {
        const auto value = widened(x + j, shift + j);
        hn::StoreU(hn::MulAdd(value, share, hn::LoadU(d, sum + j)), d, sum + j);
      }
      for (; j < columns; ++j) sum[j] += w * static_cast<double>(x[j] - shift[j]);
    }
  }
  static HWY_INLINE hn::Vec<hn::FixedTag<double, 4>> widened(const T* x, const T* shift) {
    constexpr typename Tiles::Quad q{};
    const auto value = hn::Sub(hn::LoadU(q, x), hn::LoadU(q, shift));
    if constexpr (sizeof(T) == 8) {
      return value;
    } else {
      return hn::PromoteTo(hn::FixedTag<double, 4>(), value);
    }
  }

  static const PointLoops<T>* table() {
    static constexpr PointLoops<T> kTable = {nearest, candidates, own, add};
    return &kTable;
  }
};

const PointLoops<float>* floats() { return Loops<float>::table(); }
const PointLoops<double>* doubles() { return Loops<double>::table(); }

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
HWY_EXPORT(floats);
HWY_EXPORT(doubles);
template <>
const PointLoops<float>& point_loops<float>() {
  return *HWY_DYNAMIC_DISPATCH(floats)();
}
template <>
const PointLoops<double>& point_loops<double>() {
  return *HWY_DYNAMIC_DISPATCH(doubles)();
}
}  // namespace tharsis::kernels
#endif  // HWY_ONCE
