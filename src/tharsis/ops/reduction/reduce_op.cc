#include "tharsis/ops/reduction/reduce_op.h"

#include <algorithm>
#include <deque>
#include <map>

#include "tharsis/base/error.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// The type in which a statistic takes the values of `in`.
TypeId taken_as(const ReductionRow& row, const DType& in) {
  if (in.id == TypeId::kFloat64 || row.in_double) {
    return in.id == TypeId::kFloat32 ? TypeId::kFloat32 : TypeId::kFloat64;
  }
  if (in.id == TypeId::kFloat32) {
    const bool positions = row.statistic == kernels::Statistic::kArgMin ||
                           row.statistic == kernels::Statistic::kArgMax;
    return positions || row.statistic == kernels::Statistic::kNonzero ? TypeId::kFloat64
                                                                      : TypeId::kFloat32;
  }
  if (in.is_bool() && row.statistic == kernels::Statistic::kNonzero) return TypeId::kBool;
  return in.is_signed() ? TypeId::kInt64 : TypeId::kUInt64;
}

// A row over the loops of one type.
class LoopFold final : public Fold {
 public:
  LoopFold(const ReductionRow& row, FinishCall call)
      : row_(row), call_(std::move(call)), takes_(taken_as(row, call_.in)) {
    const bool skip = row.skip_nan && call_.in.is_float();
    loops_ = kernels::fold_loops(row.statistic, kernels::lane_of(takes_.id), skip);
    check(loops_ != nullptr, "a reduction has no loops for its type");
  }

  DType takes() const override { return takes_; }
  int words() const override { return loops_->words; }
  int open_words() const override { return loops_->open_words; }
  bool positional() const override { return row_.one_axis; }
  void leaves(const void* values, int64_t count, int64_t length, int64_t position, int64_t pitch,
              States out) const override {
    loops_->leaves(values, count, length, position, pitch, out.data, out.stride);
  }
  void rows(const void* values, int64_t rows, int64_t width, int64_t first_row, int64_t position,
            int lanes, int64_t pitch, States open) const override {
    loops_->rows(values, rows, width, first_row, position, lanes, pitch, open.data, open.stride);
  }
  void close(States open, int64_t rows, int lanes, int64_t pitch, int64_t width,
             States out) const override {
    loops_->close(open.data, open.stride, rows, lanes, pitch, width, out.data, out.stride);
  }
  void merge(States left, States right, int64_t count, int64_t values_left,
             int64_t values_right) const override {
    loops_->merge(left.data, left.stride, right.data, right.stride, count,
                  static_cast<double>(values_left), static_cast<double>(values_right));
  }
  void finish(States states, int64_t count, int64_t values, void* out) const override {
    if (values == 0 && row_.needs_values && count > 0) fail_no_values(row_.name);
    row_.finish(call_, states, count, values, out);
  }

 private:
  const ReductionRow& row_;
  const FinishCall call_;
  const DType takes_;
  const kernels::FoldLoops* loops_;
};

const std::map<std::string_view, const ReduceOp*>& ops_by_name() {
  static const auto* const kOps = [] {
    static std::deque<ReduceOp> ops;
    auto* by_name = new std::map<std::string_view, const ReduceOp*>;
    for (const auto rows :
         {additive_rows(), extreme_rows(), moment_rows(), truth_rows(), arg_rows()}) {
      for (const ReductionRow& row : rows) (*by_name)[row.name] = &ops.emplace_back(row);
    }
    return by_name;
  }();
  return *kOps;
}

}  // namespace

std::vector<Meta> ReduceOp::infer(const Call& call) const {
  const Meta& in = *call.in[0];
  const ReduceAttrs& attrs = of(call);
  require(in.dtype.is_number() || in.dtype.is_bool(), ErrorCode::kDType, "{} of {} has no meaning",
          row_.name, in.dtype.name());
  const auto rank = static_cast<int64_t>(in.shape.size());
  for (size_t i = 0; i < attrs.axes.size(); ++i) {
    require(attrs.axes[i] >= 0 && attrs.axes[i] < rank, ErrorCode::kAxis,
            "{}: axis {} is out of bounds for array of dimension {}", row_.name, attrs.axes[i],
            rank);
    require(i == 0 || attrs.axes[i - 1] < attrs.axes[i], ErrorCode::kInvalidArgument,
            "{}: duplicate value in 'axis'", row_.name);
  }
  const bool all = static_cast<int64_t>(attrs.axes.size()) == rank;
  require(!row_.one_axis || all || attrs.axes.size() == 1, ErrorCode::kInvalidArgument,
          "{}: along one axis or over all", row_.name);
  std::vector<Dim> shape;
  bool nothing = false, empty = false;
  for (int64_t i = 0; i < rank; ++i) {
    const bool reduced = std::binary_search(attrs.axes.begin(), attrs.axes.end(), i);
    if (reduced) nothing |= in.shape[i].size == 0;
    if (!reduced) empty |= in.shape[i].size == 0;
    if (!reduced) shape.push_back(in.shape[i]);
    if (reduced && attrs.keepdims) shape.push_back(Dim{1});
  }
  if (row_.needs_values && nothing && !empty) fail_no_values(row_.name);
  return {tensor_meta(row_.result(in.dtype), std::move(shape))};
}

Run ReduceOp::run(const Call& call, std::span<const Ref<Value>>) const {
  const DType& in = call.in[0]->dtype;
  FinishCall finish{in, row_.result(in), row_.name, of(call).ddof};
  auto sink = std::make_shared<TileSink>();
  sink->axes = of(call).axes;
  sink->fold = std::make_shared<LoopFold>(row_, std::move(finish));
  return Ref<TileSink>(std::move(sink));
}

DType same_type(const DType& in) { return in; }
DType widest_type(const DType& in) {
  if (in.is_float()) return in;
  return in.is_unsigned() ? TypeId::kUInt64 : TypeId::kInt64;
}
DType float_type(const DType& in) { return in.is_float() ? in : DType(TypeId::kFloat64); }
DType bool_type(const DType&) { return TypeId::kBool; }
DType int64_type(const DType&) { return TypeId::kInt64; }

void fail_no_values(std::string_view name) {
  if (name.find("arg") != std::string_view::npos) {
    fail(ErrorCode::kInvalidArgument, "attempt to get {} of an empty sequence", name);
  }
  fail(ErrorCode::kInvalidArgument,
       "zero-size array to reduction operation {} which has no identity", name);
}

Expr reduce(std::string_view name, const Expr& x, ReduceAttrs attrs) {
  // Without NaN, the mean is a sum and one division: exact where the sum is.
  if (name == "nanmean" && !x.meta().dtype.is_float()) name = "mean";
  const auto at = ops_by_name().find(name);
  check(at != ops_by_name().end(), "there is no such reduction");
  return call(*at->second, std::move(attrs), {x});
}

Expr reduce_all(std::string_view name, const Expr& x, bool keepdims) {
  ReduceAttrs attrs;
  for (size_t i = 0; i < x.meta().shape.size(); ++i) attrs.axes.push_back(static_cast<int64_t>(i));
  attrs.keepdims = keepdims;
  return reduce(name, x, std::move(attrs));
}

void register_reduction_ops() {
  std::vector<const Op*> all;
  for (const auto& [name, op] : ops_by_name()) all.push_back(op);
  register_ops(all);
}

}  // namespace tharsis::ops
