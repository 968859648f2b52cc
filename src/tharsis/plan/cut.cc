#include <map>
#include <unordered_map>
#include <unordered_set>

#include "tharsis/base/error.h"
#include "tharsis/ops/collect.h"
#include "tharsis/plan/fragment.h"

namespace tharsis::plan {
namespace {

// Where the rows of a node flow: from the leaves of a row space, behind a chain of steps that
// change rows. `behind` is the last of these steps; null at the leaves.
struct Home {
  Key root;
  const Node* behind = nullptr;
  friend bool operator==(const Home&, const Home&) = default;
};

class Cutter {
 public:
  Cutter(const std::vector<Expr>& roots, const CutOptions& options)
      : roots_(roots), options_(options) {}

  Cut run() {
    for (const Node* node : topological(roots_)) order_.push_back(node);
    for (const Node* node : order_) visit(*node);
    for (const Expr& root : roots_) materialise(root);
    build();
    cut_arrays(arrays_, options_, &cut_);
    return std::move(cut_);
  }

 private:
  static bool stored(const Node& node) { return node.stored != nullptr; }
  static Traits traits(const Node& node) { return node.call.op->traits(node.call); }
  static bool is_frame(const Node& node) { return node.out[0]->kind == Kind::kFrame; }
  static bool is_map(const Node& node) {
    return !stored(node) && traits(node).way == Traits::kElementwise;
  }
  static size_t streamed(const Node& node) {
    return std::min<size_t>(node.inputs.size(), traits(node).streamed);
  }

  // Whether the rows of `node` can flow now; what must be there first becomes a target.
  void visit(const Node& node) {
    if (stored(node)) {
      if (is_frame(node)) homes_[&node] = {node.out[0]->row_space, nullptr};
      flows_.insert(&node);
      return;
    }
    const Traits t = traits(node);
    if (!is_frame(node) && t.way != Traits::kWhole) {
      visit_array(node);
      return;
    }
    switch (t.way) {
      case Traits::kSource:
        homes_[&node] = {node.out[0]->row_space, nullptr};
        flows_.insert(&node);
        return;
      case Traits::kWhole: {
        bool ready = true;
        for (const Expr& input : node.inputs) ready &= need(input);
        if (ready) whole_.insert(&node);
        return;
      }
      default:
        break;
    }
    bool ready = true;
    for (size_t i = streamed(node); i < node.inputs.size(); ++i) ready &= need(node.inputs[i]);
    for (size_t i = 0; i < streamed(node); ++i) {
      const Expr& input = node.inputs[i];
      const bool apart = !options_.fuse_maps && is_map(*input.node);
      ready &= apart ? need(input) : flows_.contains(input.node.get());
    }
    if (!ready) return;
    const std::optional<Home> home = meet(node);
    if (!home) return;
    if (t.positions && home->behind != nullptr) {
      materialise(node.inputs[0]);
      return;
    }
    if (t.way == Traits::kBreaker) {
      targets_.push_back({&node, {}});
      homes_[&node] = *home;
      return;
    }
    homes_[&node] = t.way == Traits::kRowwise ? Home{home->root, &node} : *home;
    flows_.insert(&node);
  }

  // Whether arrays can be made in this round is all that is asked here; cut_arrays plans the
  // passes.
  void visit_array(const Node& node) {
    bool ready = true;
    for (const Expr& input : node.inputs) {
      ready &= is_frame(*input.node) ? need(input) : flows_.contains(input.node.get());
    }
    if (ready) flows_.insert(&node);
  }

  // The one home of all streamed inputs. Rows of other homes are stored, so that they can be read
  // side by side.
  std::optional<Home> meet(const Node& node) {
    const size_t n = streamed(node);
    const Home first = homes_.at(node.inputs[0].node.get());
    bool same = true, at_leaves = true;
    for (size_t i = 0; i < n; ++i) {
      const Home& home = homes_.at(node.inputs[i].node.get());
      same &= home == first;
      at_leaves &= home.behind == nullptr && home.root == first.root;
    }
    if (same || at_leaves) return first;
    for (size_t i = 0; i < n; ++i) {
      if (homes_.at(node.inputs[i].node.get()).behind != nullptr) materialise(node.inputs[i]);
    }
    return std::nullopt;
  }

  // Whether `expr` is stored; if not, it becomes a target as soon as it flows.
  bool need(const Expr& expr) {
    if (stored(*expr.node)) return true;
    materialise(expr);
    return false;
  }

  void materialise(const Expr& expr) {
    const Node* node = expr.node.get();
    if (stored(*node) || !flows_.contains(node) || !collected_.insert(node).second) return;
    if (is_frame(*node)) {
      targets_.push_back({nullptr, expr});
    } else {
      arrays_.push_back(expr);
    }
  }

  struct Target {
    const Node* breaker;  // or
    Expr rows;            // rows to collect
  };

  struct Place {
    Fragment* fragment;
    Segment* segment;
  };

  void build() {
    for (const Node* node : whole_) cut_.whole.push_back({node->shared_from_this(), 0});
    if (options_.share) {
      share_costly_rows();
      build_passes(targets_);
      for (const auto& fragment : cut_.fragments) cut_.shared |= fragment->sinks.size() > 1;
    } else {
      for (const Target& target : targets_) build_passes({target});
    }
  }

  // One pass for each row space that the targets read.
  void build_passes(const std::vector<Target>& targets) {
    by_root_.clear();
    places_.clear();
    slots_.clear();
    std::vector<Expr> below;
    for (const Target& target : targets) {
      if (target.breaker == nullptr) {
        below.push_back(target.rows);
      } else {
        for (size_t i = 0; i < streamed(*target.breaker); ++i)
          below.push_back(target.breaker->inputs[i]);
      }
    }
    std::vector<const Node*> flow;
    collect_flow(below, &flow);
    for (const Node* node : flow) {
      if (leaf(*node)) add_operand(*node);
    }
    for (auto& [root, fragment] : by_root_) start(*fragment);
    for (const Node* node : flow) {
      if (!leaf(*node)) add_node(*node);
    }
    for (const Target& target : targets) add_sink(target);
  }

  // A join whose rows feed a sink now and another one later is stored on the way: probing twice
  // costs more than a write and a read.
  void share_costly_rows() {
    std::unordered_map<const Node*, int> used;
    for (const Target& target : targets_) {
      if (target.breaker == nullptr) continue;
      for (const Expr& input : target.breaker->inputs) {
        const auto home = homes_.find(input.node.get());
        if (home != homes_.end() && home->second.behind != nullptr) ++used[home->second.behind];
      }
    }
    for (const auto& [node, times] : used) {
      if (traits(*node).streamed == 0xFFFF) continue;  // a filter is repeated gladly
      if (!late_consumers(*node)) continue;
      materialise({node->shared_from_this(), 0});
      cut_.shared = true;
    }
  }

  // Whether something that does not run in this round reads rows of `node`.
  bool late_consumers(const Node& node) {
    std::unordered_set<const Node*> reach{&node};
    for (const Node* other : order_) {
      if (stored(*other)) continue;
      for (const Expr& input : other->inputs) {
        if (!reach.contains(input.node.get())) continue;
        if (flows_.contains(other)) {
          reach.insert(other);
        } else if (!homes_.contains(other)) {
          return true;
        }
      }
    }
    return false;
  }

  static bool leaf(const Node& node) { return stored(node) || traits(node).way == Traits::kSource; }

  void collect_flow(const std::vector<Expr>& below, std::vector<const Node*>* flow) const {
    std::unordered_set<const Node*> seen;
    std::vector<const Node*> stack;
    for (const Expr& expr : below) stack.push_back(expr.node.get());
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      if (!seen.insert(node).second || leaf(*node)) continue;
      for (size_t i = 0; i < streamed(*node); ++i) stack.push_back(node->inputs[i].node.get());
    }
    for (const Node* node : order_) {
      if (seen.contains(node)) flow->push_back(node);
    }
  }

  void add_operand(const Node& node) {
    auto& fragment = by_root_[{homes_.at(&node).root.high, homes_.at(&node).root.low}];
    if (fragment == nullptr) {
      cut_.fragments.push_back(std::make_unique<Fragment>());
      fragment = cut_.fragments.back().get();
    }
    Operand operand;
    operand.origin = node.origin;
    operand.node = &node;
    operand.fields = static_cast<uint32_t>(node.out[0]->num_fields());
    if (stored(node)) {
      operand.value = node.stored;
      operand.text = "stored " + node.out[0]->text();
    } else {
      fragment->made.push_back(&node);
      operand.source = std::get<Ref<Source>>(node.call.op->run(node.call, {}));
      operand.text = std::string(node.call.op->name()) + " " + node.call.op->text(node.call.attrs);
    }
    std::vector<uint32_t>& slots = slots_[&node];
    for (uint32_t i = 0; i < operand.fields; ++i) slots.push_back(fragment->trunk.inputs++);
    fragment->operands.push_back(std::move(operand));
    places_[&node] = {fragment, &fragment->trunk};
  }

  void start(Fragment& fragment) {
    fragment.trunk.program = std::make_unique<Program>(fragment.trunk.inputs);
  }

  std::vector<std::vector<uint32_t>> input_slots(const Node& node) const {
    std::vector<std::vector<uint32_t>> in;
    for (size_t i = 0; i < streamed(node); ++i) in.push_back(slots_.at(node.inputs[i].node.get()));
    return in;
  }

  static std::vector<uint32_t> flattened(const std::vector<std::vector<uint32_t>>& lists) {
    std::vector<uint32_t> out;
    for (const auto& list : lists) out.insert(out.end(), list.begin(), list.end());
    return out;
  }

  static std::vector<Ref<Value>> side_values(const Node& node) {
    std::vector<Ref<Value>> side;
    for (size_t i = streamed(node); i < node.inputs.size(); ++i)
      side.push_back(stored_value(node.inputs[i]));
    return side;
  }

  void add_node(const Node& node) {
    const OriginScope origin(node.origin);
    const Place place = places_.at(node.inputs[0].node.get());
    place.fragment->made.push_back(&node);
    const auto in = input_slots(node);
    if (traits(node).way != Traits::kRowwise) {
      for (const Expr& input : node.inputs) cut_.fused_maps |= is_map(*input.node);
      slots_[&node] = node.call.op->emit(node.call, in, *place.segment->program);
      places_[&node] = place;
      return;
    }
    Exit exit;
    exit.origin = node.origin;
    exit.node = &node;
    exit.slots = flattened(in);
    exit.step = std::get<Ref<Step>>(node.call.op->run(node.call, side_values(node)));
    exit.text = std::string(node.call.op->name()) + " " + node.call.op->text(node.call.attrs);
    exit.next = std::make_unique<Segment>();
    exit.next->inputs = static_cast<uint32_t>(node.out[0]->num_fields());
    exit.next->program = std::make_unique<Program>(exit.next->inputs);
    std::vector<uint32_t>& slots = slots_[&node];
    for (uint32_t i = 0; i < exit.next->inputs; ++i) slots.push_back(i);
    places_[&node] = {place.fragment, exit.next.get()};
    place.segment->exits.push_back(std::move(exit));
  }

  void add_sink(const Target& target) {
    const Node& from =
        target.breaker != nullptr ? *target.breaker->inputs[0].node : *target.rows.node;
    const Place place = places_.at(&from);
    SinkSpec spec;
    Exit exit;
    exit.origin = target.breaker != nullptr ? target.breaker->origin : from.origin;
    if (target.breaker != nullptr) {
      const Node& node = *target.breaker;
      spec.node = &node;
      spec.expr = {node.shared_from_this(), 0};
      spec.sink = std::get<Ref<Sink>>(node.call.op->run(node.call, side_values(node)));
      spec.text = std::string(node.call.op->name()) + " " + node.call.op->text(node.call.attrs);
      exit.slots = flattened(input_slots(node));
    } else {
      spec.expr = target.rows;
      spec.sink = ops::collect_sink();
      spec.text = "collect";
      exit.slots = slots_.at(&from);
    }
    exit.sink = static_cast<int>(place.fragment->sinks.size());
    place.fragment->sinks.push_back(std::move(spec));
    place.segment->exits.push_back(std::move(exit));
  }

  const std::vector<Expr>& roots_;
  const CutOptions options_;
  std::vector<Expr> arrays_;  // to be stored by this round
  std::vector<const Node*> order_;
  std::unordered_map<const Node*, Home> homes_;
  std::unordered_set<const Node*> flows_;      // rows can be read now
  std::unordered_set<const Node*> collected_;  // will be stored by this round
  std::unordered_set<const Node*> whole_;
  std::vector<Target> targets_;
  std::map<std::pair<uint64_t, uint64_t>, Fragment*> by_root_;
  std::unordered_map<const Node*, Place> places_;
  std::unordered_map<const Node*, std::vector<uint32_t>> slots_;
  Cut cut_;
};

}  // namespace

Cut cut(const std::vector<Expr>& roots, const CutOptions& options) {
  return Cutter(roots, options).run();
}

}  // namespace tharsis::plan
