#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/philox.cc"
#include "tharsis/kernels/philox.h"

#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {

// Each 32-bit word of a counter lies in a 64-bit lane, so that products are whole.
void philox_lanes(uint64_t key, uint64_t begin, uint64_t step, int64_t count,
                  uint64_t* HWY_RESTRICT low, uint64_t* HWY_RESTRICT high) {
  constexpr uint64_t kHalf = 0xFFFFFFFF;
  for (int64_t i = 0; i < count; ++i) {
    const uint64_t counter = begin + static_cast<uint64_t>(i) * step;
    uint64_t c0 = counter & kHalf, c1 = counter >> 32, c2 = 0, c3 = 0;
    uint64_t k0 = key & kHalf, k1 = key >> 32;
    for (int round = 0; round < 10; ++round) {
      const uint64_t p0 = c0 * 0xD2511F53u, p1 = c2 * 0xCD9E8D57u;
      c0 = (p1 >> 32) ^ c1 ^ k0;
      c2 = (p0 >> 32) ^ c3 ^ k1;
      c1 = p1 & kHalf;
      c3 = p0 & kHalf;
      k0 = (k0 + 0x9E3779B9u) & kHalf;
      k1 = (k1 + 0xBB67AE85u) & kHalf;
    }
    low[i] = c0 | c1 << 32;
    high[i] = c2 | c3 << 32;
  }
}

}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
HWY_EXPORT(philox_lanes);
void philox(uint64_t key, uint64_t begin, uint64_t step, int64_t count, uint64_t* low,
            uint64_t* high) {
  HWY_DYNAMIC_DISPATCH(philox_lanes)(key, begin, step, count, low, high);
}
}  // namespace tharsis::kernels
#endif  // HWY_ONCE
