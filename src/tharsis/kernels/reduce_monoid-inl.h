// Reductions whose state is one word: sum, product, min, max, count of nonzero values.
#if defined(THARSIS_KERNELS_REDUCE_MONOID_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef THARSIS_KERNELS_REDUCE_MONOID_INL_H
#undef THARSIS_KERNELS_REDUCE_MONOID_INL_H
#else
#define THARSIS_KERNELS_REDUCE_MONOID_INL_H
#endif

#include <cstdint>
#include <cstring>

#include "hwy/highway.h"
#include "tharsis/kernels/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {

// Eight words: one register of AVX-512, two of AVX2. Sixteen virtual lanes are two of these.
template <class T>
struct Pack8;
template <>
struct Pack8<double> {
  typedef double type __attribute__((vector_size(64)));
};
template <>
struct Pack8<int64_t> {
  typedef int64_t type __attribute__((vector_size(64)));
};
template <>
struct Pack8<uint64_t> {
  typedef uint64_t type __attribute__((vector_size(64)));
};
template <>
struct Pack8<float> {
  typedef float type __attribute__((vector_size(32)));
};
template <>
struct Pack8<uint8_t> {
  typedef uint8_t type __attribute__((vector_size(8)));
};
template <class T>
using Pack = typename Pack8<T>::type;

inline constexpr int kFoldLanes = 16;
// The processor stops to fetch ahead at every page, which costs loops that do little per value a
// sixth of their time. The next leaves mostly follow, and memory that is not there does no harm.
inline constexpr int64_t kFetchAhead = 4096;  // bytes

template <class T>
HWY_INLINE void load8(const T* from, Pack<T>& to) {
  std::memcpy(&to, from, sizeof(to));
}

// The cache lines of kFoldLanes values, kFetchAhead behind `x`.
template <class T>
HWY_INLINE void fetch_ahead(const T* x) {
  const auto* at = reinterpret_cast<const char*>(x) + kFetchAhead;
  for (size_t byte = 0; byte < kFoldLanes * sizeof(T); byte += 64) __builtin_prefetch(at + byte);
}

// A monoid M has In (in memory), Word (state), identity(), lift(x) and combine(a, b), the latter
// two for single values and for packs.
template <class M>
struct MonoidLoops {
  using In = typename M::In;
  using Word = typename M::Word;

  static HWY_INLINE Word leaf(const In* HWY_RESTRICT x, int64_t n) {
    Pack<Word> low = Pack<Word>{} + M::identity();
    Pack<Word> high = low;
    int64_t i = 0;
    for (; i + kFoldLanes <= n; i += kFoldLanes) {
      fetch_ahead(x + i);
      Pack<In> a, b;
      load8(x + i, a);
      load8(x + i + 8, b);
      low = M::combine(low, M::lift(a));
      high = M::combine(high, M::lift(b));
    }
    alignas(64) Word lane[kFoldLanes];
    std::memcpy(lane, &low, sizeof(low));
    std::memcpy(lane + 8, &high, sizeof(high));
    for (int l = 0; i + l < n; ++l) lane[l] = M::combine(lane[l], M::lift(x[i + l]));
    for (int half = kFoldLanes / 2; half > 0; half /= 2) {
      for (int l = 0; l < half; ++l) lane[l] = M::combine(lane[l], lane[l + half]);
    }
    return lane[0];
  }

  static void leaves(const void* values, int64_t count, int64_t length, int64_t, int64_t, void* out,
                     int64_t) {
    const auto* x = static_cast<const In*>(values);
    auto* state = static_cast<Word*>(out);
    for (int64_t i = 0; i < count; ++i) state[i] = leaf(x + i * length, length);
  }

  static HWY_INLINE void add(const In* HWY_RESTRICT x, int64_t n, Word* HWY_RESTRICT open) {
    int64_t j = 0;
    for (; j + kFoldLanes <= n; j += kFoldLanes) {
      fetch_ahead(x + j);
      for (int64_t l = j; l < j + kFoldLanes; ++l) open[l] = M::combine(open[l], M::lift(x[l]));
    }
    for (; j < n; ++j) open[j] = M::combine(open[j], M::lift(x[j]));
  }
  static HWY_INLINE void begin(const In* HWY_RESTRICT x, int64_t n, Word* HWY_RESTRICT open) {
    for (int64_t j = 0; j < n; ++j) open[j] = M::combine(M::identity(), M::lift(x[j]));
  }

  static void rows(const void* values, int64_t rows, int64_t width, int64_t first_row, int64_t,
                   int lanes, int64_t pitch, void* state, int64_t) {
    const auto* x = static_cast<const In*>(values);
    auto* open = static_cast<Word*>(state);
    int64_t r = 0;
    // Whole turns through the lanes are one long row.
    if (pitch == width && first_row % lanes == 0) {
      for (; r + lanes <= rows; r += lanes) {
        if (first_row + r == 0) {
          begin(x, width * lanes, open);
        } else {
          add(x + r * width, width * lanes, open);
        }
      }
    }
    for (; r < rows; ++r) {
      const int64_t row = first_row + r;
      Word* lane = open + row % lanes * pitch;
      if (row < lanes) {
        begin(x + r * width, width, lane);
      } else {
        add(x + r * width, width, lane);
      }
    }
  }

  static void close(const void* state, int64_t, int64_t rows, int lanes, int64_t pitch,
                    int64_t width, void* out, int64_t) {
    const auto* open = static_cast<const Word*>(state);
    auto* result = static_cast<Word*>(out);
    for (int64_t j = 0; j < width; ++j) {
      Word lane[32];
      for (int l = 0; l < lanes; ++l) lane[l] = l < rows ? open[l * pitch + j] : M::identity();
      for (int half = lanes / 2; half > 0; half /= 2) {
        for (int l = 0; l < half; ++l) lane[l] = M::combine(lane[l], lane[l + half]);
      }
      result[j] = lane[0];
    }
  }

  static void merge(void* left, int64_t, const void* right, int64_t, int64_t count, double,
                    double) {
    auto* HWY_RESTRICT a = static_cast<Word*>(left);
    const auto* HWY_RESTRICT b = static_cast<const Word*>(right);
    for (int64_t i = 0; i < count; ++i) a[i] = M::combine(a[i], b[i]);
  }

  static const FoldLoops* table() {
    static constexpr FoldLoops kTable = {1, 1, leaves, rows, close, merge};
    return &kTable;
  }
};

template <class T>
HWY_INLINE Pack<double> to_double(Pack<T> x) {
  return __builtin_convertvector(x, Pack<double>);
}
template <>
HWY_INLINE Pack<double> to_double<double>(Pack<double> x) {
  return x;
}

}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
