#include <algorithm>
#include <cmath>
#include <limits>

#include "tharsis/ops/reduction/reduce_op.h"

namespace tharsis::ops {
namespace {

void put(const FinishCall& call, void* out, int64_t i, double value) {
  if (call.out.id == TypeId::kFloat32) {
    static_cast<float*>(out)[i] = static_cast<float>(value);
  } else {
    static_cast<double*>(out)[i] = value;
  }
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void finish_mean(const FinishCall& call, States states, int64_t count, int64_t values, void* out) {
  const auto* sum = states.words<double>(0);
  for (int64_t i = 0; i < count; ++i)
    put(call, out, i, values > 0 ? (sum[i] + 0.0) / static_cast<double>(values) : kNan);
}

// As NumPy: no division by less than nothing; 0/0 is NaN.
double variance(double m2, double count, int64_t ddof) {
  if (count == 0) return kNan;
  return m2 / std::max(count - static_cast<double>(ddof), 0.0);
}

template <bool kRoot>
void finish_variance(const FinishCall& call, States states, int64_t count, int64_t values,
                     void* out) {
  for (int64_t i = 0; i < count; ++i) {
    const double m2 = values > 0 ? states.words<double>(1)[i] : 0;
    const double result = variance(m2, static_cast<double>(values), call.ddof);
    put(call, out, i, kRoot ? std::sqrt(result) : result);
  }
}

// States with a count: integers have no NaN, and no count either.
void finish_nanmean(const FinishCall& call, States states, int64_t count, int64_t values,
                    void* out) {
  const bool counted = call.in.is_float();
  for (int64_t i = 0; i < count; ++i) {
    const bool some = values > 0 && (!counted || states.words<double>(0)[i] > 0);
    put(call, out, i, some ? states.words<double>(counted ? 1 : 0)[i] : kNan);
  }
}

template <bool kRoot>
void finish_nanvariance(const FinishCall& call, States states, int64_t count, int64_t values,
                        void* out) {
  if (!call.in.is_float()) {
    finish_variance<kRoot>(call, states, count, values, out);
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    const double there = values > 0 ? states.words<double>(0)[i] : 0;
    const double m2 = values > 0 ? states.words<double>(2)[i] : 0;
    const bool enough = there > static_cast<double>(call.ddof);
    const double result = enough ? variance(m2, there, call.ddof) : kNan;
    put(call, out, i, kRoot ? std::sqrt(result) : result);
  }
}

using kernels::Statistic;

constexpr ReductionRow row(std::string_view name, Statistic statistic, bool skip_nan,
                           decltype(ReductionRow::finish) finish) {
  return {name, statistic, skip_nan, float_type, finish, false, false, true};
}

constexpr ReductionRow kRows[] = {
    row("mean", Statistic::kSum, false, finish_mean),
    row("var", Statistic::kMoments, false, finish_variance<false>),
    row("std", Statistic::kMoments, false, finish_variance<true>),
    row("nanmean", Statistic::kMoments, true, finish_nanmean),
    row("nanvar", Statistic::kMoments, true, finish_nanvariance<false>),
    row("nanstd", Statistic::kMoments, true, finish_nanvariance<true>),
};

}  // namespace

std::span<const ReductionRow> moment_rows() { return kRows; }

}  // namespace tharsis::ops
