#include "tharsis/ops/elementwise/numeric.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

// The least float that holds the type, of those the engine has.
TypeId float_for(TypeId type) {
  switch (type) {
    case TypeId::kBool:
    case TypeId::kInt8:
    case TypeId::kUInt8:
    case TypeId::kInt16:
    case TypeId::kUInt16:
    case TypeId::kFloat32:
      return TypeId::kFloat32;
    default:
      return TypeId::kFloat64;
  }
}

[[noreturn]] void no_loop(std::span<const DType> in, std::string_view who) {
  std::string types;
  for (const DType& type : in) types += (types.empty() ? "" : ", ") + type.name();
  fail(ErrorCode::kDType, "{}: not supported for {}", who, types);
}

const kernels::LoopSet& loops_or_none(std::string_view name) {
  static const kernels::LoopSet none;
  return name.empty() ? none : kernels::loops_named(name);
}

bool has_float(TypeId type) { return DType(type).is_float(); }

}  // namespace

Flavour flavour_of(std::span<const DType> in) {
  Flavour flavour = Flavour::kNumpy;
  for (const DType& type : in) flavour = std::max(flavour, type.flavour);
  return flavour;
}

TypeId common_number(std::span<const DType> in, std::string_view who) {
  DType common = in[0];
  for (const DType& type : in) {
    if (!type.is_number() && !type.is_bool()) no_loop(in, who);
    common = type.id == common.id ? common : promote(common, type, who);
  }
  return common.id;
}

LoopTypes same_type(std::span<const DType> in, std::string_view who) {
  const TypeId type = common_number(in, who);
  return {type, type};
}

LoopTypes same_number(std::span<const DType> in, std::string_view who) {
  const TypeId type = common_number(in, who);
  require(type != TypeId::kBool, ErrorCode::kDType,
          "{}: not supported for bool; use logical_not, logical_xor or an integer type", who);
  return {type, type};
}

LoopTypes same_or_int8(std::span<const DType> in, std::string_view who) {
  TypeId type = common_number(in, who);
  if (type == TypeId::kBool) type = TypeId::kInt8;
  return {type, type};
}

LoopTypes same_integer(std::span<const DType> in, std::string_view who) {
  const LoopTypes types = same_or_int8(in, who);
  if (has_float(types.compute)) no_loop(in, who);
  return types;
}

LoopTypes same_bits(std::span<const DType> in, std::string_view who) {
  const TypeId type = common_number(in, who);
  if (has_float(type)) no_loop(in, who);
  return {type, type};
}

LoopTypes same_bool(std::span<const DType> in, std::string_view who) {
  common_number(in, who);
  return {TypeId::kBool, TypeId::kBool};
}

LoopTypes float_of_width(std::span<const DType> in, std::string_view who) {
  common_number(in, who);
  TypeId type = TypeId::kFloat32;
  for (const DType& each : in) type = std::max(type, float_for(each.id));
  return {type, type};
}

LoopTypes float_quotient(std::span<const DType> in, std::string_view who) {
  const TypeId type = common_number(in, who);
  return has_float(type) ? LoopTypes{type, type} : LoopTypes{TypeId::kFloat64, TypeId::kFloat64};
}

LoopTypes always_float64(std::span<const DType> in, std::string_view who) {
  common_number(in, who);
  return {TypeId::kFloat64, TypeId::kFloat64};
}

LoopTypes bool_of_float(std::span<const DType> in, std::string_view who) {
  return {float_of_width(in, who).compute, TypeId::kBool};
}

NumericFunction::NumericFunction(std::string_view name, std::string_view loops, TypeRule rule)
    : name_(name), loops_(loops_or_none(loops)), rule_(rule) {}

// A bare number need not fit the other's type where it is computed as another: as truth, as a
// double in any case, or an integer as a float.
void NumericFunction::settle(ScalarCall& call, std::span<Scalar* const> constants) const {
  const bool always = rule_ == always_float64 || rule_ == same_bool;
  const bool floats = rule_ == float_of_width || rule_ == float_quotient;
  for (size_t i = 0; call.in.size() == 2 && i < 2; ++i) {
    const DType& other = call.in[1 - i];
    if (constants[i] == nullptr || !constants[i]->weak) continue;
    if (!other.is_number() && !other.is_bool()) continue;
    if (!always && !(floats && constants[i]->dtype.is_integer() && !other.is_float())) continue;
    TypeId type = rule_ == same_bool ? constants[i]->dtype.id : TypeId::kFloat64;
    if (floats && !other.is_bool()) type = rule_({&other, 1}, name_).compute;
    constants[i]->dtype = call.in[i] = DType(type).with_flavour(other.flavour);
    constants[i]->weak = false;
    return;
  }
  ScalarFunction::settle(call, constants);
}

DType NumericFunction::infer(const ScalarCall& call) const {
  return DType(rule_(call.in, name_).out).with_flavour(flavour_of(call.in));
}

Column NumericFunction::evaluate(const ScalarCall& call, std::span<const Column> in,
                                 const Batch& batch, Worker& worker) const {
  const Arguments args(in, batch, worker);
  return evaluate_as(rule_(call.in, name_), call, args);
}

bool NumericFunction::evaluate_into(const ScalarCall& call, std::span<const Column> in,
                                    int64_t rows, void* out, Worker& worker) const {
  const LoopTypes types = rule_(call.in, name_);
  if (loops_.at(kernels::lane_of(types.compute)) == nullptr) return false;
  Batch batch;
  batch.rows = rows;
  const Arguments args(in, batch, worker);
  if (args.rows() != rows) return false;
  run_loop(loops_, types, args, out);
  return true;
}

Column NumericFunction::evaluate_as(LoopTypes types, const ScalarCall& call,
                                    const Arguments& args) const {
  if (loops_.at(kernels::lane_of(types.compute)) == nullptr) {
    Column same = converted(args[0], types.out, args.rows(), args.arena());
    same.dtype = call.out;
    return same;
  }
  void* data = run_loop(loops_, types, args);
  if (call.out.flavour != Flavour::kNullable) {
    return args.result(call.out, data, args.present(call.out));
  }
  return nan_to_missing(args.result(call.out, data, args.present(call.out)), args);
}

Column nan_to_missing(Column column, const Arguments& args) {
  if (column.dtype.flavour != Flavour::kNullable || !column.dtype.is_float()) return column;
  static const kernels::LoopSet& isnan = kernels::loops_named("isnan");
  auto* bytes = args.room<uint8_t>();
  isnan.at(kernels::lane_of(column.dtype.id))(&column.data, bytes, args.rows());
  if (std::find(bytes, bytes + args.rows(), 1) == bytes + args.rows()) return column;
  for (int64_t i = 0; i < args.rows(); ++i) bytes[i] ^= 1;
  const Validity numbers = validity_from_bytes(bytes, args.rows(), args.arena());
  const Validity validity =
      both_present({column.validity, column.validity_offset}, numbers, args.rows(), args.arena());
  column.validity = validity.bits;
  column.validity_offset = validity.offset;
  return column;
}

}  // namespace tharsis::ops
