#pragma once

#include "tharsis/ops/elementwise/lanes.h"

namespace tharsis::ops {

/// From the types of the arguments to those of the loop; an error where NumPy has no such loop.
using TypeRule = LoopTypes (*)(std::span<const DType> in, std::string_view who);

// The rules of NumPy's ufuncs. Where NumPy computes in float16 (of bool, int8 and uint8), these say
// float32: the engine has no float16.
LoopTypes same_type(std::span<const DType> in, std::string_view who);       // bool stays bool
LoopTypes same_number(std::span<const DType> in, std::string_view who);     // bool is an error
LoopTypes same_or_int8(std::span<const DType> in, std::string_view who);    // bool becomes int8
LoopTypes same_integer(std::span<const DType> in, std::string_view who);    // bool becomes int8
LoopTypes same_bits(std::span<const DType> in, std::string_view who);       // bool or integer
LoopTypes same_bool(std::span<const DType> in, std::string_view who);       // computed as bool
LoopTypes float_of_width(std::span<const DType> in, std::string_view who);  // enough to hold it
LoopTypes float_quotient(std::span<const DType> in, std::string_view who);  // float64 of integers
LoopTypes always_float64(std::span<const DType> in, std::string_view who);
LoopTypes bool_of_float(std::span<const DType> in, std::string_view who);  // a predicate

/// A function of numbers and bools that is one loop over lanes: missing in, missing out.
class NumericFunction : public ScalarFunction {
 public:
  /// Types without a loop among `loops` pass through unchanged: floor of integers. With no name of
  /// loops all do.
  NumericFunction(std::string_view name, std::string_view loops, TypeRule rule);

  std::string_view name() const override { return name_; }
  void settle(ScalarCall& call, std::span<Scalar* const> constants) const override;
  DType infer(const ScalarCall& call) const override;
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override;
  bool evaluate_into(const ScalarCall& call, std::span<const Column> in, int64_t rows, void* out,
                     Worker& worker) const override;
  std::string_view loop() const override { return loops_.name; }

 protected:
  Column evaluate_as(LoopTypes types, const ScalarCall& call, const Arguments& args) const;

 private:
  std::string_view name_;
  const kernels::LoopSet& loops_;
  TypeRule rule_;
};

/// The widest missing-value flavour among the arguments.
Flavour flavour_of(std::span<const DType> in);
/// The promoted type of numbers and bools; a DType error for others.
TypeId common_number(std::span<const DType> in, std::string_view who);
/// Marks NaN as missing in a column of the nullable flavour, as pandas does with what it computes.
Column nan_to_missing(Column column, const Arguments& args);

}  // namespace tharsis::ops
