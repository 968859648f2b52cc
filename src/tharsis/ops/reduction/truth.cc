#include "tharsis/ops/reduction/reduce_op.h"

namespace tharsis::ops {
namespace {

void finish_count(const FinishCall&, States states, int64_t count, int64_t values, void* out) {
  for (int64_t i = 0; i < count; ++i)
    static_cast<int64_t*>(out)[i] = values > 0 ? states.words<int64_t>(0)[i] : 0;
}

void finish_any(const FinishCall&, States states, int64_t count, int64_t values, void* out) {
  for (int64_t i = 0; i < count; ++i)
    static_cast<uint8_t*>(out)[i] = values > 0 && states.words<int64_t>(0)[i] > 0;
}

void finish_all(const FinishCall&, States states, int64_t count, int64_t values, void* out) {
  for (int64_t i = 0; i < count; ++i)
    static_cast<uint8_t*>(out)[i] = values == 0 || states.words<int64_t>(0)[i] == values;
}

using kernels::Statistic;

constexpr ReductionRow kRows[] = {
    {"count_nonzero", Statistic::kNonzero, false, int64_type, finish_count},
    {"any", Statistic::kNonzero, false, bool_type, finish_any},
    {"all", Statistic::kNonzero, false, bool_type, finish_all},
};

}  // namespace

std::span<const ReductionRow> truth_rows() { return kRows; }

}  // namespace tharsis::ops
