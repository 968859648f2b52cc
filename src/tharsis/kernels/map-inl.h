// Loops over lanes from functions of single values, per instruction set. A family's file includes
// it after foreach_target.h and writes its functions as structs between the HWY_ marks.
#if defined(THARSIS_KERNELS_MAP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef THARSIS_KERNELS_MAP_INL_H_
#undef THARSIS_KERNELS_MAP_INL_H_
#else
#define THARSIS_KERNELS_MAP_INL_H_
#endif

#include <cstdint>
#include <type_traits>

#include "hwy/highway.h"
#include "tharsis/kernels/loops_internal.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {

using Bool = uint8_t;

template <class T>
constexpr Lane lane_for() {
  if constexpr (std::is_same_v<T, int32_t>) return Lane::kI32;
  if constexpr (std::is_same_v<T, int64_t>) return Lane::kI64;
  if constexpr (std::is_same_v<T, uint64_t>) return Lane::kU64;
  if constexpr (std::is_same_v<T, float>) return Lane::kF32;
  if constexpr (std::is_same_v<T, double>) return Lane::kF64;
  if constexpr (std::is_same_v<T, Bool>) return Lane::kBool;
}

template <class Op, class T, class Out>
void unary(const void* const* in, void* out, int64_t n) {
  const T* HWY_RESTRICT a = static_cast<const T*>(in[0]);
  Out* HWY_RESTRICT z = static_cast<Out*>(out);
  for (int64_t i = 0; i < n; ++i) z[i] = Op()(a[i]);
}

// A step of 0 reads one value for all rows.
template <class Op, class T, class Out, int a_step, int b_step>
void binary(const void* const* in, void* out, int64_t n) {
  const T* HWY_RESTRICT a = static_cast<const T*>(in[0]);
  const T* HWY_RESTRICT b = static_cast<const T*>(in[1]);
  Out* HWY_RESTRICT z = static_cast<Out*>(out);
  for (int64_t i = 0; i < n; ++i) z[i] = Op()(a[i * a_step], b[i * b_step]);
}

template <class Op, class T>
LoopRow row(const char* name) {
  if constexpr (std::is_invocable_v<Op, T, T>) {
    using Out = std::invoke_result_t<Op, T, T>;
    return {name,
            lane_for<T>(),
            lane_for<Out>(),
            binary<Op, T, Out, 1, 1>,
            binary<Op, T, Out, 0, 1>,
            binary<Op, T, Out, 1, 0>};
  } else {
    using Out = std::invoke_result_t<Op, T>;
    return {name, lane_for<T>(), lane_for<Out>(), unary<Op, T, Out>};
  }
}

// One row per type.
template <class Op, class... T>
void add(LoopTable& table, const char* name) {
  (table.push_back(row<Op, T>(name)), ...);
}

template <class Op>
void add_numbers(LoopTable& table, const char* name) {
  add<Op, int32_t, int64_t, uint64_t, float, double>(table, name);
}
template <class Op>
void add_integers(LoopTable& table, const char* name) {
  add<Op, int32_t, int64_t, uint64_t>(table, name);
}
template <class Op>
void add_floats(LoopTable& table, const char* name) {
  add<Op, float, double>(table, name);
}

// Integer arithmetic wraps, as NumPy's does.
template <class T>
auto wrapping(T a) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<std::make_unsigned_t<T>>(a);
  } else {
    return a;
  }
}

}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // THARSIS_KERNELS_MAP_INL_H_
