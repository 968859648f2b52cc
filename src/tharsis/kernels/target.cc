#include "tharsis/kernels/target.h"

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "hwy/highway.h"

namespace tharsis::kernels {
namespace {

bool machine_has_avx512() { return (hwy::SupportedTargets() & HWY_AVX3) != 0; }

Target widest() {
  const char* wish = std::getenv("THARSIS_TARGET");
  if (wish != nullptr && std::string_view(wish) == "avx2") return Target::kAvx2;
  return machine_has_avx512() ? Target::kAvx512 : Target::kAvx2;
}

std::atomic<Target>& chosen() {
  static std::atomic<Target> target{widest()};
  return target;
}

}  // namespace

Target target() { return chosen().load(std::memory_order_relaxed); }

bool force_target(std::optional<Target> target) {
  hwy::SetSupportedTargetsForTest(0);  // back to what the machine has
  if (target == Target::kAvx512 && !machine_has_avx512()) return false;
  chosen().store(target.value_or(widest()));
  if (target == Target::kAvx2) hwy::SetSupportedTargetsForTest(HWY_AVX2);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return true;
}

}  // namespace tharsis::kernels
