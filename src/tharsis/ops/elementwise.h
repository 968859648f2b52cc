#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tharsis/graph/expr.h"

namespace tharsis::ops {

/// A scalar function and its arguments.
struct FunctionAttrs {
  std::string function;
  std::vector<int64_t> args;      // argument i is input args[i], or constant -1 - args[i]
  std::vector<Scalar> constants;  // a weak one takes its type from the other arguments
  std::vector<Scalar> params;     // of the function: a pattern, a unit, a type
  void fields(Fields& f) {
    f("function", function);
    f("args", args);
    f("constants", constants);
    f("params", params);
  }
};

/// One scalar function over series of one row space, or over tensors that broadcast.
struct ComputeAttrs : FunctionAttrs {
  Label label;  // of the resulting series
  void fields(Fields& f) {
    FunctionAttrs::fields(f);
    f("label", label);
  }
};

/// One scalar function over each column of a frame. Frames of one row space and equally many
/// columns meet column by column; a series is the same for all of them.
struct ComputeEachAttrs : FunctionAttrs {
  std::vector<int64_t> each;  // the arguments that are taken column by column; the first one gives
                              // labels and index
  void fields(Fields& f) {
    FunctionAttrs::fields(f);
    f("each", each);
  }
};

/// An argument of a scalar function: an expression or a constant.
struct Argument {
  Expr expr;  // a series or a tensor; empty: the constant
  Scalar constant;
  Argument(Expr e) : expr(std::move(e)) {}                // NOLINT
  Argument(Scalar value) : constant(std::move(value)) {}  // NOLINT
};

/// function(arguments…); a series where an argument is one (named `label`), else a tensor.
Expr compute(std::string_view function, std::vector<Argument> arguments, Label label = {},
             std::vector<Scalar> params = {});

/// function(arguments…) of each column; at least one argument is a frame that is no series.
Expr compute_each(std::string_view function, std::vector<Argument> arguments,
                  std::vector<Scalar> params = {});

/// With `checked`, what has no whole number (NaN, out of range) is an error, as in pandas; else it
/// has NumPy's bits.
Expr cast(const Expr& x, const DType& dtype, bool checked = false);

/// One value in all rows of `frame`, as a series. The value may be a tensor of rank 0.
Expr constant(const Expr& frame, const Argument& value, Label label);

void register_elementwise_ops();

}  // namespace tharsis::ops
