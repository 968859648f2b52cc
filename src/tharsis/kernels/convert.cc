#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/convert.cc"
#include "tharsis/kernels/convert.h"
#include "hwy/foreach_target.h"
#include "tharsis/kernels/map-inl.h"

#include "tharsis/base/error.h"

#ifndef THARSIS_KERNELS_CONVERSION_LOOPS
#define THARSIS_KERNELS_CONVERSION_LOOPS
namespace tharsis::kernels {
struct ConversionLoops {
  Loop (*between)(Lane from, Lane to);
  Loop (*widening)(TypeId from);
  Loop (*narrowing)(TypeId to);
};
}  // namespace tharsis::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

// Out of range is left to the machine where a signed integer comes out, as NumPy leaves it (the
// sanitizer is told); to uint64, negative floats wrap.
template <class To, class From>
__attribute__((no_sanitize("float-cast-overflow"))) To converted(From x) {
  if constexpr (std::is_same_v<To, Bool>) {
    return x != 0;
  } else if constexpr (std::is_same_v<To, uint64_t> && std::is_floating_point_v<From>) {
    constexpr From half = From(0x1p63);
    const bool high = x >= half;
    const auto low = static_cast<uint64_t>(static_cast<int64_t>(high ? x - half : x));
    return high ? low ^ (uint64_t{1} << 63) : low;
  } else {
    return static_cast<To>(x);
  }
}

template <class To, class From>
void convert(const void* const* in, void* out, int64_t n) {
  const From* HWY_RESTRICT a = static_cast<const From*>(in[0]);
  To* HWY_RESTRICT z = static_cast<To*>(out);
  for (int64_t i = 0; i < n; ++i) z[i] = converted<To>(a[i]);
}

template <class From>
Loop from_lane(Lane to) {
  switch (to) {
    case Lane::kI32:
      return convert<int32_t, From>;
    case Lane::kI64:
      return convert<int64_t, From>;
    case Lane::kU64:
      return convert<uint64_t, From>;
    case Lane::kF32:
      return convert<float, From>;
    case Lane::kF64:
      return convert<double, From>;
    case Lane::kBool:
      return convert<Bool, From>;
  }
  return nullptr;
}

Loop between_lanes(Lane from, Lane to) {
  switch (from) {
    case Lane::kI32:
      return from_lane<int32_t>(to);
    case Lane::kI64:
      return from_lane<int64_t>(to);
    case Lane::kU64:
      return from_lane<uint64_t>(to);
    case Lane::kF32:
      return from_lane<float>(to);
    case Lane::kF64:
      return from_lane<double>(to);
    case Lane::kBool:
      return from_lane<Bool>(to);
  }
  return nullptr;
}

Loop widening(TypeId from) {
  switch (from) {
    case TypeId::kInt8:
      return convert<int32_t, int8_t>;
    case TypeId::kInt16:
      return convert<int32_t, int16_t>;
    case TypeId::kUInt8:
      return convert<int32_t, uint8_t>;
    case TypeId::kUInt16:
      return convert<int32_t, uint16_t>;
    case TypeId::kUInt32:
      return convert<int64_t, uint32_t>;
    default:
      return nullptr;  // is its lane
  }
}

Loop narrowing(TypeId to) {
  switch (to) {
    case TypeId::kInt8:
    case TypeId::kUInt8:
      return convert<int8_t, int32_t>;
    case TypeId::kInt16:
    case TypeId::kUInt16:
      return convert<int16_t, int32_t>;
    case TypeId::kUInt32:
      return convert<uint32_t, int64_t>;
    default:
      return nullptr;
  }
}

}  // namespace

ConversionLoops conversion_loops() { return {between_lanes, widening, narrowing}; }

}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
namespace {

ConversionLoops loops() {
  return target() == Target::kAvx512 ? N_AVX3::conversion_loops() : N_AVX2::conversion_loops();
}

}  // namespace

Conversion::Conversion(TypeId from, TypeId to) {
  if (from == to) return;
  const ConversionLoops ways = loops();
  const Lane lane = lane_of(from), goal = lane_of(to);
  step(ways.widening(from));
  if (lane != goal) step(ways.between(lane, goal));
  step(ways.narrowing(to));
}

void Conversion::step(Loop loop) {
  if (loop != nullptr) loops_[count_++] = loop;
}

void Conversion::run(const void* in, void* out, void* scratch, int64_t n) const {
  check(count_ > 0, "a conversion that changes nothing was asked to run");
  auto* spare = static_cast<char*>(scratch);
  for (int i = 0; i < count_; ++i) {
    void* to = i + 1 == count_ ? out : spare + (i % 2) * kChunk * 8;
    loops_[i](&in, to, n);
    in = to;
  }
}

}  // namespace tharsis::kernels
#endif
