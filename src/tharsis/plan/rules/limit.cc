#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"

namespace tharsis::plan {
namespace {

constexpr int64_t kRowsMax = 1 << 16;  // more are sorted as a whole

// The first `rows` rows of `frame`, as the rows of `as`. The first rows of a sort are kept while it
// reads; those of frames under one another are the first of each.
Expr first_rows(const Expr& frame, int64_t rows, const Node& as) {
  const Node& node = *frame.node;
  const bool stored = is_stored(frame);
  if (!stored && node.call.op == &ops::sort_op() && rows <= kRowsMax) {
    ops::SortAttrs attrs = node.call.attrs.as<ops::SortAttrs>();
    attrs.limit = attrs.limit < 0 ? rows : std::min(attrs.limit, rows);
    return {call_node_for(as, *node.call.op, std::move(attrs), node.inputs), 0};
  }
  if (!stored && node.call.op == &ops::concat_rows_op()) {
    std::vector<Expr> parts;
    for (const Expr& input : node.inputs) {
      parts.push_back(is_stored(input) ? input
                                       : call(ops::head_op(), ops::HeadAttrs{rows}, {input}));
    }
    const Expr all = call(*node.call.op, node.call.attrs, std::move(parts));
    return {call_node_for(as, ops::head_op(), ops::HeadAttrs{rows}, {all}), 0};
  }
  return {call_node_for(as, ops::head_op(), ops::HeadAttrs{rows}, {frame}), 0};
}

}  // namespace

// The first rows of what flows: a pass that stops when it has them. Rows that are stored are sliced
// without a pass.
Graph limit(const Graph& roots, const Facts&) {
  return rewrite(
      roots,
      [](const Node& node, const std::vector<Expr>& inputs) -> std::optional<std::vector<Expr>> {
        if (node.call.op != &ops::slice_op() || is_stored(inputs[0])) return std::nullopt;
        const auto& attrs = node.call.attrs.as<ops::SliceAttrs>();
        if (attrs.start < 0 || attrs.step < 1 || attrs.stop < 0 || attrs.stop == INT64_MAX)
          return std::nullopt;
        const OriginScope origin(node.origin);
        if (attrs.start == 0 && attrs.step == 1)
          return std::vector<Expr>{first_rows(inputs[0], attrs.stop, node)};
        // Already bounded: rules run again on what they made.
        if (inputs[0].node->call.op == &ops::head_op()) return std::nullopt;
        const Expr head = call(ops::head_op(), ops::HeadAttrs{attrs.stop}, {inputs[0]});
        return std::vector<Expr>{{call_node_for(node, *node.call.op, attrs, {head}), 0}};
      });
}

}  // namespace tharsis::plan
