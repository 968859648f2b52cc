#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/datetime/written.h"
#include "tharsis/ops/elementwise/categories.h"
#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/strings.h"
#include "tharsis/ops/elementwise/table.h"
#include "tharsis/ops/elementwise/time_units.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

bool is_numeric(const DType& type) { return type.is_number() || type.is_bool(); }

bool same_times(const DType& a, const DType& b) {
  return a.is_time() && a.id == b.id && a.timezone().empty() == b.timezone().empty();
}

// What can be compared with what.
enum class Way : uint8_t { kNumbers, kTimes, kStrings, kCategories, kNever };

Way way_of(std::span<const DType> in) {
  const DType &a = in[0], &b = in[1];
  if (is_numeric(a) && is_numeric(b)) return Way::kNumbers;
  if (same_times(a, b)) return Way::kTimes;
  if (a.is_string() && b.is_string()) return Way::kStrings;
  if (a.is_category() || b.is_category()) return Way::kCategories;
  return Way::kNever;
}

// A bare number keeps its own type where the column's cannot hold it: NumPy compares exactly.
void settle_number(Scalar& constant, const DType& column) {
  if (!constant.weak || constant.dtype.is_bool()) return;
  if (constant.dtype.is_integer() && column.is_integer() && !weak_fits(constant, column)) {
    constant.dtype.flavour = column.flavour;
    return;
  }
  constant.dtype = weak_type(constant, column, "comparison");
}

class Compare final : public ScalarFunction {
 public:
  Compare(std::string_view name, std::string_view mixed, Comparison comparison)
      : name_(name),
        loops_(kernels::loops_named(name)),
        mixed_(kernels::loops_named(mixed)),
        comparison_(comparison) {}

  std::string_view name() const override { return name_; }
  std::string_view loop() const override { return name_; }

  void settle(ScalarCall& call, std::span<Scalar* const> constants) const override {
    for (size_t i = 0; i < 2; ++i) {
      if (constants[i] == nullptr) continue;
      Scalar& constant = *constants[i];
      const DType& other = call.in[1 - i];
      if (constant.dtype.id == TypeId::kNull) {
        constant.dtype = other;
      } else if (is_numeric(constant.dtype) && is_numeric(other)) {
        settle_number(constant, other);
      } else if (constant.dtype.is_string() && other.is_time() && !constant.missing()) {
        if (auto time = time_from_text(std::get<std::string>(constant.value), other)) {
          constant = std::move(*time);
        }
      }
      call.in[i] = constant.dtype;
    }
  }

  DType infer(const ScalarCall& call) const override {
    const DType &a = call.in[0], &b = call.in[1];
    const Way way = way_of(call.in);
    require(way != Way::kNever || is_equality(), ErrorCode::kDType, "{}: cannot compare {} with {}",
            name_, a.name(), b.name());
    if (way == Way::kCategories) check_categories(a, b);
    return DType(TypeId::kBool).with_flavour(flavour_of(call.in));
  }

  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Way way = way_of(call.in);
    if (way == Way::kStrings) {
      if (auto column = evaluated_by_words(call, in, batch, worker)) {
        const Arguments rows({&*column, 1}, batch, worker);
        return answer(call, rows, static_cast<uint8_t*>(const_cast<void*>(column->data)));
      }
    }
    const Arguments args(in, batch, worker);
    return answer(call, args, values(way, args));
  }

  bool evaluate_into(const ScalarCall& call, std::span<const Column> in, int64_t rows, void* out,
                     Worker& worker) const override {
    if (way_of(call.in) != Way::kNumbers) return false;
    Batch batch;
    batch.rows = rows;
    const Arguments args(in, batch, worker);
    if (args.rows() != rows) return false;
    compare_numbers(args, out);
    return true;
  }

 private:
  bool is_equality() const { return comparison_ <= Comparison::kNotEqual; }

  void check_categories(const DType& a, const DType& b) const {
    if (a.is_category() && b.is_category()) {
      require(a.categories() == b.categories() && a.ordered() == b.ordered(), ErrorCode::kDType,
              "{}: categoricals can only be compared if their categories are the same", name_);
    }
    const DType& category = a.is_category() ? a : b;
    require(is_equality() || category.ordered(), ErrorCode::kDType,
            "{}: unordered categoricals can only be compared for equality", name_);
  }

  uint8_t* values(Way way, const Arguments& args) const {
    switch (way) {
      case Way::kNumbers:
        return compare_numbers(args, args.room<uint8_t>());
      case Way::kTimes:
        return compare_times(args);
      case Way::kStrings:
        return compared_strings(comparison_, args);
      case Way::kCategories:
        return compare_categories(args);
      case Way::kNever:
        break;
    }
    auto* out = args.room<uint8_t>();
    std::fill_n(out, args.rows(), comparison_ == Comparison::kNotEqual);
    return out;
  }

  // Missing in NumPy's flavour is unequal to all and in no order; else it stays missing.
  Column answer(const ScalarCall& call, const Arguments& args, uint8_t* values) const {
    const Validity present = args.present(call.out);
    if (present.bits == nullptr || call.out.flavour != Flavour::kNumpy) {
      return args.result(call.out, values, present);
    }
    const uint8_t* there = present_bytes(present, args.rows(), args.arena());
    const uint8_t missing = comparison_ == Comparison::kNotEqual;
    for (int64_t i = 0; i < args.rows(); ++i) values[i] = there[i] != 0 ? values[i] : missing;
    return args.result(call.out, values);
  }

  uint8_t* compare_numbers(const Arguments& args, void* out) const {
    const TypeId a = args[0].dtype.id, b = args[1].dtype.id;
    const bool high_a = a == TypeId::kUInt64, high_b = b == TypeId::kUInt64;
    if (high_a != high_b && args[0].dtype.is_integer() && args[1].dtype.is_integer()) {
      return compare_signs(args, high_a, out);
    }
    const DType types[] = {args[0].dtype, args[1].dtype};
    const TypeId common = common_number(types, name_);
    return static_cast<uint8_t*>(run_loop(loops_, {common, TypeId::kBool}, args, out));
  }

  // uint64 with any other integer: exactly, not as float64.
  uint8_t* compare_signs(const Arguments& args, bool swapped, void* out) const {
    const Column left = converted(args[swapped ? 1 : 0], TypeId::kInt64, args.rows(), args.arena());
    const Column pair[] = {left, args[swapped ? 0 : 1]};
    const Arguments both(pair, args.batch(), args.worker());
    const kernels::LoopSet& loops =
        swapped ? kernels::loops_named(std::string(mirrored()) + "_unsigned") : mixed_;
    return static_cast<uint8_t*>(run_bits(loops, both, out));
  }
  std::string_view mirrored() const {
    constexpr std::string_view names[] = {"equal",         "not_equal", "greater",
                                          "greater_equal", "less",      "less_equal"};
    return names[static_cast<size_t>(comparison_)];
  }
  // The loop takes both as 64 bits; the second is not to be converted.
  static void* run_bits(const kernels::LoopSet& loops, const Arguments& args, void* out) {
    Column second = args[1];
    second.dtype = TypeId::kInt64;
    const Column pair[] = {args[0], second};
    return run_loop(loops, {TypeId::kInt64, TypeId::kBool},
                    Arguments(pair, args.batch(), args.worker()), out);
  }

  uint8_t* compare_times(const Arguments& args) const {
    const DType types[] = {args[0].dtype, args[1].dtype};
    const TimeUnit unit = finest_unit(types);
    const Column pair[] = {
        in_unit(args[0], unit, args.rows(), args.arena(), name_, Overflow::kSaturate),
        in_unit(args[1], unit, args.rows(), args.arena(), name_, Overflow::kSaturate)};
    return static_cast<uint8_t*>(run_loop(loops_, {TypeId::kInt64, TypeId::kBool},
                                          Arguments(pair, args.batch(), args.worker())));
  }

  uint8_t* compare_categories(const Arguments& args) const {
    if (args[0].dtype.is_category() && args[1].dtype.is_category()) return compare_codes(args);
    const size_t coded = args[0].dtype.is_category() ? 0 : 1;
    if (args.is_constant(1 - coded)) return compare_with_label(args, coded);
    const Column values = category_values(args[coded], args.rows(), args.arena(), name_);
    const Column pair[] = {coded == 0 ? values : args[0], coded == 0 ? args[1] : values};
    const Arguments both(pair, args.batch(), args.worker());
    const DType types[] = {pair[0].dtype, pair[1].dtype};
    return this->values(way_of(types), both);
  }
  uint8_t* compare_codes(const Arguments& args) const {
    return static_cast<uint8_t*>(run_loop(loops_, {TypeId::kInt32, TypeId::kBool}, args));
  }
  // A value that is no category is unequal to all; there is no order with it.
  uint8_t* compare_with_label(const Arguments& args, size_t coded) const {
    const Scalar label = memory::scalar_at(args[1 - coded], 0);
    const auto code = code_of(label, args[coded].dtype.categories());
    require(code || is_equality(), ErrorCode::kInvalidArgument, "{}: {} is not a category", name_,
            label.text());
    const Column value = constant_column({TypeId::kInt32, int64_t{code.value_or(-2)}});
    const Column pair[] = {coded == 0 ? args[0] : value, coded == 0 ? value : args[1]};
    return compare_codes(Arguments(pair, args.batch(), args.worker()));
  }

  std::string_view name_;
  const kernels::LoopSet& loops_;
  const kernels::LoopSet& mixed_;
  Comparison comparison_;
};

}  // namespace

void add_comparison(FunctionTable& table) {
  table.add<Compare>("equal", "equal_unsigned", Comparison::kEqual);
  table.add<Compare>("not_equal", "not_equal_unsigned", Comparison::kNotEqual);
  table.add<Compare>("less", "less_unsigned", Comparison::kLess);
  table.add<Compare>("less_equal", "less_equal_unsigned", Comparison::kLessEqual);
  table.add<Compare>("greater", "greater_unsigned", Comparison::kGreater);
  table.add<Compare>("greater_equal", "greater_equal_unsigned", Comparison::kGreaterEqual);
}

}  // namespace tharsis::ops
