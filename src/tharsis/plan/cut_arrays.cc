#include <algorithm>
#include <map>
#include <tuple>

#include "tharsis/base/error.h"
#include "tharsis/plan/array_fragment.h"
#include "tharsis/plan/array_stages.h"
#include "tharsis/plan/zone_builder.h"

namespace tharsis::plan {
namespace {

std::string text_of(const Node& node) {
  return std::string(node.call.op->name()) + " " + node.call.op->text(node.call.attrs);
}

// What one target becomes: the sink, and the elements it takes.
struct Target {
  ArraySink sink;
  PassSink input;
};

Target target_of(const Expr& expr, const Stages& stages) {
  const Node& node = *expr.node;
  const Stage& stage = stages.at(&node);
  Target target;
  target.sink.expr = expr;
  target.sink.shape = stage.shape;
  target.input.behind = stage.behind;
  if (node.call.op->traits(node.call).way != Traits::kBreaker) {
    target.sink.text = "store";
    target.input.input = expr;
    return target;
  }
  target.sink.text = text_of(node);
  target.sink.tile = std::get<Ref<TileSink>>(node.call.op->run(node.call, {}));
  target.input.input = node.inputs[0];
  return target;
}

void set_leaves(ArrayFragment& fragment) {
  for (ArraySink& sink : fragment.sinks) {
    if (sink.tile == nullptr) continue;
    std::vector<bool> reduced(fragment.shape.size(), sink.selection >= 0);
    if (sink.selection < 0) {
      for (const int64_t axis : sink.tile->axes) reduced[axis] = true;
    }
    // Where seams cut axes, positions within a leaf that spans several would jump.
    const bool one_axis = sink.tile->fold->positional() && fragment.zones.size() > 1;
    sink.grid = leaf_grid(fragment.shape, reduced, one_axis);
  }
}

std::unique_ptr<ArrayFragment> fragment_of(const Stages& stages, int level,
                                           const std::vector<int64_t>& domain,
                                           const std::vector<Expr>& exprs) {
  auto fragment = std::make_unique<ArrayFragment>();
  fragment->shape = domain;
  std::vector<PassSink> inputs;
  for (const Expr& expr : exprs) {
    Target target = target_of(expr, stages);
    fragment->sinks.push_back(std::move(target.sink));
    inputs.push_back(std::move(target.input));
  }
  ZoneBuilder builder(stages, level, inputs);
  fragment->zones = builder.build(domain);
  fragment->made = builder.made();
  const auto& masks = builder.masks();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].behind.mask) continue;
    fragment->sinks[i].selection = static_cast<int>(
        std::find(masks.begin(), masks.end(), inputs[i].behind.mask) - masks.begin());
  }
  set_leaves(*fragment);
  coalesce(*fragment);
  return fragment;
}

// A selection keeps elements in C order, which zones may not: then what is selected from is stored
// first.
void store_below_selections(const Stages& stages, const std::vector<Expr>& exprs,
                            std::vector<Expr>* targets) {
  for (const Expr& expr : exprs) {
    std::vector<Expr> stack{expr};
    while (!stack.empty()) {
      const Expr top = stack.back();
      stack.pop_back();
      if (!stages.at(top.node.get()).behind.mask) continue;
      const bool select = top.node->call.op->traits(top.node->call).way == Traits::kRowwise;
      for (const Expr& input : top.node->inputs) (select ? *targets : stack).push_back(input);
    }
  }
}

}  // namespace

void cut_arrays(const std::vector<Expr>& roots, const CutOptions& options, Cut* cut) {
  std::vector<std::unique_ptr<ArrayFragment>>& fragments = cut->arrays;
  std::vector<Expr> targets = roots;
  for (bool again = !targets.empty(); again;) {
    again = false;
    fragments.clear();
    const Stages stages(targets, options);
    // Sinks over one domain whose inputs are ready share one pass; those behind a selection have
    // theirs, since they want the domain cut in C order.
    using Pass = std::tuple<int, bool, std::vector<int64_t>, size_t>;
    std::map<Pass, std::vector<Expr>> passes;
    size_t own = 0;
    for (const Expr& expr : stages.kept()) {
      if (!options.share) ++own;
      const Node* node = expr.node.get();
      const bool behind = static_cast<bool>(stages.at(node).behind.mask);
      passes[{stages.at(node).level, behind, stages.domain(node), own}].push_back(expr);
    }
    cut->fused_maps |= stages.fused_maps();
    cut->shared |= stages.shared();
    for (const auto& [pass, exprs] : passes) {
      const auto& [level, behind, domain, number] = pass;
      cut->shared |= exprs.size() > 1;
      fragments.push_back(fragment_of(stages, level, domain, exprs));
      if (!behind || fragments.back()->zones.size() <= 1) continue;
      store_below_selections(stages, exprs, &targets);
      again = true;
    }
  }
}

}  // namespace tharsis::plan
