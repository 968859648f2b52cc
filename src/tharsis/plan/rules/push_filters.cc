#include <algorithm>

#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/join/probe.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/plan/depend.h"
#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"

namespace tharsis::plan {
namespace {

using Uses = std::unordered_map<const Node*, int>;

bool is_op(const Expr& expr, const Op& op) { return !is_stored(expr) && expr.node->call.op == &op; }

Traits traits_of(const Node& node) { return node.call.op->traits(node.call); }

// ---- first: below views and computations, so that what is dropped is not computed

// A call that makes each row from the same row of its inputs, for this filter alone.
bool passes(const Expr& frame, const Uses& uses) {
  if (is_stored(frame) || frame.meta().kind != Kind::kFrame) return false;
  const Traits traits = traits_of(*frame.node);
  if (traits.way == Traits::kView) return !traits.asks_order;
  return traits.way == Traits::kElementwise && !traits.positions && traits.pure &&
         uses.at(frame.node.get()) == 1;
}

Expr below_views(const Expr& frame, const Expr& mask, const Node& filter, const Uses& uses) {
  if (!passes(frame, uses)) return call(ops::filter_op(), filter.call.attrs, {frame, mask});
  std::vector<Expr> inputs;
  for (const Expr& input : frame.node->inputs) {
    const bool rows = input.meta().kind == Kind::kFrame;
    inputs.push_back(rows ? below_views(input, mask, filter, uses) : input);
  }
  return call(*frame.node->call.op, frame.node->call.attrs, std::move(inputs));
}

Graph below_views(const Graph& roots) {
  const Uses uses = uses_of(roots);
  return rewrite(
      roots,
      [&](const Node& node, const std::vector<Expr>& inputs) -> std::optional<std::vector<Expr>> {
        // Only where nothing below was rewritten: `uses` speaks of the nodes as they were.
        if (node.call.op != &ops::filter_op() || inputs != node.inputs) return std::nullopt;
        if (!passes(inputs[0], uses)) return std::nullopt;
        const OriginScope origin(node.origin);
        return std::vector<Expr>{below_views(inputs[0], inputs[1], node, uses)};
      });
}

// ---- then: below what moves rows

// Of bools, `a & b` is `a and b`; where one of them is missing, the row goes either way.
void split_conjuncts(const Expr& mask, std::vector<Expr>& out) {
  if (!is_stored(mask) && mask.node->call.op->name() == "compute") {
    const auto& attrs = mask.node->call.attrs.as<ops::ComputeAttrs>();
    const bool both = attrs.function == "logical_and" || attrs.function == "bitwise_and";
    if (both && attrs.constants.empty()) {
      for (const int64_t arg : attrs.args) split_conjuncts(mask.node->inputs[arg], out);
      return;
    }
  }
  out.push_back(mask);
}

Expr conjunction(const std::vector<Expr>& masks) {
  Expr all = masks[0];
  for (size_t i = 1; i < masks.size(); ++i) all = ops::compute("logical_and", {all, masks[i]});
  return all;
}

// A filter whose frame and mask look at the rows of one node that nobody else looks at.
struct Candidate {
  const Node& filter;
  const Node& base;
  std::vector<Expr> masks;       // conjuncts
  std::vector<Fieldset> fields;  // of the base, that each of them reads
};

// The base alone as a frame, its fields where they were: those of `from` at the places `at`. Places
// nobody looks at hold any field.
Expr in_place_of(const Node& base, const Expr& from, const std::vector<int64_t>& at) {
  const Meta& meta = *base.out[0];
  ops::ProjectAttrs attrs;
  for (size_t i = 0; i < meta.num_fields(); ++i) {
    attrs.from.push_back(std::max<int64_t>(at[i], 0));
    attrs.labels.push_back(meta.field(i).label);
  }
  attrs.index_levels = meta.index_levels;
  return ops::project(from, std::move(attrs));
}

std::vector<int64_t> same_places(const Node& base) {
  std::vector<int64_t> at;
  for (size_t i = 0; i < base.out[0]->num_fields(); ++i) at.push_back(static_cast<int64_t>(i));
  return at;
}

// The filter of the conjuncts in `down` moves below input `side` of the base; the others stay.
Expr moved(const Candidate& it, size_t side, const std::vector<bool>& down,
           const std::vector<int64_t>& at) {
  const Expr& input = it.base.inputs[side];
  const Expr stand_in = in_place_of(it.base, input, at);
  std::vector<Expr> below, above;
  for (size_t i = 0; i < it.masks.size(); ++i) {
    if (down[i]) below.push_back(replaced(it.masks[i], it.base, stand_in));
  }
  std::vector<Expr> inputs = it.base.inputs;
  inputs[side] = ops::filter(input, conjunction(below));
  const bool all = std::find(down.begin(), down.end(), false) == down.end();
  // Without a filter above, the rows are those of the filter.
  if (all) return {call_node_for(it.filter, *it.base.call.op, it.base.call.attrs, inputs), 0};
  const Expr base = call(*it.base.call.op, it.base.call.attrs, std::move(inputs));
  for (size_t i = 0; i < it.masks.size(); ++i) {
    if (!down[i]) above.push_back(replaced(it.masks[i], it.base, base));
  }
  return call(ops::filter_op(), it.filter.call.attrs, {base, conjunction(above)});
}

std::optional<Expr> below_sort(const Candidate& it) {
  if (it.base.call.attrs.as<ops::SortAttrs>().limit >= 0) return std::nullopt;
  return moved(it, 0, std::vector<bool>(it.masks.size(), true), same_places(it.base));
}

std::optional<Expr> below_group_by(const Candidate& it) {
  const auto& attrs = it.base.call.attrs.as<ops::GroupByAttrs>();
  const size_t keys = attrs.keys.size();
  std::vector<bool> down;
  for (const Fieldset& fields : it.fields)
    down.push_back(std::find(fields.begin() + keys, fields.end(), true) == fields.end());
  if (keys == 0 || std::find(down.begin(), down.end(), true) == down.end()) return std::nullopt;
  std::vector<int64_t> at(it.base.out[0]->num_fields(), -1);
  std::copy(attrs.keys.begin(), attrs.keys.end(), at.begin());
  return moved(it, 0, down, at);
}

std::optional<Expr> below_join(const Candidate& it) {
  const auto& attrs = it.base.call.attrs.as<ops::JoinAttrs>();
  const std::vector<ops::JoinField> fields = ops::join_fields(attrs);
  using How = ops::JoinHow;
  for (const size_t side : {0, 1}) {
    const bool left = side == 0;
    // Rows of this side that have no partner must not come back as missing ones.
    const bool allowed =
        attrs.how == How::kInner ||
        (left ? attrs.how == How::kLeft || attrs.how == How::kSemi || attrs.how == How::kAnti
              : attrs.how == How::kRight);
    if (!allowed) continue;
    std::vector<int64_t> at;
    for (const auto& field : fields) at.push_back(field.left == left ? field.field : -1);
    std::vector<bool> down;
    for (const Fieldset& read : it.fields) {
      bool mine = false, others = false;
      for (size_t i = 0; i < read.size(); ++i) {
        if (read[i]) (fields[i].left == left ? mine : others) = true;
      }
      down.push_back(mine && !others);
    }
    if (std::find(down.begin(), down.end(), true) != down.end()) return moved(it, side, down, at);
  }
  return std::nullopt;
}

// "field function constant", of a conjunct over a source.
std::optional<FieldTest> test_of(const Expr& mask, const Node& base) {
  if (is_stored(mask) || mask.node->call.op->name() != "compute") return std::nullopt;
  const auto& attrs = mask.node->call.attrs.as<ops::ComputeAttrs>();
  constexpr std::pair<std::string_view, std::string_view> kTurned[] = {
      {"equal", "equal"},  {"not_equal", "not_equal"},
      {"less", "greater"}, {"less_equal", "greater_equal"},
      {"greater", "less"}, {"greater_equal", "less_equal"}};
  for (const auto& [function, turned] : kTurned) {
    if (attrs.function != function || attrs.args.size() != 2 || attrs.constants.size() != 1)
      continue;
    const bool constant_first = attrs.args[0] < 0;
    const Expr& column = mask.node->inputs[attrs.args[constant_first ? 1 : 0]];
    const auto field = field_of(column, base);
    if (!field) return std::nullopt;
    return FieldTest{*field, std::string(constant_first ? turned : function), attrs.constants};
  }
  return std::nullopt;
}

std::optional<Expr> into_source(const Candidate& it) {
  std::vector<FieldTest> tests;
  for (const Expr& mask : it.masks) {
    if (auto test = test_of(mask, it.base)) tests.push_back(std::move(*test));
  }
  if (tests.empty()) return std::nullopt;
  const auto attrs = it.base.call.op->absorb_tests(it.base.call, tests);
  if (!attrs) return std::nullopt;
  const Expr base = call(*it.base.call.op, *attrs, {});
  std::vector<Expr> masks;
  for (const Expr& mask : it.masks) masks.push_back(replaced(mask, it.base, base));
  return call(ops::filter_op(), it.filter.call.attrs, {base, conjunction(masks)});
}

// The filter as a candidate: its frame is the base, and its mask reads only the base.
std::optional<Candidate> candidate(const Node& filter, const Uses& uses) {
  const Expr& frame = filter.inputs[0];
  if (is_stored(frame)) return std::nullopt;
  Candidate it{filter, *frame.node, {}, {}};
  split_conjuncts(filter.inputs[1], it.masks);
  for (const Expr& mask : it.masks) {
    auto fields = fields_read(mask, last_field(mask), it.base);
    if (!fields) return std::nullopt;
    it.fields.push_back(std::move(*fields));
  }
  // Whoever looks at the base besides this filter would have it computed twice.
  int own = 1;
  for (const Node* node : topological({filter.inputs[1]})) {
    if (node->stored != nullptr) continue;
    for (const Expr& input : node->inputs) own += input.node.get() == &it.base;
  }
  own += filter.inputs[1].node.get() == &it.base;
  if (uses.at(&it.base) > own) return std::nullopt;
  return it;
}

std::optional<Expr> pushed(const Node& filter, const Uses& uses) {
  const auto it = candidate(filter, uses);
  if (!it) return std::nullopt;
  const OriginScope origin(filter.origin);
  const Expr frame = filter.inputs[0];
  if (is_op(frame, ops::sort_op())) return below_sort(*it);
  if (is_op(frame, ops::group_by_op())) return below_group_by(*it);
  if (is_op(frame, ops::join_op())) return below_join(*it);
  if (traits_of(it->base).way == Traits::kSource) return into_source(*it);
  return std::nullopt;
}

// One filter per row space may move: what others made of it stands beside it.
Graph below_rows(const Graph& roots) {
  const Uses uses = uses_of(roots);
  std::unordered_map<Key, int> by_space;
  for (const Node* node : topological(roots)) {
    if (node->stored == nullptr && node->call.op == &ops::filter_op())
      ++by_space[node->out[0]->row_space];
  }
  return rewrite(
      roots,
      [&](const Node& node, const std::vector<Expr>& inputs) -> std::optional<std::vector<Expr>> {
        if (node.call.op != &ops::filter_op() || inputs != node.inputs) return std::nullopt;
        if (by_space.at(node.out[0]->row_space) > 1) return std::nullopt;
        if (auto expr = pushed(node, uses)) return std::vector<Expr>{std::move(*expr)};
        return std::nullopt;
      });
}

}  // namespace

Graph push_filters(const Graph& roots, const Facts& facts) {
  Graph graph = roots;
  for (int round = 0; round < 8; ++round) {
    Graph next = below_rows(common(below_views(graph), facts));
    if (next == graph) return graph;
    graph = std::move(next);
  }
  return graph;
}

}  // namespace tharsis::plan
