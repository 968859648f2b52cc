#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/elementwise/compute.h"

namespace tharsis::ops {
namespace {

bool is_each(const ComputeEachAttrs& attrs, size_t input) {
  return std::any_of(attrs.each.begin(), attrs.each.end(), [&](int64_t argument) {
    return attrs.args[argument] == static_cast<int64_t>(input);
  });
}

// The inputs of a call, and where their columns stand.
struct Inputs {
  struct Input {
    const Meta& meta;
    bool each;
    // The field of column `i`: of an input that is no frame, and of a series, the one there is.
    size_t field(size_t i) const {
      if (meta.kind != Kind::kFrame) return 0;
      return each ? meta.index_levels + i : meta.num_fields() - 1;
    }
    const DType& dtype(size_t i) const {
      return meta.kind == Kind::kFrame ? meta.field(field(i)).dtype : meta.dtype;
    }
  };
  std::vector<Input> all;
  const Meta* first = nullptr;  // of those taken column by column
  size_t first_at = 0;

  Inputs(const Call& call, const ComputeEachAttrs& attrs) {
    for (size_t i = 0; i < call.in.size(); ++i) {
      all.push_back({*call.in[i], is_each(attrs, i)});
      if (!all.back().each || first != nullptr) continue;
      first = call.in[i].get();
      first_at = i;
    }
    check(first != nullptr, "compute_each: no frame");
  }
  size_t columns() const { return first->num_data(); }
  bool same_dtypes(size_t a, size_t b) const {
    return std::all_of(all.begin(), all.end(),
                       [&](const Input& input) { return input.dtype(a) == input.dtype(b); });
  }
  std::vector<const DType*> dtypes(size_t column) const {
    std::vector<const DType*> out;
    out.reserve(all.size());
    for (const Input& input : all) out.push_back(&input.dtype(column));
    return out;
  }
};

class ComputeEach final : public OpOf<ComputeEachAttrs> {
 public:
  std::string_view name() const override { return "compute_each"; }
  Traits traits(const Call&) const override { return {.way = Traits::kElementwise}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Inputs inputs(call, of(call));
    const Meta& first = *inputs.first;
    for (const auto& input : inputs.all) {
      check(input.meta.kind != Kind::kFrame || input.meta.row_space == first.row_space,
            "compute_each: frames of different row spaces");
      check(!input.each || input.meta.num_data() == first.num_data(),
            "compute_each: frames of different columns");
    }
    Schema schema;
    schema.reserve(first.num_fields());
    schema.assign(first.schema->begin(), first.schema->begin() + first.index_levels);
    std::vector<Scalar> constants;
    DType dtype;
    for (size_t i = 0; i < inputs.columns(); ++i) {
      if (i == 0 || !inputs.same_dtypes(i, i - 1))
        dtype = resolved(call, inputs, i, &constants).out;
      schema.emplace_back(first.field(first.index_levels + i).label, dtype);
    }
    Meta out = frame_meta(std::move(schema), first.index_levels, first.rows(), first.row_space);
    out.labels = first.labels;
    out.columns_name = first.columns_name;
    return {out};
  }

  std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const override {
    const Inputs inputs(call, of(call));
    const size_t levels = inputs.first->index_levels;
    std::vector<Fieldset> out;
    for (const auto& input : inputs.all) {
      Fieldset& fields =
          out.emplace_back(input.meta.kind == Kind::kFrame ? input.meta.num_fields() : 1, false);
      for (size_t i = 0; levels + i < needed.size(); ++i) {
        if (needed[levels + i]) fields[input.field(i)] = true;
      }
    }
    std::copy_n(needed.begin(), levels, out[inputs.first_at].begin());
    return out;
  }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>>) const override {
    Narrowed out{call.attrs, {}};
    for (uint32_t i = 0; i < needed.size(); ++i) {
      if (needed[i]) out.kept.push_back(i);
    }
    return out;
  }

  std::vector<uint32_t> emit(const Call& call, std::span<const std::vector<uint32_t>> in,
                             Program& program) const override {
    const Inputs inputs(call, of(call));
    const auto& first = in[inputs.first_at];
    std::vector<uint32_t> out(first.begin(), first.begin() + inputs.first->index_levels);
    std::vector<Scalar> constants;
    for (size_t i = 0; i < inputs.columns(); ++i) {
      ScalarCall function = resolved(call, inputs, i, &constants);
      std::vector<uint32_t> slots;
      for (const int64_t arg : of(call).args) {
        slots.push_back(arg >= 0 ? in[arg][inputs.all[arg].field(i)]
                                 : program.constant(constants[-1 - arg]));
      }
      out.push_back(program.append(std::move(function), std::move(slots)));
    }
    return out;
  }

  Lowered lower(const Call& call, std::span<const Expr> inputs, const Facts& facts) const override {
    return lowered(*this, of(call), call, inputs, facts);
  }

 private:
  // An error tells the column.
  static ScalarCall resolved(const Call& call, const Inputs& inputs, size_t column,
                             std::vector<Scalar>* constants) {
    try {
      return resolve(of(call), inputs.dtypes(column), constants);
    } catch (Error& error) {
      const Meta& first = *inputs.first;
      error.add_note("in column " + label_text(first.field(first.index_levels + column).label));
      throw;
    }
  }
};

}  // namespace

const Op& compute_each_op() {
  static const ComputeEach op;
  return op;
}

Expr compute_each(std::string_view function, std::vector<Argument> arguments,
                  std::vector<Scalar> params) {
  ComputeEachAttrs attrs;
  attrs.function = function;
  attrs.params = std::move(params);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Expr& expr = arguments[i].expr;
    if (expr && expr.meta().kind == Kind::kFrame && !expr.meta().series)
      attrs.each.push_back(static_cast<int64_t>(i));
  }
  std::vector<Expr> inputs = arguments_of(attrs, std::move(arguments));
  return call(compute_each_op(), std::move(attrs), std::move(inputs));
}

}  // namespace tharsis::ops
