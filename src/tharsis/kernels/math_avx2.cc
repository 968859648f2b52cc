#include "tharsis/kernels/math-inl.h"

namespace tharsis::kernels {

static_assert(HWY_TARGET == HWY_AVX2);

std::span<const LoopRow> math_rows_avx2() { return HWY_NAMESPACE::kMathRows; }

}  // namespace tharsis::kernels
