#pragma once

#include <string_view>

#include "tharsis/kernels/reduce.h"
#include "tharsis/ops/reduction.h"

namespace tharsis::ops {

/// What a finish is told: the type of the values, and of the result.
struct FinishCall {
  DType in;
  DType out;
  std::string_view name;
  int64_t ddof = 0;
};

/// One reduction: a row of a family's table.
struct ReductionRow {
  std::string_view name;
  kernels::Statistic statistic;
  bool skip_nan;
  DType (*result)(const DType& in);
  /// Writes results from states; see Fold::finish.
  void (*finish)(const FinishCall& call, States states, int64_t count, int64_t values, void* out);
  bool needs_values = false;  // none is an error
  bool one_axis = false;      // all axes or one: the result is a position
  bool in_double = false;     // integers are taken as float64
};

/// The operator of a row; lives as long as the row.
class ReduceOp final : public OpOf<ReduceAttrs> {
 public:
  explicit ReduceOp(const ReductionRow& row) : row_(row) {}

  std::string_view name() const override { return row_.name; }
  Traits traits(const Call&) const override { return {.way = Traits::kBreaker}; }
  std::vector<Meta> infer(const Call& call) const override;
  Run run(const Call& call, std::span<const Ref<Value>> side) const override;

 private:
  const ReductionRow& row_;
};

std::span<const ReductionRow> additive_rows();
std::span<const ReductionRow> extreme_rows();
std::span<const ReductionRow> moment_rows();
std::span<const ReductionRow> truth_rows();
std::span<const ReductionRow> arg_rows();

// Rules for the type of a result, as NumPy has them.
DType same_type(const DType& in);
DType widest_type(const DType& in);  // bool and integers: 64 bits
DType float_type(const DType& in);   // bool and integers: float64
DType bool_type(const DType& in);
DType int64_type(const DType& in);

/// The error of a minimum of nothing.
[[noreturn]] void fail_no_values(std::string_view name);

}  // namespace tharsis::ops
