#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/elementwise/compute.h"

namespace tharsis::ops {

ScalarCall resolve(const FunctionAttrs& attrs, std::span<const DType* const> inputs,
                   std::vector<Scalar>* constants) {
  ScalarCall out;
  out.function = &require_function(attrs.function);
  out.params = attrs.params;
  *constants = attrs.constants;
  std::vector<Scalar*> given;
  for (const int64_t arg : attrs.args) {
    given.push_back(arg < 0 ? &(*constants)[-1 - arg] : nullptr);
    out.in.push_back(arg < 0 ? given.back()->dtype : *inputs[arg]);
  }
  out.function->settle(out, given);
  out.out = out.function->infer(out);
  return out;
}

std::vector<Expr> arguments_of(FunctionAttrs& attrs, std::vector<Argument> arguments) {
  std::vector<Expr> inputs;
  for (Argument& argument : arguments) {
    if (!argument.expr) {
      attrs.args.push_back(-1 - static_cast<int64_t>(attrs.constants.size()));
      attrs.constants.push_back(std::move(argument.constant));
      continue;
    }
    attrs.args.push_back(static_cast<int64_t>(inputs.size()));
    inputs.push_back(std::move(argument.expr));
  }
  return inputs;
}

namespace {

Scalar scalar_of(const Value& value) {
  const memory::Pin pin = value.chunks[0]->store().pin(value.chunks[0]);
  return memory::scalar_at(pin->columns[0], 0);
}

}  // namespace

Lowered numbers_to_constants(FunctionAttrs& attrs, const Call& call, std::span<const Expr> inputs,
                             const Facts& facts) {
  bool frame = false, number = false;
  for (const auto& in : call.in) {
    frame |= in->kind == Kind::kFrame;
    number |= in->kind == Kind::kTensor;
  }
  if (!frame || !number) return {};
  std::vector<Expr> rest;
  std::vector<int64_t> moved(inputs.size());
  Need need;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (call.in[i]->kind == Kind::kFrame) {
      moved[i] = static_cast<int64_t>(rest.size());
      rest.push_back(inputs[i]);
      continue;
    }
    require(call.in[i]->shape.empty(), ErrorCode::kShape, "{}: a series and an array of rank {}",
            attrs.function, call.in[i]->shape.size());
    const Ref<Value> value = facts.stored(inputs[i]);
    if (value == nullptr) {
      need.run.push_back(inputs[i]);
      continue;
    }
    moved[i] = -1 - static_cast<int64_t>(attrs.constants.size());
    attrs.constants.push_back(scalar_of(*value));
  }
  if (!need.run.empty()) return need;
  for (int64_t& arg : attrs.args) {
    if (arg >= 0) arg = moved[arg];
  }
  return rest;
}

namespace {

const DType& dtype_of(const Meta& meta) {
  return meta.kind == Kind::kFrame ? meta.field(meta.num_fields() - 1).dtype : meta.dtype;
}

ScalarCall resolve(const Call& call, const ComputeAttrs& attrs, std::vector<Scalar>* constants) {
  std::vector<const DType*> inputs(call.in.size(), nullptr);
  for (const int64_t arg : attrs.args) {
    if (arg >= 0)
      inputs[arg] = &dtype_of(*call.in[arg]);  // others lend their rows, and may be empty
  }
  return ops::resolve(attrs, inputs, constants);
}

std::vector<Dim> broadcast(const std::vector<Dim>& a, const std::vector<Dim>& b, const Call& call) {
  std::vector<Dim> out(std::max(a.size(), b.size()));
  for (size_t i = 0; i < out.size(); ++i) {
    const Dim x = i < a.size() ? a[a.size() - 1 - i] : Dim{1};
    const Dim y = i < b.size() ? b[b.size() - 1 - i] : Dim{1};
    Dim& z = out[out.size() - 1 - i];
    if (x == y || y.size == 1) {
      z = x;
    } else if (x.size == 1) {
      z = y;
    } else {
      fail(ErrorCode::kShape, "{}: operands could not be broadcast together: {} and {}",
           call.attrs.as<ComputeAttrs>().function, call.in[0]->text(), call.in.back()->text());
    }
  }
  return out;
}

class Compute final : public OpOf<ComputeAttrs> {
 public:
  std::string_view name() const override { return "compute"; }
  Traits traits(const Call&) const override { return {.way = Traits::kElementwise}; }

  std::vector<Meta> infer(const Call& call) const override {
    std::vector<Scalar> constants;
    const ScalarCall function = resolve(call, of(call), &constants);
    const Meta* frame = nullptr;
    for (const auto& in : call.in) {
      if (in->kind != Kind::kFrame) continue;
      check(frame == nullptr || frame->row_space == in->row_space,
            "compute: series of different row spaces");
      if (frame == nullptr) frame = in.get();
    }
    if (frame == nullptr) {
      std::vector<Dim> shape;
      for (const auto& in : call.in) shape = broadcast(shape, in->shape, call);
      return {tensor_meta(function.out, std::move(shape))};
    }
    Schema schema(frame->schema->begin(), frame->schema->begin() + frame->index_levels);
    schema.push_back({of(call).label, function.out});
    Meta out = frame_meta(std::move(schema), frame->index_levels, frame->rows(), frame->row_space);
    out.labels = frame->labels;
    out.series = true;
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    std::vector<Fieldset> in;
    bool first = true;
    const std::vector<int64_t>& args = of(call).args;
    for (const auto& meta : call.in) {
      Fieldset& fields =
          in.emplace_back(meta->kind == Kind::kFrame ? meta->num_fields() : 1, false);
      // A frame that only lends its rows (a constant column) is not read.
      const auto input = static_cast<int64_t>(in.size()) - 1;
      if (!fields.empty()) fields.back() = std::find(args.begin(), args.end(), input) != args.end();
      if (meta->kind == Kind::kFrame && first) {
        for (size_t i = 0; i + 1 < needed.size(); ++i) fields[i] = needed[i];
        first = false;
      }
    }
    return in;
  }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>> inputs) const override {
    Narrowed result{call.attrs, {}};
    for (size_t i = 0; i < call.in.size(); ++i) {
      if (call.in[i]->kind != Kind::kFrame) continue;
      for (const uint32_t field : inputs[i]) {
        if (field < call.in[i]->index_levels) result.kept.push_back(field);
      }
      break;
    }
    result.kept.push_back(static_cast<uint32_t>(needed.size() - 1));
    return result;
  }

  std::vector<uint32_t> emit(const Call& call, std::span<const std::vector<uint32_t>> in,
                             Program& program) const override {
    std::vector<Scalar> constants;
    ScalarCall function = resolve(call, of(call), &constants);
    std::vector<uint32_t> slots;
    for (const int64_t arg : of(call).args) {
      slots.push_back(arg >= 0 ? in[arg].back() : program.constant(constants[-1 - arg]));
    }
    std::vector<uint32_t> out;
    for (size_t i = 0; i < call.in.size(); ++i) {
      if (call.in[i]->kind != Kind::kFrame) continue;
      out.assign(in[i].begin(), in[i].begin() + call.in[i]->index_levels);
      break;
    }
    out.push_back(program.append(std::move(function), std::move(slots)));
    return out;
  }

  std::vector<Piece> demand(const Call& call, const Region& out) const override {
    std::vector<int64_t> shape;
    std::vector<Dim> dims;
    for (const auto& in : call.in) dims = broadcast(dims, in->shape, call);
    for (const Dim& dim : dims) shape.push_back(dim.size);
    std::vector<Piece> pieces;
    for (size_t i = 0; i < call.in.size(); ++i) {
      std::vector<int64_t> sizes;
      for (const Dim& dim : call.in[i]->shape) sizes.push_back(dim.size);
      pieces.push_back({static_cast<uint16_t>(i), broadcast_access(sizes, shape), out});
    }
    return pieces;
  }

  // A number that was computed elsewhere (x - x.mean()) is a constant once it is there.
  Lowered lower(const Call& call, std::span<const Expr> inputs, const Facts& facts) const override {
    return lowered(*this, of(call), call, inputs, facts);
  }
};

}  // namespace

const Op& compute_op() {
  static const Compute op;
  return op;
}

Expr compute(std::string_view function, std::vector<Argument> arguments, Label label,
             std::vector<Scalar> params) {
  ComputeAttrs attrs;
  attrs.function = function;
  attrs.label = std::move(label);
  attrs.params = std::move(params);
  std::vector<Expr> inputs = arguments_of(attrs, std::move(arguments));
  return call(compute_op(), std::move(attrs), std::move(inputs));
}

Expr cast(const Expr& x, const DType& dtype, bool checked) {
  const Meta& meta = x.meta();
  Label label;
  if (meta.kind == Kind::kFrame) label = meta.field(meta.num_fields() - 1).label;
  std::vector<Scalar> params{missing_scalar(dtype)};
  if (checked) params.push_back({TypeId::kBool, true});
  return compute("cast", {x}, std::move(label), std::move(params));
}

}  // namespace tharsis::ops
