#pragma once

#include <cstdint>
#include <optional>

namespace tharsis::kernels {

/// The instruction sets that loops are compiled for.
enum class Target : uint8_t { kAvx2, kAvx512 };
inline constexpr int kTargets = 2;

/// The widest one of this machine, unless `force_target` or THARSIS_TARGET=avx2 in the environment
/// says otherwise. Results do not depend on it.
Target target();

/// For tests: from now on all loops, and all that Highway dispatches, run on `target`; nothing
/// returns to the widest. False if the machine does not have it. Not while others compute.
bool force_target(std::optional<Target> target);

}  // namespace tharsis::kernels
