#include "tharsis/ops/reduction/reduce_op.h"

namespace tharsis::ops {
namespace {

// The word of a sum or product, as the type of the result.
template <int kNothing>
void finish(const FinishCall& call, States states, int64_t count, int64_t values, void* out) {
  const auto* real = states.words<double>(0);
  for (int64_t i = 0; i < count; ++i) {
    switch (call.out.id) {
      case TypeId::kFloat64:
        static_cast<double*>(out)[i] = values > 0 ? real[i] : kNothing;
        break;
      case TypeId::kFloat32:
        static_cast<float*>(out)[i] = values > 0 ? static_cast<float>(real[i]) : kNothing;
        break;
      default:
        static_cast<int64_t*>(out)[i] = values > 0 ? states.words<int64_t>(0)[i] : kNothing;
    }
  }
}

// A sum of nothing, or of nothing but -0.0, is 0.0 as in NumPy, not the -0.0 it began with.
void finish_sum(const FinishCall& call, States states, int64_t count, int64_t values, void* out) {
  finish<0>(call, states, count, values, out);
  for (int64_t i = 0; i < count; ++i) {
    if (call.out.id == TypeId::kFloat64) static_cast<double*>(out)[i] += 0.0;
    if (call.out.id == TypeId::kFloat32) static_cast<float*>(out)[i] += 0.0f;
  }
}

using kernels::Statistic;

constexpr ReductionRow kRows[] = {
    {"sum", Statistic::kSum, false, widest_type, finish_sum},
    {"prod", Statistic::kProduct, false, widest_type, finish<1>},
    {"nansum", Statistic::kSum, true, widest_type, finish_sum},
    {"nanprod", Statistic::kProduct, true, widest_type, finish<1>},
};

}  // namespace

std::span<const ReductionRow> additive_rows() { return kRows; }

}  // namespace tharsis::ops
