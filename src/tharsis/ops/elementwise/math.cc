#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/table.h"

namespace tharsis::ops {
namespace {

struct Row {
  std::string_view name;
  std::string_view loops;
  TypeRule rule;
  double cost_ns;
};

LoopTypes wide_integer(std::span<const DType> in, std::string_view who) {
  const TypeId type = same_number(in, who).compute;
  require(DType(type).is_integer(), ErrorCode::kDType, "{}: only for integers, got {}", who,
          DType(type).name());
  return {type, type};
}

LoopTypes count_of_bits(std::span<const DType> in, std::string_view who) {
  return {same_integer(in, who).compute, TypeId::kUInt8};
}

LoopTypes exponent_of_float(std::span<const DType> in, std::string_view who) {
  return {float_of_width(in, who).compute, TypeId::kInt32};
}

constexpr Row kRows[] = {
    {"sin", "sin", float_of_width, 1.3},
    {"cos", "cos", float_of_width, 1.3},
    {"tan", "tan", float_of_width, 2.0},
    {"arcsin", "arcsin", float_of_width, 2.0},
    {"arccos", "arccos", float_of_width, 2.0},
    {"arctan", "arctan", float_of_width, 2.2},
    {"arctan2", "arctan2", float_of_width, 3.0},
    {"sinh", "sinh", float_of_width, 3.5},
    {"cosh", "cosh", float_of_width, 3.0},
    {"tanh", "tanh", float_of_width, 3.7},
    {"arcsinh", "arcsinh", float_of_width, 4.0},
    {"arccosh", "arccosh", float_of_width, 4.0},
    {"arctanh", "arctanh", float_of_width, 4.0},
    {"exp", "exp", float_of_width, 1.0},
    {"exp2", "exp2", float_of_width, 1.0},
    {"expm1", "expm1", float_of_width, 2.6},
    {"log", "log", float_of_width, 1.4},
    {"log2", "log2", float_of_width, 1.4},
    {"log10", "log10", float_of_width, 1.4},
    {"log1p", "log1p", float_of_width, 2.0},
    {"logaddexp", "logaddexp", float_of_width, 4.0},
    {"logaddexp2", "logaddexp2", float_of_width, 4.0},
    {"sqrt", "sqrt", float_of_width, 0.8},
    {"cbrt", "cbrt", float_of_width, 3.3},
    {"hypot", "hypot", float_of_width, 1.5},
    {"deg2rad", "deg2rad", float_of_width, 0.3},
    {"radians", "deg2rad", float_of_width, 0.3},
    {"rad2deg", "rad2deg", float_of_width, 0.3},
    {"degrees", "rad2deg", float_of_width, 0.3},
    {"fabs", "absolute", float_of_width, 0.3},
    {"copysign", "copysign", float_of_width, 0.3},
    {"nextafter", "nextafter", float_of_width, 0.5},
    {"spacing", "spacing", float_of_width, 0.5},
    {"heaviside", "heaviside", float_of_width, 0.3},
    {"rint", "rint", float_of_width, 0.3},
    {"floor", "floor", same_type, 0.3},
    {"ceil", "ceil", same_type, 0.3},
    {"trunc", "trunc", same_type, 0.3},
    {"square", "square", same_or_int8, 0.3},
    {"reciprocal", "reciprocal", same_or_int8, 0.5},
    {"conjugate", "", same_or_int8, 0.1},
    {"modf_fraction", "modf_fraction", float_of_width, 0.3},
    {"modf_whole", "modf_whole", float_of_width, 0.3},
    {"frexp_mantissa", "frexp_mantissa", float_of_width, 2.0},
    {"frexp_exponent", "frexp_exponent", exponent_of_float, 2.0},
    {"signbit", "signbit", bool_of_float, 0.2},
    {"isnan", "isnan", bool_of_float, 0.2},
    {"isinf", "isinf", bool_of_float, 0.2},
    {"isfinite", "isfinite", bool_of_float, 0.2},
    {"gcd", "gcd", wide_integer, 20.0},
    {"lcm", "lcm", wide_integer, 25.0},
    {"bitwise_count", "bitwise_count", count_of_bits, 0.5},
};

class MathFunction final : public NumericFunction {
 public:
  explicit MathFunction(const Row& row)
      : NumericFunction(row.name, row.loops, row.rule), cost_ns_(row.cost_ns) {}
  double cost_ns(const ScalarCall&) const override { return cost_ns_; }

 private:
  double cost_ns_;
};

// x * 2 ** exponent; exponents beyond any float's are brought near.
class Ldexp final : public ScalarFunction {
 public:
  std::string_view name() const override { return "ldexp"; }
  void settle(ScalarCall&, std::span<Scalar* const>) const override {}
  DType infer(const ScalarCall& call) const override {
    require(call.in[1].is_integer() || call.in[1].is_bool(), ErrorCode::kDType,
            "ldexp: the exponent must be an integer, got {}", call.in[1].name());
    require(call.in[1].id != TypeId::kUInt64, ErrorCode::kDType,
            "ldexp: the exponent must fit int64, got uint64");
    const TypeId type = float_of_width(std::span(call.in).first(1), name()).out;
    return DType(type).with_flavour(flavour_of(call.in));
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const int64_t rows = args.rows();
    const Column x =
        repeated(converted(args[0], call.out.id, rows, args.arena()), rows, args.arena());
    const Column wide =
        repeated(converted(args[1], TypeId::kInt64, rows, args.arena()), rows, args.arena());
    auto* exponents = args.room<int32_t>();
    for (int64_t i = 0; i < rows; ++i) {
      exponents[i] =
          static_cast<int32_t>(std::clamp<int64_t>(wide.values<int64_t>()[i], -5'000, 5'000));
    }
    const void* loop_in[] = {x.data, exponents};
    void* data = args.room(call.out);
    kernels::loops_named("ldexp").at(kernels::lane_of(call.out.id))(loop_in, data, rows);
    return args.result(call.out, data, args.present(call.out));
  }
};

}  // namespace

void add_math(FunctionTable& table) {
  for (const Row& row : kRows) table.add<MathFunction>(row);
  table.add<Ldexp>();
}

}  // namespace tharsis::ops
