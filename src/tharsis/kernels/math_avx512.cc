#include "tharsis/kernels/math-inl.h"

namespace tharsis::kernels {

static_assert(HWY_TARGET == HWY_AVX3);

std::span<const LoopRow> math_rows_avx512() { return HWY_NAMESPACE::kMathRows; }

}  // namespace tharsis::kernels
