#include "tharsis/ops/relational/groupby/aggregate.h"

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/groupby/quantile.h"

namespace tharsis::ops {

void Accumulator::absorb(Accumulator& other, StateRows& other_states,
                         std::span<const uint32_t> theirs, const uint32_t* ours,
                         StateRows& states) {
  std::vector<Column> columns;
  other.write(theirs, other_states, columns);
  merge(columns, ours, static_cast<int64_t>(theirs.size()), states);
}

int64_t Accumulator::growth_max(const Column&, int64_t rows) const {
  return std::max(bytes(), rows * 16);
}

namespace {

DType float_for(const DType& in) {
  return (in.id == TypeId::kFloat32 ? DType(TypeId::kFloat32) : DType(TypeId::kFloat64))
      .with_flavour(in.flavour);
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (const std::string_view other : names) {
    if (name == other) return true;
  }
  return false;
}

}  // namespace

DType aggregate_type(const Aggregate& aggregate, const DType& in) {
  const std::string& f = aggregate.function;
  const auto numeric = [&](bool times) {
    require(in.is_number() || in.is_bool() || (times && in.is_time()), ErrorCode::kDType,
            "group-by: {} has no meaning for a column of {}", f, in.name());
  };
  if (is_one_of(f, {"size", "count", "nunique", "first_row", "last_row"})) return TypeId::kInt64;
  if (is_one_of(f, {"first", "last", "first_any", "last_any"})) return in;
  if (f == "min" || f == "max") {
    require(!in.is_category() || in.ordered(), ErrorCode::kDType,
            "group-by: {} has no meaning for categories without order", f);
    return in;
  }
  if (f == "any" || f == "all") {
    numeric(false);
    return TypeId::kBool;
  }
  if (f == "prod") {
    numeric(false);
    if (in.is_float()) return in;
    return DType(in.is_unsigned() ? TypeId::kUInt64 : TypeId::kInt64).with_flavour(in.flavour);
  }
  if (f == "quantile") {
    require(in.is_number(), ErrorCode::kDType, "quantile has no meaning for a column of {}",
            in.name());
    require(aggregate.quantile >= 0 && aggregate.quantile <= 1, ErrorCode::kInvalidArgument,
            "quantile: percentiles should all be in the interval [0, 1], got {}",
            aggregate.quantile);
    interpolation(aggregate.interpolation);
    return DType(TypeId::kFloat64).with_flavour(in.flavour);
  }
  if (f == "sum") {
    require(in.id != TypeId::kTimestamp, ErrorCode::kDType,
            "group-by: sum has no meaning for a column of {}", in.name());
    numeric(true);
    if (in.is_float() || in.is_time()) return in;
    return DType(in.is_unsigned() ? TypeId::kUInt64 : TypeId::kInt64).with_flavour(in.flavour);
  }
  if (f == "mean") {
    numeric(true);
    return in.is_time() ? in : float_for(in);
  }
  if (is_one_of(f, {"var", "std", "sem", "median"})) {
    numeric(false);
    return float_for(in);
  }
  fail(ErrorCode::kUnsupported, "group-by: there is no native aggregate '{}'", f);
}

std::unique_ptr<Accumulator> make_accumulator(const Aggregate& aggregate, const DType& in) {
  const std::string& f = aggregate.function;
  const DType out = aggregate_type(aggregate, in);
  if (f == "size") return make_size();
  if (f == "count") return make_count();
  if (f == "first_row" || f == "last_row") return make_position(f == "last_row");
  if (f == "sum") return make_sum(in, out, false, aggregate.min_count);
  if (f == "mean") return make_sum(in, out, true, 0);
  if (f == "min" || f == "max") return make_extreme(in, f == "min");
  if (f == "first" || f == "last") return make_choice(in, f == "last", false);
  if (f == "first_any" || f == "last_any") return make_choice(in, f == "last_any", true);
  if (f == "prod") return make_product(out, aggregate.min_count);
  if (f == "var") return make_moments(out, Spread::kVar, aggregate.ddof);
  if (f == "std") return make_moments(out, Spread::kStd, aggregate.ddof);
  if (f == "sem") return make_moments(out, Spread::kSem, aggregate.ddof);
  if (f == "median") return make_quantile(in, out, {0.5, Quantile::kMidpoint});
  if (f == "quantile") {
    const Quantile quantile{aggregate.quantile, interpolation(aggregate.interpolation)};
    return make_quantile(in, out, quantile);
  }
  if (f == "nunique") return make_distinct(in);
  return make_truth(f == "any");
}

}  // namespace tharsis::ops
