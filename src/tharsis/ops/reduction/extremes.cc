#include "tharsis/ops/reduction/reduce_op.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

void finish(const FinishCall& call, States states, int64_t count, int64_t, void* out) {
  visit_number(call.out.id, [&](auto type) {
    using T = decltype(type);
    auto* to = static_cast<T*>(out);
    for (int64_t i = 0; i < count; ++i) {
      if constexpr (std::is_floating_point_v<T>) {
        to[i] = static_cast<T>(states.words<double>(0)[i]);
      } else {
        to[i] = static_cast<T>(states.words<int64_t>(0)[i]);
      }
    }
  });
}

using kernels::Statistic;

constexpr ReductionRow kRows[] = {
    {"min", Statistic::kMin, false, same_type, finish, true},
    {"max", Statistic::kMax, false, same_type, finish, true},
    {"nanmin", Statistic::kMin, true, same_type, finish, true},
    {"nanmax", Statistic::kMax, true, same_type, finish, true},
};

}  // namespace

std::span<const ReductionRow> extreme_rows() { return kRows; }

}  // namespace tharsis::ops
