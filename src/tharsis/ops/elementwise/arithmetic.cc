#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/kernels/select.h"
#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/strings.h"
#include "tharsis/ops/elementwise/table.h"
#include "tharsis/ops/elementwise/time_arithmetic.h"

namespace tharsis::ops {
namespace {

bool any_string(std::span<const DType> in) {
  return std::any_of(in.begin(), in.end(), [](const DType& type) { return type.is_string(); });
}

// A bare number next to times stays a number.
void settle_next_to_time(ScalarCall& call, std::span<Scalar* const> constants) {
  for (size_t i = 0; i < constants.size(); ++i) {
    if (constants[i] == nullptr || constants[i]->dtype.id != TypeId::kNull) continue;
    const DType& other = call.in[1 - i];
    constants[i]->dtype = call.in[i] = other.is_time() ? duration_type(other.unit) : other;
  }
}

// Functions that numbers and times have in common.
class Arithmetic : public NumericFunction {
 public:
  Arithmetic(std::string_view name, std::string_view loops, TypeRule rule, TimeOp op)
      : NumericFunction(name, loops, rule), op_(op) {}

  void settle(ScalarCall& call, std::span<Scalar* const> constants) const override {
    const bool extreme = op_ >= TimeOp::kMaximum;
    if (any_time(call.in) && !extreme) return settle_next_to_time(call, constants);
    NumericFunction::settle(call, constants);
  }
  DType infer(const ScalarCall& call) const override {
    if (any_time(call.in)) return time_result(op_, call.in, name());
    return NumericFunction::infer(call);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    if (!any_time(call.in)) return NumericFunction::evaluate(call, in, batch, worker);
    return time_arithmetic(op_, call, Arguments(in, batch, worker));
  }
  bool evaluate_into(const ScalarCall& call, std::span<const Column> in, int64_t rows, void* out,
                     Worker& worker) const override {
    if (!call.out.is_number() && !call.out.is_bool()) return false;
    return NumericFunction::evaluate_into(call, in, rows, out, worker);
  }

 private:
  TimeOp op_;
};

// Numbers, times, and strings one after the other.
class Add final : public Arithmetic {
 public:
  Add() : Arithmetic("add", "add", same_type, TimeOp::kAdd) {}

  DType infer(const ScalarCall& call) const override {
    if (!any_string(call.in)) return Arithmetic::infer(call);
    require(call.in[0].is_string() && call.in[1].is_string(), ErrorCode::kDType,
            "add: cannot add {} and {}", call.in[0].name(), call.in[1].name());
    return call.in[0].with_flavour(flavour_of(call.in));
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    if (!any_string(call.in)) return Arithmetic::evaluate(call, in, batch, worker);
    return concatenated(call.out, Arguments(in, batch, worker));
  }
};

// floor_divide and remainder. What a zero divisor does to integers is the door's choice, params[0]:
// "numpy" (the default) answers 0, "float" computes in float64, so that it is inf or NaN as pandas
// has it, "raise" keeps the integer type and is an error.
class IntegerDivision final : public Arithmetic {
 public:
  IntegerDivision(std::string_view name, TimeOp op) : Arithmetic(name, name, same_or_int8, op) {}

  DType infer(const ScalarCall& call) const override {
    const DType natural = Arithmetic::infer(call);
    if (!natural.is_integer() || any_time(call.in)) return natural;
    const std::string_view zero = zero_of(call);
    require(zero == "numpy" || zero == "float" || zero == "raise", ErrorCode::kInvalidArgument,
            "{}: zero must be numpy, float or raise, got {}", name(), zero);
    return zero == "float" ? DType(TypeId::kFloat64).with_flavour(natural.flavour) : natural;
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    if (call.params.empty() || any_time(call.in)) {
      return Arithmetic::evaluate(call, in, batch, worker);
    }
    const Arguments args(in, batch, worker);
    if (call.out.is_integer() && zero_of(call) == "raise") refuse_zeros(args);
    return evaluate_as({call.out.id, call.out.id}, call, args);
  }
  // What a zero divisor does is looked at in `evaluate`.
  bool evaluate_into(const ScalarCall& call, std::span<const Column> in, int64_t rows, void* out,
                     Worker& worker) const override {
    return call.params.empty() && Arithmetic::evaluate_into(call, in, rows, out, worker);
  }

 private:
  static std::string_view zero_of(const ScalarCall& call) {
    if (call.params.empty()) return "numpy";
    return std::get<std::string>(call.params[0].value);
  }
  void refuse_zeros(const Arguments& args) const {
    const Column divisors = converted(args[1], TypeId::kBool, args.rows(), args.arena());
    for (int64_t i = 0; i < args.rows(); ++i) {
      require(divisors.values<uint8_t>()[divisors.at(i)] != 0 || !divisors.valid(i),
              ErrorCode::kInvalidArgument,
              "{}: an integer is divided by zero; cast to float64 for inf and NaN", name());
    }
  }
};

// Integers to negative powers have no integer answer; 1 ** missing and missing ** 0 are 1.
class Power final : public NumericFunction {
 public:
  Power() : NumericFunction("power", "power", same_or_int8) {}

  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    if (call.out.is_integer()) {
      if (call.in[1].is_signed()) refuse_negative(args);
    } else if (args.is_constant(1) && args[1].valid(0)) {
      const Column exponent = converted(args[1], TypeId::kFloat64, 1, args.arena());
      const double y = exponent.values<double>()[0];
      if (y == 2) return simple("square", call, args);
      if (y == 0.5) return simple("sqrt", call, args);
    }
    Column out = evaluate_as({call.out.id, call.out.id}, call, args);
    return call.out.flavour == Flavour::kNumpy ? out : known_ones(std::move(out), args);
  }
  // Exponents are checked, and simple ones recognised, in `evaluate`.
  bool evaluate_into(const ScalarCall& call, std::span<const Column> in, int64_t rows, void* out,
                     Worker& worker) const override {
    const bool simple = in[1].encoding == Encoding::kConstant;
    if (call.out.is_integer() || simple) return false;
    return NumericFunction::evaluate_into(call, in, rows, out, worker);
  }

 private:
  void refuse_negative(const Arguments& args) const {
    const Column exponents = converted(args[1], TypeId::kInt64, args.rows(), args.arena());
    const int64_t rows = args.is_constant(1) ? 1 : args.rows();
    int64_t sign = 0;
    for (int64_t i = 0; i < rows; ++i) sign |= exponents.values<int64_t>()[i];
    if (sign >= 0) return;
    for (int64_t i = 0; i < rows; ++i) {
      require(exponents.values<int64_t>()[i] >= 0 || !exponents.valid(i),
              ErrorCode::kInvalidArgument,
              "power: integers to negative integer powers are not allowed, got {}; use floats",
              exponents.values<int64_t>()[i]);
    }
  }

  // The exponents NumPy does not leave to pow either.
  static Column simple(std::string_view loops, const ScalarCall& call, const Arguments& args) {
    const Arguments base({&args[0], 1}, args.batch(), args.worker());
    void* data = run_loop(kernels::loops_named(loops), {call.out.id, call.out.id}, base);
    return nan_to_missing(base.result(call.out, data, base.present(call.out)), base);
  }

  Column known_ones(Column out, const Arguments& args) const {
    if (out.validity == nullptr) return out;
    const Column base = converted(args[0], TypeId::kFloat64, args.rows(), args.arena());
    const Column exponent = converted(args[1], TypeId::kFloat64, args.rows(), args.arena());
    auto* present = present_bytes({out.validity, out.validity_offset}, args.rows(), args.arena());
    auto* ones = args.room<uint8_t>();
    for (int64_t i = 0; i < args.rows(); ++i) {
      ones[i] = (base.valid(i) && base.values<double>()[base.at(i)] == 1) ||
                (exponent.valid(i) && exponent.values<double>()[exponent.at(i)] == 0);
      present[i] |= ones[i];
    }
    const Scalar one{out.dtype, 1.0};
    const Column value = constant_column(one);
    void* data = args.room(out.dtype);
    kernels::select(out.dtype.width(), ones, value.data, 0, out.data, 1, data, args.rows());
    return args.result(out.dtype, data, validity_from_bytes(present, args.rows(), args.arena()));
  }
};

}  // namespace

void add_arithmetic(FunctionTable& table) {
  table.add<Add>();
  table.add<Arithmetic>("subtract", "subtract", same_number, TimeOp::kSubtract);
  table.add<Arithmetic>("multiply", "multiply", same_type, TimeOp::kMultiply);
  table.add<Arithmetic>("divide", "divide", float_quotient, TimeOp::kDivide);
  table.add<IntegerDivision>("floor_divide", TimeOp::kFloorDivide);
  table.add<IntegerDivision>("remainder", TimeOp::kRemainder);
  table.add<NumericFunction>("fmod", "fmod", same_or_int8);
  table.add<Power>();
  table.add<NumericFunction>("float_power", "power", always_float64);
  table.add<Arithmetic>("negative", "negative", same_number, TimeOp::kNegative);
  table.add<Arithmetic>("absolute", "absolute", same_type, TimeOp::kAbsolute);
  table.add<Arithmetic>("positive", "", same_number, TimeOp::kPositive);
  table.add<Arithmetic>("sign", "sign", same_number, TimeOp::kSign);
  table.add<Arithmetic>("maximum", "maximum", same_type, TimeOp::kMaximum);
  table.add<Arithmetic>("minimum", "minimum", same_type, TimeOp::kMinimum);
  table.add<Arithmetic>("fmax", "fmax", same_type, TimeOp::kFmax);
  table.add<Arithmetic>("fmin", "fmin", same_type, TimeOp::kFmin);
}

}  // namespace tharsis::ops
