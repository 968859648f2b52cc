#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/select.cc"
#include "tharsis/kernels/select.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <cstring>

#include "tharsis/base/error.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

struct Wide {
  uint64_t low, high;
};

template <class T, int a_step, int b_step>
void select_steps(const uint8_t* HWY_RESTRICT condition, const void* a_data, const void* b_data,
                  void* out, int64_t n) {
  const T* HWY_RESTRICT a = static_cast<const T*>(a_data);
  const T* HWY_RESTRICT b = static_cast<const T*>(b_data);
  T* HWY_RESTRICT z = static_cast<T*>(out);
  for (int64_t i = 0; i < n; ++i) {
    const T x = a[i * a_step], y = b[i * b_step];
    z[i] = condition[i] != 0 ? x : y;
  }
}

template <class T>
void select_as(const uint8_t* condition, const void* a, int64_t a_step, const void* b,
               int64_t b_step, void* out, int64_t n) {
  if (a_step != 0) {
    b_step != 0 ? select_steps<T, 1, 1>(condition, a, b, out, n)
                : select_steps<T, 1, 0>(condition, a, b, out, n);
  } else {
    b_step != 0 ? select_steps<T, 0, 1>(condition, a, b, out, n)
                : select_steps<T, 0, 0>(condition, a, b, out, n);
  }
}

template <class T>
void gather_as(const void* values, int64_t count, const int32_t* HWY_RESTRICT index, void* out,
               int64_t n) {
  const T* HWY_RESTRICT a = static_cast<const T*>(values);
  T* HWY_RESTRICT z = static_cast<T*>(out);
  if (count == 0) {
    std::memset(out, 0, static_cast<size_t>(n) * sizeof(T));
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    const bool inside = static_cast<uint64_t>(index[i]) < static_cast<uint64_t>(count);
    z[i] = a[inside ? index[i] : 0];
  }
}

}  // namespace

void select(int64_t width, const uint8_t* condition, const void* a, int64_t a_step, const void* b,
            int64_t b_step, void* out, int64_t n) {
  switch (width) {
    case 1:
      return select_as<uint8_t>(condition, a, a_step, b, b_step, out, n);
    case 2:
      return select_as<uint16_t>(condition, a, a_step, b, b_step, out, n);
    case 4:
      return select_as<uint32_t>(condition, a, a_step, b, b_step, out, n);
    case 8:
      return select_as<uint64_t>(condition, a, a_step, b, b_step, out, n);
    default:
      return select_as<Wide>(condition, a, a_step, b, b_step, out, n);
  }
}

void gather(int64_t width, const void* values, int64_t count, const int32_t* index, void* out,
            int64_t n) {
  switch (width) {
    case 1:
      return gather_as<uint8_t>(values, count, index, out, n);
    case 2:
      return gather_as<uint16_t>(values, count, index, out, n);
    case 4:
      return gather_as<uint32_t>(values, count, index, out, n);
    case 8:
      return gather_as<uint64_t>(values, count, index, out, n);
    default:
      return gather_as<Wide>(values, count, index, out, n);
  }
}

}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "tharsis/kernels/target.h"

namespace tharsis::kernels {
namespace {

template <class T>
void fill_as(const void* value, void* out, int64_t n) {
  T one;
  std::memcpy(&one, value, sizeof(T));
  T* z = static_cast<T*>(out);
  for (int64_t i = 0; i < n; ++i) z[i] = one;
}

}  // namespace

void select(int64_t width, const uint8_t* condition, const void* a, int64_t a_step, const void* b,
            int64_t b_step, void* out, int64_t n) {
  const auto way = target() == Target::kAvx512 ? N_AVX3::select : N_AVX2::select;
  way(width, condition, a, a_step, b, b_step, out, n);
}

void gather(int64_t width, const void* values, int64_t count, const int32_t* index, void* out,
            int64_t n) {
  const auto way = target() == Target::kAvx512 ? N_AVX3::gather : N_AVX2::gather;
  way(width, values, count, index, out, n);
}

void fill(int64_t width, const void* value, void* out, int64_t n) {
  switch (width) {
    case 1:
      return fill_as<uint8_t>(value, out, n);
    case 2:
      return fill_as<uint16_t>(value, out, n);
    case 4:
      return fill_as<uint32_t>(value, out, n);
    case 8:
      return fill_as<uint64_t>(value, out, n);
    default:
      return fill_as<N_AVX2::Wide>(value, out, n);
  }
}

}  // namespace tharsis::kernels
#endif
