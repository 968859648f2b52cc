#include <unordered_map>

#include "tharsis/ops/relational.h"
#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"

namespace tharsis::plan {
namespace {

struct Pruned {
  Expr expr;
  std::vector<uint32_t> kept;  // old positions of the fields it still has
};

size_t width(const Meta& meta) { return meta.kind == Kind::kFrame ? meta.num_fields() : 1; }

std::vector<uint32_t> positions(const Fieldset& fields) {
  std::vector<uint32_t> out;
  for (uint32_t i = 0; i < fields.size(); ++i) {
    if (fields[i]) out.push_back(i);
  }
  return out;
}

std::vector<uint32_t> all_positions(size_t n) { return positions(Fieldset(n, true)); }

// The fields `want` (old positions) of `in`, through a projection where it has others too.
Expr exactly(const Pruned& in, const Meta& old, const std::vector<uint32_t>& want) {
  if (old.kind != Kind::kFrame || in.kept == want) return in.expr;
  ops::ProjectAttrs attrs;
  size_t at = 0;
  for (const uint32_t field : want) {
    while (in.kept[at] != field) ++at;
    attrs.from.push_back(static_cast<int64_t>(at));
    attrs.labels.push_back(old.field(field).label);
    attrs.index_levels += field < old.index_levels;
  }
  return ops::project(in.expr, std::move(attrs));
}

}  // namespace

// Walks from the observers down: which fields does anybody look at? Then rebuilds from the leaves
// up.
Graph prune_columns(const Graph& roots, const Facts&) {
  const std::vector<const Node*> nodes = topological(roots);
  std::unordered_map<const Node*, std::vector<Fieldset>> needed;
  for (const Node* node : nodes) {
    for (const auto& meta : node->out) needed[node].emplace_back(width(*meta), false);
  }
  for (const Expr& root : roots)
    needed[root.node.get()][root.output].assign(width(root.meta()), true);
  std::unordered_map<const Node*, std::vector<Fieldset>> demands;
  for (size_t n = nodes.size(); n-- > 0;) {
    const Node* node = nodes[n];
    if (node->stored != nullptr) continue;
    auto& demand = demands[node] = node->call.op->demand_fields(node->call, needed[node][0]);
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      const Expr& input = node->inputs[i];
      Fieldset& into = needed[input.node.get()][input.output];
      for (size_t f = 0; f < into.size(); ++f) into[f] = into[f] || demand[i][f];
    }
  }

  std::unordered_map<const Node*, std::vector<Pruned>> done;
  for (const Node* node : nodes) {
    std::vector<Pruned>& out = done[node];
    if (node->stored != nullptr) {
      for (uint16_t i = 0; i < node->out.size(); ++i) {
        out.push_back({{node->shared_from_this(), i}, all_positions(width(*node->out[i]))});
      }
      continue;
    }
    std::vector<Expr> inputs;
    std::vector<std::vector<uint32_t>> kept;
    const OriginScope origin(node->origin);
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      const Expr& input = node->inputs[i];
      const Pruned& from = done.at(input.node.get())[input.output];
      kept.push_back(positions(demands[node][i]));
      inputs.push_back(exactly(from, input.meta(), kept.back()));
    }
    if (node->out[0]->kind != Kind::kFrame) {
      const Ref<Node> same = inputs == node->inputs
                                 ? node->shared_from_this()
                                 : call_node_for(*node, *node->call.op, node->call.attrs, inputs);
      for (uint16_t i = 0; i < node->out.size(); ++i) out.push_back({{same, i}, {0}});
      continue;
    }
    Narrowed narrowed = node->call.op->narrow(node->call, needed[node][0], kept);
    if (narrowed.pass >= 0) {
      out.push_back({inputs[narrowed.pass], std::move(narrowed.kept)});
      continue;
    }
    const bool same = inputs == node->inputs && narrowed.attrs.bytes() == node->call.attrs.bytes();
    const Ref<Node> made = same ? node->shared_from_this()
                                : call_node_for(*node, *node->call.op, narrowed.attrs, inputs);
    out.push_back({{made, 0}, std::move(narrowed.kept)});
    for (uint16_t i = 1; i < node->out.size(); ++i)
      out.push_back({{made, i}, all_positions(width(*node->out[i]))});
  }

  Graph result;
  for (const Expr& root : roots) {
    result.push_back(exactly(done.at(root.node.get())[root.output], root.meta(),
                             all_positions(width(root.meta()))));
  }
  return result;
}

}  // namespace tharsis::plan
