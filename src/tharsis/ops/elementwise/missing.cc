#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/kernels/select.h"
#include "tharsis/ops/datetime/written.h"
#include "tharsis/ops/elementwise/lanes.h"
#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/select_columns.h"
#include "tharsis/ops/elementwise/table.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

// A missing value next to NumPy's integers makes floats of them, as in pandas.
DType type_with_missing(const DType& type, std::string_view who) {
  if (type.flavour != Flavour::kNumpy) return type;
  if (type.is_integer()) return TypeId::kFloat64;
  require(!type.is_bool(), ErrorCode::kUnsupported,
          "{}: bool has no missing values; cast to boolean first", who);
  return type;
}

// Gives constants the type of the values from `first` on that are no constants.
void settle_values(ScalarCall& call, std::span<Scalar* const> constants, size_t first,
                   std::string_view who) {
  std::optional<DType> strong;
  for (size_t i = first; i < constants.size(); ++i) {
    const bool bare =
        constants[i] != nullptr && (constants[i]->weak || constants[i]->dtype.id == TypeId::kNull);
    if (!bare) strong = strong ? promoted(*strong, call.in[i]).value_or(*strong) : call.in[i];
  }
  for (size_t i = first; i < constants.size(); ++i) {
    if (constants[i] == nullptr || !strong) continue;
    Scalar& constant = *constants[i];
    const bool text = constant.dtype.is_string() && !constant.missing();
    if (constant.dtype.id == TypeId::kNull) {
      constant.dtype = type_with_missing(*strong, who);
    } else if (text && strong->is_time()) {
      const std::string& written = std::get<std::string>(constant.value);
      auto time = time_from_text(written, *strong);
      require(time.has_value(), ErrorCode::kInvalidArgument, "{}: '{}' is no time", who, written);
      constant = std::move(*time);
    } else if (constant.weak && !strong->is_category()) {
      constant.dtype = weak_type(constant, *strong, who);
    }
    call.in[i] = constant.dtype;
  }
}

DType common_type(std::span<const DType> in, std::string_view who) {
  DType common = in[0];
  for (const DType& type : in.subspan(1)) common = either_type(common, type, who);
  return common.with_flavour(flavour_of(in));
}

bool is_missing_type(const DType& type) { return type.id == TypeId::kNull; }

class IsMissing final : public ScalarFunction {
 public:
  IsMissing(std::string_view name, bool missing) : name_(name), missing_(missing) {}

  std::string_view name() const override { return name_; }
  DType infer(const ScalarCall&) const override { return TypeId::kBool; }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    Column column = in[0];
    if (column.encoding == Encoding::kDictionary && column.dictionary->validity == nullptr) {
      column.encoding = Encoding::kFlat;  // the words do not matter
      column.dtype = TypeId::kInt32;
      column.dictionary.reset();
    }
    const Arguments args({&column, 1}, batch, worker);
    uint8_t* bytes = present_bytes(args.present_of(0, true), args.rows(), args.arena());
    if (is_missing_type(column.dtype)) std::fill_n(bytes, args.rows(), 0);
    for (int64_t i = 0; i < args.rows(); ++i) bytes[i] ^= static_cast<uint8_t>(missing_);
    return args.result(call.out, bytes);
  }

 private:
  std::string_view name_;
  bool missing_;
};

// where(condition, a, b): a where the condition holds; a missing condition does not. mask is the
// opposite.
class Where final : public ScalarFunction {
 public:
  Where(std::string_view name, bool wanted) : name_(name), wanted_(wanted) {}

  std::string_view name() const override { return name_; }
  void settle(ScalarCall& call, std::span<Scalar* const> constants) const override {
    settle_values(call, constants, 1, name_);
  }
  DType infer(const ScalarCall& call) const override {
    const DType& condition = call.in[0];
    require(condition.is_bool() || condition.is_number(), ErrorCode::kDType,
            "{}: the condition must be bool, got {}", name_, condition.name());
    return common_type(std::span(call.in).subspan(1), name_);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    if (as_they_are(call, in)) {
      void* data = worker.arena.take(batch.rows * call.out.width());
      select(call, in, batch.rows, data);
      Column out;
      out.dtype = call.out;
      out.data = data;
      return out;
    }
    const Arguments args(in, batch, worker);
    const int64_t rows = args.rows();
    memory::Arena& arena = args.arena();
    const Column condition = repeated(converted(args[0], TypeId::kBool, rows, arena), rows, arena);
    const auto* holds = condition.values<uint8_t>();
    if (condition.validity != nullptr) {
      auto* known = present_bytes({condition.validity, condition.validity_offset}, rows, arena);
      for (int64_t i = 0; i < rows; ++i) known[i] &= holds[i];
      holds = known;
    }
    const Column a = in_type(args[1], call.out, rows, arena, name_);
    const Column b = in_type(args[2], call.out, rows, arena, name_);
    return wanted_ ? selected(holds, a, b, call.out, args) : selected(holds, b, a, call.out, args);
  }
  bool evaluate_into(const ScalarCall& call, std::span<const Column> in, int64_t rows, void* out,
                     Worker&) const override {
    if (!as_they_are(call, in)) return false;
    select(call, in, rows, out);
    return true;
  }

 private:
  // A flat bool, values of the type of the result, nothing missing.
  static bool as_they_are(const ScalarCall& call, std::span<const Column> in) {
    for (const Column& column : in) {
      if (column.validity != nullptr || column.encoding == Encoding::kDictionary) return false;
    }
    const auto ready = [&](const DType& type) {
      return type.id == call.out.id && (!type.is_time() || type.unit == call.out.unit);
    };
    return in[0].dtype.is_bool() && in[0].encoding == Encoding::kFlat && ready(in[1].dtype) &&
           ready(in[2].dtype) && !call.out.is_category();
  }
  void select(const ScalarCall& call, std::span<const Column> in, int64_t rows, void* out) const {
    const Column &a = wanted_ ? in[1] : in[2], &b = wanted_ ? in[2] : in[1];
    kernels::select(call.out.width(), in[0].values<uint8_t>(), a.data,
                    a.encoding == Encoding::kConstant ? 0 : 1, b.data,
                    b.encoding == Encoding::kConstant ? 0 : 1, out, rows);
  }
  std::string_view name_;
  bool wanted_;
};

// fillna(x, value) and coalesce(a, b, …): the first that is present.
class Coalesce final : public ScalarFunction {
 public:
  explicit Coalesce(std::string_view name) : name_(name) {}

  std::string_view name() const override { return name_; }
  void settle(ScalarCall& call, std::span<Scalar* const> constants) const override {
    settle_values(call, constants, 0, name_);
  }
  DType infer(const ScalarCall& call) const override { return common_type(call.in, name_); }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Column& first = in[0];
    const bool whole_words =
        first.encoding != Encoding::kDictionary || first.dictionary->validity == nullptr;
    const bool whole = first.validity == nullptr && !first.dtype.nan_is_missing() && whole_words;
    if (whole && first.dtype == call.out) return first;
    const Arguments args(in, batch, worker);
    const int64_t rows = args.rows();
    Column out = in_type(args[0], call.out, rows, args.arena(), name_);
    for (size_t i = 1; i < args.size(); ++i) {
      const Arguments so_far({&out, 1}, batch, worker);
      if (so_far.present_of(0, true).bits == nullptr) break;
      const Column flat = repeated(out, rows, args.arena());
      const Arguments one({&flat, 1}, batch, worker);
      const uint8_t* present = present_bytes(one.present_of(0, true), rows, args.arena());
      const Column next = in_type(args[i], call.out, rows, args.arena(), name_);
      out = selected(present, flat, next, call.out, args);
    }
    return out;
  }

 private:
  std::string_view name_;
};

// clip(x, lower, upper): a bound that is missing, for all rows or for some, does not bound.
class Clip final : public ScalarFunction {
 public:
  std::string_view name() const override { return "clip"; }
  void settle(ScalarCall& call, std::span<Scalar* const> constants) const override {
    for (size_t i = 1; i < constants.size(); ++i) {
      if (constants[i] != nullptr && constants[i]->missing()) {
        constants[i]->dtype = call.in[i] = TypeId::kNull;
      }
    }
    std::vector<Scalar*> bounds(constants.begin(), constants.end());
    for (size_t i = 1; i < bounds.size(); ++i) {
      if (bounds[i] == nullptr || bounds[i]->dtype.id == TypeId::kNull) continue;
      ScalarCall pair{call.function, {call.in[0], call.in[i]}, {}, {}, {}};
      Scalar* two[] = {nullptr, bounds[i]};
      settle_values(pair, two, 0, name());
      call.in[i] = pair.in[1];
    }
  }
  DType infer(const ScalarCall& call) const override {
    DType type = call.in[0];
    require(type.is_number() || type.is_bool() || type.is_time(), ErrorCode::kDType,
            "clip: not supported for {}", type.name());
    for (const DType& bound : std::span(call.in).subspan(1)) {
      if (!is_missing_type(bound)) type = promote(type, bound, name());
    }
    return type;
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    Column out = in_type(args[0], call.out, args.rows(), args.arena(), name());
    if (args.size() > 1) out = bounded("at_least", std::move(out), args[1], call.out, args);
    if (args.size() > 2) out = bounded("at_most", std::move(out), args[2], call.out, args);
    return out;
  }

 private:
  Column bounded(std::string_view loops, Column x, const Column& bound, const DType& type,
                 const Arguments& args) const {
    if (is_missing_type(bound.dtype)) return x;
    const Column limit = in_type(bound, type, args.rows(), args.arena(), name());
    const Column pair[] = {x, limit};
    const Arguments two(pair, args.batch(), args.worker());
    const Validity present = two.present_of(0, false);
    void* data = run_loop(kernels::loops_named(loops), {type.id, type.id}, two);
    Column out = two.result(type, data, present);
    if (limit.validity == nullptr) return out;
    const uint8_t* bounds = present_bytes(two.present_of(1, false), two.rows(), args.arena());
    return selected(bounds, out, x, type, two);
  }
};

}  // namespace

void add_missing(FunctionTable& table) {
  table.add<IsMissing>("isna", true);
  table.add<IsMissing>("notna", false);
  table.add<IsMissing>("isnat", true);
  table.add<Where>("where", true);
  table.add<Where>("mask", false);
  table.add<Coalesce>("fillna");
  table.add<Coalesce>("coalesce");
  table.add<Clip>();
}

}  // namespace tharsis::ops
