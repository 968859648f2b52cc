#include "tharsis/base/error.h"
#include "tharsis/ops/reduction/reduce_op.h"

namespace tharsis::ops {
namespace {

void finish(const FinishCall&, States states, int64_t count, int64_t, void* out) {
  for (int64_t i = 0; i < count; ++i) static_cast<int64_t*>(out)[i] = states.words<int64_t>(1)[i];
}

void finish_skipping(const FinishCall& call, States states, int64_t count, int64_t values,
                     void* out) {
  finish(call, states, count, values, out);
  if (!call.in.is_float()) return;
  for (int64_t i = 0; i < count; ++i) {
    const double best = states.words<double>(0)[i];
    require(best == best, ErrorCode::kInvalidArgument, "All-NaN slice encountered");
  }
}

using kernels::Statistic;

constexpr ReductionRow kRows[] = {
    {"argmin", Statistic::kArgMin, false, int64_type, finish, true, true},
    {"argmax", Statistic::kArgMax, false, int64_type, finish, true, true},
    {"nanargmin", Statistic::kArgMin, true, int64_type, finish_skipping, true, true},
    {"nanargmax", Statistic::kArgMax, true, int64_type, finish_skipping, true, true},
};

}  // namespace

std::span<const ReductionRow> arg_rows() { return kRows; }

}  // namespace tharsis::ops
