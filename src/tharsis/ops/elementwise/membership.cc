#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/kernels/select.h"
#include "tharsis/ops/elementwise/lanes.h"
#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/select_columns.h"
#include "tharsis/ops/elementwise/table.h"
#include "tharsis/ops/elementwise/value_index.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

// Functions that look the values of one column up among their parameters.
class Lookup : public ScalarFunction {
 public:
  explicit Lookup(std::string_view name) : name_(name) {}

  std::string_view name() const override { return name_; }
  std::shared_ptr<const void> prepare(const ScalarCall& call) const override {
    return std::make_shared<const ValueIndex>(keys(call), call.in[0], name_);
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    // A missing row may be among the keys: words do not tell.
    if (in[0].validity == nullptr) {
      if (auto column = evaluated_by_words(call, in, batch, worker)) return std::move(*column);
    }
    const Arguments args(in, batch, worker);
    return answer(call, args, call.ready<ValueIndex>().positions(args));
  }

 protected:
  virtual std::vector<Scalar> keys(const ScalarCall& call) const { return call.params; }
  virtual Column answer(const ScalarCall& call, const Arguments& args,
                        const int32_t* positions) const = 0;

 private:
  std::string_view name_;
};

// isin: params are the values. A missing row is among them if the missing value is.
class IsIn final : public Lookup {
 public:
  IsIn() : Lookup("isin") {}
  DType infer(const ScalarCall& call) const override {
    return DType(TypeId::kBool).with_flavour(call.in[0].flavour);
  }

 protected:
  Column answer(const ScalarCall& call, const Arguments& args,
                const int32_t* positions) const override {
    auto* out = args.room<uint8_t>();
    for (int64_t i = 0; i < args.rows(); ++i) out[i] = positions[i] >= 0;
    return args.result(call.out, out);
  }
};

// The narrowest codes for the parameters, -1 for other values and missing ones.
Column narrow_codes(const ScalarCall& call, const Arguments& args, const int32_t* positions) {
  Column codes = args.result(TypeId::kInt32, const_cast<int32_t*>(positions));
  codes = converted(codes, call.out.id, args.rows(), args.arena());
  codes.dtype = call.out;
  return codes;
}

// codes: positions among the parameters.
class Codes final : public Lookup {
 public:
  Codes() : Lookup("codes") {}
  DType infer(const ScalarCall& call) const override { return code_type(call.params.size()); }

 protected:
  Column answer(const ScalarCall& call, const Arguments& args,
                const int32_t* positions) const override {
    return narrow_codes(call, args, positions);
  }
};

// map_values: params are n keys, then n values; what is no key is missing. Whole numbers stay whole
// and carry a bitmap where something is missing.
class MapValues final : public Lookup {
 public:
  MapValues() : Lookup("map_values") {}

  DType infer(const ScalarCall& call) const override {
    require(call.params.size() % 2 == 0, ErrorCode::kInvalidArgument,
            "map_values: {} parameters are not keys and as many values", call.params.size());
    DType type;
    for (size_t i = call.params.size() / 2; i < call.params.size(); ++i) {
      type = promote(type, call.params[i].dtype, name());
    }
    if (type.id == TypeId::kNull) type = TypeId::kFloat64;  // nothing but missing values
    return type.with_flavour(std::max(type.flavour, call.in[0].flavour));
  }

 protected:
  std::vector<Scalar> keys(const ScalarCall& call) const override {
    const auto half = static_cast<int64_t>(call.params.size() / 2);
    return {call.params.begin(), call.params.begin() + half};
  }
  Column answer(const ScalarCall& call, const Arguments& args,
                const int32_t* positions) const override {
    const size_t count = call.params.size() / 2;
    const int64_t width = call.out.width();
    auto* values = static_cast<char*>(args.arena().take(static_cast<int64_t>(count + 1) * width));
    std::vector<Column> kept;  // own the text of the values
    std::vector<uint8_t> there(count);
    for (size_t i = 0; i < count; ++i) {
      Scalar value = call.params[count + i];
      there[i] = !value.missing();
      value.dtype = call.out;
      kept.push_back(constant_column(value));
      std::copy_n(static_cast<const char*>(kept.back().data), width,
                  values + static_cast<int64_t>(i) * width);
    }
    void* data = args.room(call.out);
    kernels::gather(width, values, static_cast<int64_t>(count), positions, data, args.rows());
    auto* present = args.room<uint8_t>();
    bool all = true;
    for (int64_t i = 0; i < args.rows(); ++i) {
      present[i] = positions[i] >= 0 && there[static_cast<size_t>(positions[i])] != 0;
      all &= present[i] != 0;
    }
    Column out = args.result(
        call.out, data, all ? Validity() : validity_from_bytes(present, args.rows(), args.arena()));
    if (call.out.is_string()) {
      out.owner = std::make_shared<const std::vector<Column>>(std::move(kept));
    }
    return out;
  }
};

// cat_codes: the codes of a category column, -1 where it is missing.
class CategoryCodes final : public ScalarFunction {
 public:
  std::string_view name() const override { return "cat_codes"; }
  DType infer(const ScalarCall& call) const override {
    require(call.in[0].is_category(), ErrorCode::kDType, "cat_codes: {} has no categories",
            call.in[0].name());
    return code_type(call.in[0].categories().size());
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const auto* codes = args[0].values<int32_t>();
    if (args[0].validity == nullptr) return narrow_codes(call, args, codes);
    auto* all = args.room<int32_t>();
    const uint8_t* present = present_bytes(args.present_of(0, false), args.rows(), args.arena());
    for (int64_t i = 0; i < args.rows(); ++i) all[i] = present[i] != 0 ? codes[i] : -1;
    return narrow_codes(call, args, all);
  }
};

// between(x, lower, upper); params[0]: "both", "neither", "left" or "right" bounds belong to it.
class Between final : public ScalarFunction {
 public:
  std::string_view name() const override { return "between"; }

  void settle(ScalarCall& call, std::span<Scalar* const> constants) const override {
    for (size_t i = 1; i < 3; ++i) {
      ScalarCall pair = half(call, i);
      Scalar* two[] = {constants[0], constants[i]};
      pair.function->settle(pair, two);
      call.in[i] = pair.in[1];
    }
  }
  DType infer(const ScalarCall& call) const override {
    const ScalarCall lower = half(call, 1), upper = half(call, 2);
    const DType types[] = {lower.function->infer(lower), upper.function->infer(upper)};
    return types[0].with_flavour(flavour_of(types));
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    Column sides[2];
    for (size_t i = 1; i < 3; ++i) {
      ScalarCall pair = half(call, i);
      pair.out = pair.function->infer(pair);
      const Column two[] = {in[0], in[i]};
      sides[i - 1] = pair.function->evaluate(pair, two, batch, worker);
    }
    ScalarCall both{&require_function("logical_and"), {sides[0].dtype, sides[1].dtype}, {}, {}, {}};
    both.out = call.out;
    return both.function->evaluate(both, sides, batch, worker);
  }

 private:
  static ScalarCall half(const ScalarCall& call, size_t bound) {
    const std::string inclusive =
        call.params.empty() ? "both" : std::get<std::string>(call.params[0].value);
    const bool left = inclusive == "both" || inclusive == "left";
    const bool right = inclusive == "both" || inclusive == "right";
    require(left || right || inclusive == "neither", ErrorCode::kInvalidArgument,
            "between: inclusive must be both, neither, left or right, got {}", inclusive);
    ScalarCall pair;
    pair.function = &require_function(bound == 1 ? (left ? "greater_equal" : "greater")
                                                 : (right ? "less_equal" : "less"));
    pair.in = {call.in[0], call.in[bound]};
    return pair;
  }
};

// cut: params are whether the right edge belongs to an interval, whether the lowest edge belongs to
// the first, then the edges, ascending. The number of the interval, -1 outside of them.
class Cut final : public ScalarFunction {
 public:
  std::string_view name() const override { return "cut"; }
  DType infer(const ScalarCall& call) const override {
    require(call.params.size() >= 3, ErrorCode::kInvalidArgument, "cut: no edges given");
    require(call.in[0].is_number() || call.in[0].is_bool() || call.in[0].is_time(),
            ErrorCode::kDType, "cut: not supported for {}", call.in[0].name());
    for (size_t i = 3; i < call.params.size(); ++i) {
      require(call.params[i - 1].as_double() <= call.params[i].as_double(),
              ErrorCode::kInvalidArgument, "cut: the edges must ascend, got {} before {}",
              call.params[i - 1].text(), call.params[i].text());
    }
    return code_type(call.params.size() - 3);
  }
  std::shared_ptr<const void> prepare(const ScalarCall& call) const override {
    std::vector<double> edges;
    for (size_t i = 2; i < call.params.size(); ++i) edges.push_back(call.params[i].as_double());
    return std::make_shared<const std::vector<double>>(std::move(edges));
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const Arguments args(in, batch, worker);
    const auto& edges = call.ready<std::vector<double>>();
    const bool right = call.params[0].as_int() != 0, lowest = call.params[1].as_int() != 0;
    const Column x = converted(args[0], TypeId::kFloat64, args.rows(), args.arena());
    const Validity present = args.present_of(0, false);
    auto* codes = args.room<int32_t>();
    for (int64_t i = 0; i < args.rows(); ++i) {
      codes[i] = present.at(i) ? interval_of(x.values<double>()[i], edges, right, lowest) : -1;
    }
    return narrow_codes(call, args, codes);
  }

 private:
  static int32_t interval_of(double x, const std::vector<double>& edges, bool right, bool lowest) {
    if (x != x) return -1;
    const auto at = right ? std::lower_bound(edges.begin(), edges.end(), x)
                          : std::upper_bound(edges.begin(), edges.end(), x);
    auto number = static_cast<int32_t>(at - edges.begin());
    if (lowest && x == edges.front()) number = 1;
    return number == static_cast<int32_t>(edges.size()) ? -1 : number - 1;
  }
};

}  // namespace

void add_membership(FunctionTable& table) {
  table.add<IsIn>();
  table.add<Codes>();
  table.add<MapValues>();
  table.add<CategoryCodes>();
  table.add<Between>();
  table.add<Cut>();
}

}  // namespace tharsis::ops
