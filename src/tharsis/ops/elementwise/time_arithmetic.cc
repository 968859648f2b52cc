#include "tharsis/ops/elementwise/time_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tharsis/base/error.h"
#include "tharsis/ops/elementwise/lanes.h"
#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/time_units.h"

namespace tharsis::ops {
namespace {

bool is_duration(const DType& type) { return type.id == TypeId::kDuration; }
bool is_timestamp(const DType& type) { return type.id == TypeId::kTimestamp; }

[[noreturn]] void no_meaning(std::span<const DType> in, std::string_view who) {
  if (in.size() == 1) fail(ErrorCode::kDType, "{}: not supported for {}", who, in[0].name());
  fail(ErrorCode::kDType, "{}: not supported for {} and {}", who, in[0].name(), in[1].name());
}

DType with_unit(DType type, TimeUnit unit) {
  type.unit = unit;
  return type;
}

DType sum_type(TimeOp op, std::span<const DType> in, std::string_view who) {
  const TimeUnit unit = finest_unit(in);
  if (!in[0].is_time() || !in[1].is_time()) no_meaning(in, who);
  if (is_duration(in[0]) && is_duration(in[1])) return with_unit(in[0], unit);
  if (is_timestamp(in[0]) && is_duration(in[1])) return with_unit(in[0], unit);
  if (op == TimeOp::kAdd && is_duration(in[0])) return with_unit(in[1], unit);
  const bool two_timestamps = is_timestamp(in[0]) && is_timestamp(in[1]);
  if (op != TimeOp::kSubtract || !two_timestamps) no_meaning(in, who);
  require(in[0].timezone().empty() == in[1].timezone().empty(), ErrorCode::kDType,
          "{}: cannot subtract timestamps with and without a time zone: {} and {}", who,
          in[0].name(), in[1].name());
  return duration_type(unit).with_flavour(flavour_of(in));
}

bool is_factor(const DType& type) { return type.is_number(); }

DType quotient_type(TimeOp op, std::span<const DType> in, std::string_view who) {
  if (!is_duration(in[0])) no_meaning(in, who);
  if (is_factor(in[1]) && op != TimeOp::kRemainder) return in[0];
  if (!is_duration(in[1])) no_meaning(in, who);
  const Flavour flavour = flavour_of(in);
  if (op == TimeOp::kRemainder) return with_unit(in[0], finest_unit(in));
  return DType(op == TimeOp::kDivide ? TypeId::kFloat64 : TypeId::kInt64).with_flavour(flavour);
}

// int64 loops over columns in one unit.
Column loop_over(std::string_view loops, const DType& out, const Arguments& args) {
  void* data = run_loop(kernels::loops_named(loops), {TypeId::kInt64, TypeId::kInt64}, args);
  return args.result(out, data, args.present(out));
}

Column ratio(const DType& out, const Arguments& args) {
  void* data = run_loop(kernels::loops_named("divide"), {TypeId::kFloat64, TypeId::kFloat64}, args);
  return args.result(out, data, args.present(out));
}

// What does not fit into an int64 is no time.
Column from_doubles(const double* values, const DType& out, const Arguments& args) {
  auto* data = args.room<int64_t>();
  auto* good = args.room<uint8_t>();
  bool all_good = true;
  for (int64_t i = 0; i < args.rows(); ++i) {
    good[i] = std::fabs(values[i]) < 0x1p63;
    data[i] = good[i] != 0 ? static_cast<int64_t>(values[i]) : 0;
    all_good &= good[i] != 0;
  }
  Validity validity = args.present(out);
  if (!all_good) {
    const Validity numbers = validity_from_bytes(good, args.rows(), args.arena());
    validity = both_present(validity, numbers, args.rows(), args.arena());
  }
  return args.result(out, data, validity);
}

Column scaled_by_float(TimeOp op, const DType& out, const Arguments& args) {
  const char* loops = op == TimeOp::kMultiply ? "multiply"
                      : op == TimeOp::kDivide ? "divide"
                                              : "floor_divide";
  const void* data =
      run_loop(kernels::loops_named(loops), {TypeId::kFloat64, TypeId::kFloat64}, args);
  return from_doubles(static_cast<const double*>(data), out, args);
}

// Rows whose divisor is not zero.
Validity nonzero(const Arguments& args, size_t i, Validity validity) {
  const Column divisor = repeated(converted(args[i], TypeId::kBool, args.rows(), args.arena()),
                                  args.rows(), args.arena());
  const auto* bytes = divisor.values<uint8_t>();
  if (std::find(bytes, bytes + args.rows(), 0) == bytes + args.rows()) return validity;
  return both_present(validity, validity_from_bytes(bytes, args.rows(), args.arena()), args.rows(),
                      args.arena());
}

// Division by an integer truncates (divide) or rounds down (floor_divide); by zero it is no time.
Column divided_by_integer(TimeOp op, const DType& out, const Arguments& args) {
  if (op == TimeOp::kFloorDivide) {
    const Column column = loop_over("floor_divide", out, args);
    return args.result(out, const_cast<void*>(column.data),
                       nonzero(args, 1, {column.validity, column.validity_offset}));
  }
  const Column left = repeated(args[0], args.rows(), args.arena());
  const Column right = repeated(converted(args[1], TypeId::kInt64, args.rows(), args.arena()),
                                args.rows(), args.arena());
  auto* data = args.room<int64_t>();
  for (int64_t i = 0; i < args.rows(); ++i) {
    const int64_t a = left.values<int64_t>()[i], b = right.values<int64_t>()[i];
    data[i] = b == 0 ? 0 : b == -1 ? static_cast<int64_t>(0 - static_cast<uint64_t>(a)) : a / b;
  }
  return args.result(out, data, nonzero(args, 1, args.present(out)));
}

// The sums of int64 that leave their range, among the rows that are present.
Column checked_sum(TimeOp op, const DType& out, const Arguments& args, std::string_view who) {
  const bool add = op == TimeOp::kAdd;
  Column sum = loop_over(add ? "add" : "subtract", out, args);
  const auto* z = sum.values<int64_t>();
  const auto *a = args[0].values<int64_t>(), *b = args[1].values<int64_t>();
  const int64_t step_a = args.is_constant(0) ? 0 : 1, step_b = args.is_constant(1) ? 0 : 1;
  int64_t overflow = 0;
  for (int64_t i = 0; i < args.rows(); ++i) {
    const int64_t x = a[i * step_a], y = add ? b[i * step_b] : ~b[i * step_b];
    overflow |= (x ^ z[i]) & (y ^ z[i]);
  }
  if (overflow >= 0) return sum;
  for (int64_t i = 0; i < args.rows(); ++i) {
    const int64_t x = a[i * step_a], y = add ? b[i * step_b] : ~b[i * step_b];
    require(!sum.valid(i) || ((x ^ z[i]) & (y ^ z[i])) >= 0, ErrorCode::kOverflow,
            "{}: {} and {} leave the range of {}", who, x, b[i * step_b], out.name());
  }
  return sum;
}

// fmax and fmin take the other one where one is missing.
Column present_extreme(TimeOp op, const DType& out, const Arguments& args) {
  const int64_t rows = args.rows();
  const auto* extreme = static_cast<const int64_t*>(
      run_loop(kernels::loops_named(op == TimeOp::kFmax ? "maximum" : "minimum"),
               {TypeId::kInt64, TypeId::kInt64}, args));
  const uint8_t* left = present_bytes(args.present_of(0, false), rows, args.arena());
  const uint8_t* right = present_bytes(args.present_of(1, false), rows, args.arena());
  auto* data = args.room<int64_t>();
  auto* any = args.room<uint8_t>();
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t a = args[0].values<int64_t>()[args[0].at(i)];
    const int64_t b = args[1].values<int64_t>()[args[1].at(i)];
    data[i] = left[i] == 0 ? b : right[i] == 0 ? a : extreme[i];
    any[i] = left[i] | right[i];
  }
  return args.result(out, data, validity_from_bytes(any, rows, args.arena()));
}

Column evaluate(TimeOp op, const ScalarCall& call, const Arguments& args) {
  const DType& out = call.out;
  const bool number = args.size() == 2 && !(call.in[0].is_time() && call.in[1].is_time());
  const bool real = number && (call.in[0].is_float() || call.in[1].is_float());
  switch (op) {
    case TimeOp::kAdd:
    case TimeOp::kSubtract:
      return checked_sum(op, out, args, call.function->name());
    case TimeOp::kMultiply:
      return real ? scaled_by_float(op, out, args) : loop_over("multiply", out, args);
    case TimeOp::kDivide:
      if (!number) return ratio(out, args);
      return real ? scaled_by_float(op, out, args) : divided_by_integer(op, out, args);
    case TimeOp::kFloorDivide:
      if (!number) return loop_over("floor_divide", out, args);
      return real ? scaled_by_float(op, out, args) : divided_by_integer(op, out, args);
    case TimeOp::kRemainder: {
      const Column rest = loop_over("remainder", out, args);
      return args.result(out, const_cast<void*>(rest.data),
                         nonzero(args, 1, {rest.validity, rest.validity_offset}));
    }
    case TimeOp::kNegative:
      return loop_over("negative", out, args);
    case TimeOp::kAbsolute:
      return loop_over("absolute", out, args);
    case TimeOp::kSign:
      return loop_over("sign", out, args);
    case TimeOp::kMaximum:
      return loop_over("maximum", out, args);
    case TimeOp::kMinimum:
      return loop_over("minimum", out, args);
    case TimeOp::kFmax:
    case TimeOp::kFmin:
      return present_extreme(op, out, args);
    case TimeOp::kPositive:
      break;
  }
  return args[0];
}

}  // namespace

bool any_time(std::span<const DType> in) {
  return std::any_of(in.begin(), in.end(), [](const DType& type) { return type.is_time(); });
}

DType time_result(TimeOp op, std::span<const DType> in, std::string_view who) {
  switch (op) {
    case TimeOp::kAdd:
    case TimeOp::kSubtract:
      return sum_type(op, in, who);
    case TimeOp::kMultiply:
      if (is_duration(in[0]) && is_factor(in[1])) return in[0];
      if (is_duration(in[1]) && is_factor(in[0])) return in[1];
      no_meaning(in, who);
    case TimeOp::kDivide:
    case TimeOp::kFloorDivide:
    case TimeOp::kRemainder:
      return quotient_type(op, in, who);
    case TimeOp::kNegative:
    case TimeOp::kAbsolute:
    case TimeOp::kPositive:
    case TimeOp::kSign:
      if (!is_duration(in[0])) no_meaning(in, who);
      return in[0];
    default:
      if (in[0].id != in[1].id || in[0].timezone() != in[1].timezone()) no_meaning(in, who);
      return with_unit(in[0], finest_unit(in));
  }
}

Column time_arithmetic(TimeOp op, const ScalarCall& call, const Arguments& args) {
  const TimeUnit unit = finest_unit(call.in);
  std::vector<Column> in;
  for (size_t i = 0; i < args.size(); ++i) {
    in.push_back(call.in[i].is_time()
                     ? in_unit(args[i], unit, args.rows(), args.arena(), call.function->name())
                     : args[i]);
  }
  return evaluate(op, call, Arguments(in, args.batch(), args.worker()));
}

}  // namespace tharsis::ops
