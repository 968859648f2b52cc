#pragma once

#include <span>
#include <utility>
#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/ops/elementwise.h"

/// What the nodes that compute one column and those that compute many have in common.
namespace tharsis::ops {

/// The function with the types of its arguments, of which `inputs` holds those that are
/// expressions; `constants` get the types that it wants.
ScalarCall resolve(const FunctionAttrs& attrs, std::span<const DType* const> inputs,
                   std::vector<Scalar>* constants);

/// Writes the arguments into `attrs`; answers those that are expressions.
std::vector<Expr> arguments_of(FunctionAttrs& attrs, std::vector<Argument> arguments);

/// Where frames meet tensors of rank 0: these become constants of `attrs`, and the frames are
/// answered; or the tensors, as long as they are not there.
Lowered numbers_to_constants(FunctionAttrs& attrs, const Call& call, std::span<const Expr> inputs,
                             const Facts& facts);

template <class T>
Lowered lowered(const Op& op, T attrs, const Call& call, std::span<const Expr> inputs,
                const Facts& facts) {
  Lowered out = numbers_to_constants(attrs, call, inputs, facts);
  auto* frames = std::get_if<std::vector<Expr>>(&out);
  if (frames == nullptr) return out;
  return std::vector<Expr>{tharsis::call(op, std::move(attrs), std::move(*frames))};
}

}  // namespace tharsis::ops
