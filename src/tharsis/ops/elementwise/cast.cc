#include <algorithm>
#include <cmath>
#include <limits>

#include "tharsis/base/error.h"
#include "tharsis/ops/elementwise/cast_text.h"
#include "tharsis/ops/elementwise/categories.h"
#include "tharsis/ops/elementwise/lanes.h"
#include "tharsis/ops/elementwise/select_columns.h"
#include "tharsis/ops/elementwise/table.h"
#include "tharsis/ops/elementwise/time_units.h"
#include "tharsis/ops/elementwise/value_index.h"

namespace tharsis::ops {
namespace {

bool is_numeric(const DType& type) { return type.is_number() || type.is_bool(); }

// What a cast is told besides the type.
struct Wish {
  const DType& type;
  bool checked = false;  // pandas' errors for what has no integer, instead of NumPy's bits
  int64_t digits = -1;   // of the fraction of times as text, see cast_text.h
};

Wish wish_of(const ScalarCall& call) {
  Wish wish{call.params[0].dtype};
  if (call.params.size() > 1) wish.checked = call.params[1].as_int() != 0;
  if (call.params.size() > 2) wish.digits = call.params[2].as_int();
  return wish;
}

// NaN and infinity have no integer.
void require_finite(const Column& column, const Wish& wish, const Arguments& args) {
  const Column wide = converted(column, TypeId::kFloat64, args.rows(), args.arena());
  const auto* values = wide.values<double>();
  double all = 0;
  for (int64_t i = 0; i < args.rows(); ++i) all += values[i] - values[i];
  if (all == 0) return;
  for (int64_t i = 0; i < args.rows(); ++i) {
    require(std::isfinite(values[i]) || !column.valid(i), ErrorCode::kInvalidArgument,
            "cast: {} in row {} has no {}; replace or drop it first", values[i],
            row_text(args.batch(), i), wish.type.name());
  }
}

void require_present(const Column& column, const Wish& wish, const Arguments& args) {
  if (column.validity == nullptr) return;
  for (int64_t i = 0; i < args.rows(); ++i) {
    require(column.valid(i), ErrorCode::kInvalidArgument,
            "cast: row {} is missing, which {} cannot be; fill it first", row_text(args.batch(), i),
            wish.type.name());
  }
}

// From NumPy's types to the nullable ones nothing may be lost.
void require_lossless(const Column& from, const Column& to, Validity present,
                      const Arguments& args) {
  const Column back = converted(to, from.dtype.id, args.rows(), args.arena());
  const int64_t width = from.dtype.width();
  const auto *a = static_cast<const char*>(from.data), *b = static_cast<const char*>(back.data);
  if (std::equal(a, a + args.rows() * width, b)) return;
  const Column wide_a = converted(from, TypeId::kFloat64, args.rows(), args.arena());
  const Column wide_b = converted(back, TypeId::kFloat64, args.rows(), args.arena());
  for (int64_t i = 0; i < args.rows(); ++i) {
    const double x = wide_a.values<double>()[i], y = wide_b.values<double>()[i];
    require(x == y || !present.at(i), ErrorCode::kDType,
            "cast: cannot safely cast {} to {}: row {} holds {}", from.dtype.name(),
            to.dtype.name(), row_text(args.batch(), i), x);
  }
}

Column cast_numbers(const Wish& wish, const DType& out, const Arguments& args) {
  const Column& column = args[0];
  const bool to_numpy = out.flavour == Flavour::kNumpy;
  if (to_numpy && !out.is_float()) require_present(column, wish, args);
  if (wish.checked && to_numpy && out.is_integer() && column.dtype.is_float()) {
    require_finite(column, wish, args);
  }
  Column cast = converted(column, out.id, args.rows(), args.arena());
  const Validity present = args.present(out);
  if (!to_numpy && column.dtype.flavour == Flavour::kNumpy && !out.is_float()) {
    cast.dtype = out;
    require_lossless(column, cast, present, args);
  }
  if (present.bits == nullptr || !out.nan_is_missing()) {
    cast.dtype = out;
    cast.validity = present.bits;
    cast.validity_offset = present.offset;
    return cast;
  }
  return in_type(column, out, args.rows(), args.arena(), "cast");
}

constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

// The integers of times; NumPy's int64 shows a missing one as the least number.
Column time_integers(const DType& out, const Arguments& args) {
  Column column = args[0];
  column.dtype = out;
  if (column.validity == nullptr || out.flavour != Flavour::kNumpy) return column;
  const auto* values = args[0].values<int64_t>();
  auto* data = args.room<int64_t>();
  for (int64_t i = 0; i < args.rows(); ++i) data[i] = args[0].valid(i) ? values[i] : kNoTime;
  return args.result(out, data);
}

Column times_of_numbers(const DType& out, const Arguments& args) {
  Column column = converted(args[0], TypeId::kInt64, args.rows(), args.arena());
  column.dtype = out;
  Validity present = args.present_of(0, true);
  const auto* values = column.values<int64_t>();
  if (std::find(values, values + args.rows(), kNoTime) != values + args.rows()) {
    uint8_t* there = present_bytes(present, args.rows(), args.arena());
    for (int64_t i = 0; i < args.rows(); ++i) there[i] &= values[i] != kNoTime;
    present = validity_from_bytes(there, args.rows(), args.arena());
  }
  column.validity = present.bits;
  column.validity_offset = present.offset;
  return column;
}

[[noreturn]] void no_cast(const DType& from, const DType& to) {
  fail(ErrorCode::kDType, "cast: cannot cast {} to {}", from.name(), to.name());
}

void check_times(const DType& from, const DType& to) {
  if (from.is_time() && to.is_time()) {
    if (from.id != to.id) no_cast(from, to);
    require(from.timezone().empty() == to.timezone().empty(), ErrorCode::kDType,
            "cast: cannot cast {} to {}: a time zone is set and taken off by tz_localize",
            from.name(), to.name());
    return;
  }
  const DType& other = from.is_time() ? to : from;
  if (other.is_string() || other.is_category() || other.id == TypeId::kNull) return;
  const bool wide = other.id == TypeId::kInt64 || other.id == TypeId::kUInt64;
  if (to.is_time() ? !other.is_number() : !wide) no_cast(from, to);
}

// params: the type (as a missing value of it), whether unrepresentable numbers are errors, and the
// digits of the fraction of times as text.
class Cast final : public ScalarFunction {
 public:
  std::string_view name() const override { return "cast"; }
  void settle(ScalarCall&, std::span<Scalar* const>) const override {}

  DType infer(const ScalarCall& call) const override {
    require(!call.params.empty(), ErrorCode::kInvalidArgument, "cast: no type given");
    const DType &from = call.in[0], &to = call.params[0].dtype;
    if (to.id == TypeId::kNull) no_cast(from, to);
    if (from.is_time() || to.is_time()) check_times(from, to);
    if (from.is_category() && !to.is_category() && !to.is_time()) {
      label_type(from.categories(), "cast");
    }
    return to;
  }

  std::shared_ptr<const void> prepare(const ScalarCall& call) const override {
    if (!call.out.is_category()) return nullptr;
    return std::make_shared<const ValueIndex>(label_scalars(call.out.categories()), call.in[0],
                                              name());
  }

  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    if (in[0].dtype == call.out) return in[0];
    if (in[0].dtype.is_string() && call.out.is_string()) {
      Column same = in[0];
      same.dtype = call.out;
      return same;
    }
    if (auto column = evaluated_by_words(call, in, batch, worker)) return std::move(*column);
    return cast(call, Arguments(in, batch, worker));
  }

 private:
  static Column cast(const ScalarCall& call, const Arguments& args) {
    const Wish wish = wish_of(call);
    const DType &from = args[0].dtype, &to = call.out;
    if (from.id == TypeId::kNull) return constant_column(missing_scalar(to));
    if (from.is_category() && !(to.is_category())) return from_category(call, args);
    if (to.is_category()) return codes_of(call, args);
    if (to.is_string()) return text_of(to, args, wish.digits);
    if (from.is_string()) return read_text(to, args);
    if (is_numeric(from) && is_numeric(to)) return cast_numbers(wish, to, args);
    if (from.is_time() && to.is_time()) {
      Column column = in_unit(args[0], to.unit, args.rows(), args.arena(), "cast");
      column.dtype = to;
      return column;
    }
    return from.is_time() ? time_integers(to, args) : times_of_numbers(to, args);
  }

  // What is no category is missing.
  static Column codes_of(const ScalarCall& call, const Arguments& args) {
    int32_t* codes = call.ready<ValueIndex>().positions(args);
    auto* present = args.room<uint8_t>();
    bool all = true;
    for (int64_t i = 0; i < args.rows(); ++i) {
      present[i] = codes[i] >= 0;
      all &= codes[i] >= 0;
    }
    if (all) return args.result(call.out, codes);
    return args.result(call.out, codes, validity_from_bytes(present, args.rows(), args.arena()));
  }

  static Column from_category(const ScalarCall& call, const Arguments& args) {
    Column values = category_values(args[0], args.rows(), args.arena(), "cast");
    if (values.dtype.id == call.out.id) {
      values.dtype = call.out;
      return values;
    }
    return cast(call, Arguments({&values, 1}, args.batch(), args.worker()));
  }
};

}  // namespace

void add_cast(FunctionTable& table) { table.add<Cast>(); }

}  // namespace tharsis::ops
