#include "tharsis/plan/estimate.h"

#include <algorithm>
#include <unordered_set>

#include "tharsis/memory/value.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/join/probe.h"

namespace tharsis::plan {
namespace {

using ops::JoinHow;

// Without statistics of values: what System R assumed, and what has been good enough since.
constexpr double kEqual = 0.1;         // column = constant
constexpr double kRange = 1.0 / 3;     // column < constant
constexpr double kBetween = 1.0 / 4;   // both bounds
constexpr double kMissing = 0.1;       // a cell is missing
constexpr double kUnknown = 0.5;       // any other mask
constexpr double kRowsPerGroup = 10;   // of one key that is not small by its type
constexpr double kUnknownRows = 1e6;   // of a source that cannot tell
constexpr double kPartnerless = 0.5;   // rows of a semi or anti join
constexpr double kStoreNsPer8 = 1.6;   // to write and read eight bytes once more
constexpr double kReadNsPer8 = 1.0;    // to read eight bytes from outside
constexpr double kMoveNsPer8 = 1.0;    // to gather or compress eight bytes
constexpr double kBreakNsPerRow = 20;  // hash, sort or fold one row
constexpr double kProbeNsPerRow = 15;

Traits traits_of(const Node& node) { return node.call.op->traits(node.call); }

double elements(const Meta& meta) {
  double n = 1;
  for (const Dim& dim : meta.shape) {
    if (!dim.known()) return -1;
    n *= static_cast<double>(dim.size);
  }
  return n;
}

double width8(const Meta& meta) {
  if (meta.kind == Kind::kTensor) return static_cast<double>(meta.dtype.width()) / 8;
  double sum = 0;
  for (size_t i = 0; i < meta.num_fields(); ++i) {
    const DType& dtype = meta.field(i).dtype;
    sum += dtype.is_string() ? 3 : static_cast<double>(dtype.width()) / 8;
  }
  return sum;
}

// Different values of a key among `rows` rows.
double distinct(const DType& dtype, double rows) {
  if (dtype.is_bool()) return std::min(rows, 2.0);
  if (dtype.width() == 1) return std::min(rows, 256.0);
  return std::max(std::min(rows, 1.0), rows / kRowsPerGroup);
}

// No keys: one row. Several keys: their combinations, of which there are no more than rows.
double groups(const ops::GroupByAttrs& attrs, const Meta& in, double rows) {
  if (attrs.keys.empty()) return 1;
  double count = 1;
  for (const int64_t key : attrs.keys) count *= distinct(in.field(key).dtype, rows);
  return std::min(count, rows);
}

// Every row of the larger side has one partner: a key that names rows of the other side.
double joined(JoinHow how, double left, double right) {
  switch (how) {
    case JoinHow::kInner:
      return std::min(left, right) == 0 ? 0 : std::max(left, right);
    case JoinHow::kLeft:
      return std::max(left, left == 0 ? 0 : right);
    case JoinHow::kRight:
      return std::max(right, right == 0 ? 0 : left);
    case JoinHow::kOuter:
      return left + right;
    case JoinHow::kSemi:
    case JoinHow::kAnti:
      return left * kPartnerless;
    case JoinHow::kMark:
      return left;
  }
  return left;
}

// Python's range(rows)[start:stop:step].
double sliced(const ops::SliceAttrs& attrs, double rows) {
  const auto place = [&](int64_t bound) {
    const auto at = static_cast<double>(bound);
    return std::clamp(bound < 0 ? rows + at : at, 0.0, rows);
  };
  const double length = attrs.step > 0 ? place(attrs.stop) - place(attrs.start)
                                       : place(attrs.start) - place(attrs.stop);
  return std::max(0.0, length / static_cast<double>(std::abs(attrs.step)));
}

}  // namespace

double selectivity(const Expr& mask) {
  const Node& node = *mask.node;
  if (node.stored != nullptr) return kUnknown;
  if (traits_of(node).way == Traits::kView && node.inputs.size() == 1)
    return selectivity(node.inputs[0]);
  if (node.call.op->name() != "compute") return kUnknown;
  const auto& attrs = node.call.attrs.as<ops::ComputeAttrs>();
  const std::string& function = attrs.function;
  if (function == "equal") return kEqual;
  if (function == "not_equal") return 1 - kEqual;
  if (function == "less" || function == "less_equal" || function == "greater" ||
      function == "greater_equal") {
    return kRange;
  }
  if (function == "between") return kBetween;
  if (function == "isin")
    return std::min(kUnknown, kEqual * static_cast<double>(attrs.params.size()));
  if (function == "isna") return kMissing;
  if (function == "notna") return 1 - kMissing;
  double product = 1, both_fail = 1;
  for (const Expr& input : node.inputs) {
    if (function != "logical_and" && function != "logical_or" && function != "logical_not") break;
    const double part = selectivity(input);
    product *= part;
    both_fail *= 1 - part;
  }
  if (node.inputs.empty()) return kUnknown;
  if (function == "logical_and") return product;
  if (function == "logical_or") return 1 - both_fail;
  if (function == "logical_not") return both_fail;
  return kUnknown;
}

Estimates::Estimates(const std::vector<Expr>& roots) {
  for (const Node* node : topological(roots)) rows_[node] = rule(*node);
}

double Estimates::rows(const Node* node) const {
  const auto at = rows_.find(node);
  return at == rows_.end() ? -1 : at->second;
}

double Estimates::input_rows(const Node& node) const {
  if (!node.inputs.empty()) return std::max(0.0, rows_of(node.inputs[0]));
  if (traits_of(node).way != Traits::kSource) return kUnknownRows;
  // A source that leaves out rows knows how many it looks at.
  const Run run = node.call.op->run(node.call, {});
  const auto* source = std::get_if<Ref<Source>>(&run);
  if (source == nullptr || (*source)->rows() < 0) return kUnknownRows;
  return static_cast<double>((*source)->rows());
}

double Estimates::rule(const Node& node) const {
  const Meta& meta = *node.out[0];
  if (meta.kind == Kind::kObject) return -1;
  if (const auto& value = stored_value({node.shared_from_this(), 0})) {
    return meta.kind == Kind::kFrame ? static_cast<double>(value->rows()) : elements(value->meta);
  }
  if (const double known = elements(meta); known >= 0) return known;
  const std::string_view op = node.call.op->name();
  const double in = input_rows(node);
  if (op == "filter" || op == "select") return in * selectivity(node.inputs[1]);
  if (op == "slice") return sliced(node.call.attrs.as<ops::SliceAttrs>(), in);
  if (op == "head")
    return std::min(in, static_cast<double>(node.call.attrs.as<ops::HeadAttrs>().rows));
  if (op == "group_by")
    return groups(node.call.attrs.as<ops::GroupByAttrs>(), *node.call.in[0], in);
  if (op == "join") {
    return joined(node.call.attrs.as<ops::JoinAttrs>().how, in,
                  std::max(0.0, rows_of(node.inputs[1])));
  }
  if (op == "join_probe") {
    const double right = node.inputs.size() > 2 ? std::max(0.0, rows_of(node.inputs[2])) : 0;
    return joined(node.call.attrs.as<ops::ProbeAttrs>().join.how, in, right == 0 ? in : right);
  }
  if (op == "concat_rows") {
    double sum = 0;
    for (const Expr& input : node.inputs) sum += std::max(0.0, rows_of(input));
    return sum;
  }
  if (op == "pivot")
    return in / std::max<double>(
                    1, static_cast<double>(node.call.attrs.as<ops::PivotAttrs>().keys.size()));
  if (op == "take" && node.inputs.size() > 1) return std::max(0.0, rows_of(node.inputs[1]));
  return in;  // rows keep their number
}

double Estimates::own_ns(const Node& node) const {
  const double in = node.inputs.empty() ? 0 : std::max(0.0, rows_of(node.inputs[0]));
  const double out = std::max(0.0, rows(&node));
  const double moved = out * width8(*node.out[0]);
  switch (traits_of(node).way) {
    case Traits::kView:
      return 0;
    case Traits::kSource:
      return moved * kReadNsPer8;
    case Traits::kElementwise: {
      uint32_t fields = 0;
      std::vector<std::vector<uint32_t>> slots;
      for (const auto& meta : node.call.in) {
        std::vector<uint32_t>& one = slots.emplace_back();
        const size_t width = meta->kind == Kind::kFrame ? meta->num_fields() : 1;
        for (size_t i = 0; i < width; ++i) one.push_back(fields++);
      }
      Program program(fields);
      node.call.op->emit(node.call, slots, program);
      double sum = 0;
      for (const Instruction& instruction : program.instructions())
        sum += instruction.call.function->cost_ns(instruction.call);
      return sum * out;
    }
    case Traits::kRowwise:
      return moved * kMoveNsPer8 + in * (node.call.op->name() == "join_probe" ? kProbeNsPerRow : 1);
    default:
      return in * kBreakNsPerRow + moved * kMoveNsPer8;
  }
}

double Estimates::make_ns(const Node* node) const {
  double sum = 0;
  std::unordered_set<const Node*> seen{node};
  std::vector<const Node*> stack{node};
  while (!stack.empty()) {
    const Node* top = stack.back();
    stack.pop_back();
    if (top->stored != nullptr) {
      sum += std::max(0.0, rows(top)) * width8(*top->out[0]) * kReadNsPer8 / 4;
      continue;
    }
    sum += own_ns(*top);
    for (const Expr& input : top->inputs) {
      if (seen.insert(input.node.get()).second) stack.push_back(input.node.get());
    }
  }
  return sum;
}

double Estimates::store_ns(const Node* node) const {
  return std::max(0.0, rows(node)) * width8(*node->out[0]) * kStoreNsPer8;
}

}  // namespace tharsis::plan
