#include <map>
#include <unordered_map>

#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"

namespace tharsis::plan {
namespace {

// Filters that make one row space, two or more; empty if there are none.
std::vector<const Node*> find_group(const Graph& roots) {
  std::unordered_map<Key, std::vector<const Node*>> by_space;
  for (const Node* node : topological(roots)) {
    if (node->stored == nullptr && node->call.op == &ops::filter_op())
      by_space[node->out[0]->row_space].push_back(node);
  }
  for (auto& [space, group] : by_space) {
    if (group.size() > 1) return std::move(group);
  }
  return {};
}

}  // namespace

Graph merge_filters(const Graph& roots) {
  Graph graph = roots;
  for (;;) {
    const std::vector<const Node*> group = find_group(graph);
    if (group.empty()) return graph;
    // One filter over all fields side by side; each of the old ones is a projection of it.
    std::vector<Expr> frames;
    std::map<std::pair<const Node*, uint16_t>, int64_t> first_field;
    int64_t width = 0;
    for (const Node* node : group) {
      const Expr& frame = node->inputs[0];
      if (!first_field.try_emplace({frame.node.get(), frame.output}, width).second) continue;
      // An index would not survive the zip: it is shown as data.
      ops::ProjectAttrs plain;
      for (size_t i = 0; i < frame.meta().num_fields(); ++i) {
        plain.from.push_back(static_cast<int64_t>(i));
        plain.labels.push_back(frame.meta().field(i).label);
      }
      frames.push_back(ops::project(frame, std::move(plain)));
      width += static_cast<int64_t>(frame.meta().num_fields());
    }
    const Expr all = call(ops::filter_op(), group[0]->call.attrs,
                          {ops::zip(std::move(frames)), group[0]->inputs[1]});
    std::unordered_map<const Node*, Expr> replaced;
    for (const Node* node : group) {
      const Expr& frame = node->inputs[0];
      const Meta& meta = *node->out[0];
      ops::ProjectAttrs attrs;
      for (size_t i = 0; i < meta.num_fields(); ++i) {
        attrs.from.push_back(first_field[{frame.node.get(), frame.output}] +
                             static_cast<int64_t>(i));
        attrs.labels.push_back(meta.field(i).label);
      }
      attrs.index_levels = meta.index_levels;
      attrs.series = meta.series;
      attrs.columns_name = meta.columns_name;
      replaced[node] = ops::project(all, std::move(attrs));
    }
    graph = rewrite(
        graph, [&](const Node& node, const std::vector<Expr>&) -> std::optional<std::vector<Expr>> {
          const auto at = replaced.find(&node);
          if (at == replaced.end()) return std::nullopt;
          return std::vector<Expr>{at->second};
        });
  }
}

}  // namespace tharsis::plan
