#include "tharsis/plan/array_stages.h"

#include <algorithm>
#include <set>

#include "tharsis/base/error.h"
#include "tharsis/memory/value.h"

namespace tharsis::plan {
namespace {

// A program grows no longer than this; what is longer is stored on the way. Walks over programs are
// recursive, so this also bounds their depth.
constexpr int64_t kWeightMax = 128;
// To write and read a value of eight bytes once more, in time: cheaper ones are computed twice.
constexpr double kStoreNs = 1.6;
constexpr int kSharedMax = 32;  // values stored for sharing, per round

int64_t elements(const std::vector<int64_t>& shape) {
  int64_t n = 1;
  for (const int64_t length : shape) n *= length;
  return n;
}

bool all_known(const std::vector<int64_t>& shape) {
  return std::none_of(shape.begin(), shape.end(), [](int64_t length) { return length < 0; });
}

Traits traits_of(const Node* node) { return node->call.op->traits(node->call); }

// The time of the instructions of one elementwise node.
double own_cost(const Node* node) {
  Program program(static_cast<uint32_t>(node->inputs.size()));
  std::vector<std::vector<uint32_t>> slots;
  for (uint32_t i = 0; i < node->inputs.size(); ++i) slots.push_back({i});
  node->call.op->emit(node->call, slots, program);
  double sum = 0;
  for (const Instruction& instruction : program.instructions())
    sum += instruction.call.function->cost_ns(instruction.call);
  return sum;
}

double source_cost(const Node* node) {
  return std::get<Ref<ArraySource>>(node->call.op->run(node->call, {}))->cost_ns();
}

}  // namespace

Stages::Stages(const std::vector<Expr>& targets, const CutOptions& options)
    : options_(options), order_(topological(targets)) {
  for (const Expr& target : targets) wanted_.push_back(target.node.get());
  decide_all();
  for (int round = 0; options_.share && round < kSharedMax; ++round) {
    const Node* node = worth_keeping();
    if (node == nullptr) break;
    shared_ = true;
    wanted_.push_back(node);
    decide_all();
  }
}

void Stages::decide_all() {
  stages_.clear();
  for (const Node* node : order_) decide(node);
}

void Stages::keep(const Node* node) {
  Stage& stage = stages_.at(node);
  if (!stage.stored) stage.kept = true;
}

std::vector<int64_t> Stages::known(const Meta& meta) const {
  std::vector<int64_t> shape;
  for (const Dim& dim : meta.shape) {
    int64_t size = dim.size;
    if (const auto at = lengths_.find(dim.symbol); size < 0 && at != lengths_.end())
      size = at->second;
    shape.push_back(size);
  }
  return shape;
}

void Stages::decide(const Node* node) {
  Stage& stage = stages_[node];
  if (node->stored != nullptr) {
    stage.stored = true;
    const Meta& now = stored_value({node->shared_from_this(), 0})->meta;
    if (now.kind != Kind::kTensor) return;
    for (size_t i = 0; i < now.shape.size(); ++i) {
      stage.shape.push_back(now.shape[i].size);
      const Dim& before = node->out[0]->shape[i];
      if (!before.known()) lengths_[before.symbol] = now.shape[i].size;
    }
    return;
  }
  stage.shape = known(*node->out[0]);
  const Traits traits = traits_of(node);
  for (const Expr& input : node->inputs) {
    const Stage& in = stages_.at(input.node.get());
    stage.ready &= in.ready;
    if (in.kept && !all_known(in.shape)) stage.ready = false;
  }
  switch (traits.way) {
    case Traits::kSource:
      break;
    case Traits::kRowwise:
      decide_selection(node, stage);
      break;
    case Traits::kBreaker:
      decide_reduction(node, stage);
      break;
    default:
      decide_flowing(node, stage, traits);
  }
  for (const Expr& input : node->inputs) {
    const Stage& in = stages_.at(input.node.get());
    stage.level = std::max(stage.level, in.kept || in.stored ? in.readable_at() : in.level);
    if (in.kept && !all_known(in.shape)) stage.ready = false;
  }
  if (std::find(wanted_.begin(), wanted_.end(), node) != wanted_.end()) stage.kept = true;
}

// Elements of several inputs flow side by side behind one selection; what is not behind it is one
// number. Answers false if that is not so.
bool Stages::flows_behind(const Node* node, Stage& stage) {
  const Behind* behind = nullptr;
  for (size_t i = 0; i < node->inputs.size(); ++i) {
    const Stage& in = stages_.at(node->inputs[i].node.get());
    if (in.kept || !in.behind.mask) {
      if (!node->call.in[i]->shape.empty()) return false;
      continue;
    }
    if (node->call.in[i]->shape != node->out[0]->shape) return false;
    if (behind != nullptr && !(*behind == in.behind)) return false;
    behind = &in.behind;
  }
  stage.behind = *behind;
  return true;
}

void Stages::decide_flowing(const Node* node, Stage& stage, const Traits& traits) {
  bool behind = false;
  for (const Expr& input : node->inputs) {
    const Stage& in = stages_.at(input.node.get());
    behind |= in.behind.mask && !in.kept;
  }
  if (behind && (traits.way != Traits::kElementwise || !flows_behind(node, stage))) {
    for (const Expr& input : node->inputs) {
      if (!stages_.at(input.node.get()).behind.mask) continue;
      keep(input.node.get());
      stage.ready = false;
    }
    return;
  }
  const int64_t own = behind ? 0 : all_known(stage.shape) ? elements(stage.shape) : 0;
  stage.weight = traits.way == Traits::kElementwise ? 1 : 0;
  if (traits.way == Traits::kElementwise) stage.cost_ns = own_cost(node);
  for (const Expr& input : node->inputs) {
    const Node* below = input.node.get();
    const Stage& in = stages_.at(below);
    const Traits way = traits_of(below);
    const bool leaf = in.stored || in.kept || way.way == Traits::kSource;
    if (!leaf && !behind) {
      // Views read memory; what is stretched would be computed again for every copy.
      const bool stretched = in.weight > 0 && own >= 2 * std::max<int64_t>(elements(in.shape), 1);
      const bool apart = !options_.fuse_maps && in.weight > 0;
      if (traits.relabels || stretched || apart) keep(below);
    }
    if (stage.weight + in.weight > kWeightMax && !in.kept) keep(below);
    if (in.kept || in.stored) continue;
    fused_maps_ |= in.weight > 0;
    stage.weight += in.weight;
    stage.cost_ns += way.way == Traits::kSource ? source_cost(below) : in.cost_ns;
  }
}

void Stages::decide_selection(const Node* node, Stage& stage) {
  for (const Expr& input : node->inputs) {
    const Stage& in = stages_.at(input.node.get());
    if (in.behind.mask && !in.kept) {
      keep(input.node.get());
      stage.ready = false;
    }
    if (!in.kept) stage.weight += in.weight;
  }
  stage.weight += 1;
  stage.behind = {node->inputs[1], shape_of(node->inputs[0])};
}

void Stages::decide_reduction(const Node* node, Stage& stage) {
  stage.kept = true;
  for (const Expr& input : node->inputs) {
    const Stage& in = stages_.at(input.node.get());
    if (!in.behind.mask || in.kept) continue;
    const auto sink = std::get<Ref<TileSink>>(node->call.op->run(node->call, {}));
    if (sink->axes.size() == input.meta().shape.size()) {
      stage.behind = in.behind;
    } else {
      keep(input.node.get());
      stage.ready = false;
    }
  }
}

std::vector<Expr> Stages::kept() const {
  std::vector<Expr> out;
  for (const Node* node : order_) {
    const Stage& stage = stages_.at(node);
    if (stage.kept && stage.ready && !stage.stored) out.push_back({node->shared_from_this(), 0});
  }
  return out;
}

std::vector<int64_t> Stages::domain(const Node* node) const {
  const Stage& stage = stages_.at(node);
  if (stage.behind.mask) return stage.behind.domain;
  const bool reduced = traits_of(node).way == Traits::kBreaker;
  return reduced ? shape_of(node->inputs[0]) : stage.shape;
}

std::vector<int64_t> Stages::shape_of(const Expr& expr) const {
  if (const auto& value = stored_value(expr)) return *sizes_if_known(value->meta);
  return stages_.at(expr.node.get()).shape;
}

// A value that several passes would compute, where that costs more than to write and read it. The
// last one in order is the largest.
const Node* Stages::worth_keeping() const {
  using Pass = std::pair<int, std::vector<int64_t>>;
  std::unordered_map<const Node*, std::set<Pass>> passes;
  for (const Expr& target : kept()) {
    const Pass pass{stages_.at(target.node.get()).level, domain(target.node.get())};
    std::vector<const Node*> stack{target.node.get()};
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      if (!passes[node].insert(pass).second) continue;
      for (const Expr& input : node->inputs) {
        const Stage& in = stages_.at(input.node.get());
        if (in.stored || (in.kept && in.readable_at() <= pass.first)) continue;
        stack.push_back(input.node.get());
      }
    }
  }
  const Node* best = nullptr;
  for (const Node* node : order_) {
    const Stage& stage = stages_.at(node);
    if (stage.stored || stage.kept || !stage.ready || stage.behind.mask || stage.weight == 0)
      continue;
    if (!all_known(stage.shape)) continue;
    const auto at = passes.find(node);
    const auto times = at == passes.end() ? 0.0 : static_cast<double>(at->second.size());
    const int64_t bytes = elements(stage.shape) * node->out[0]->dtype.width();
    if (stage.cost_ns * (times - 1) > kStoreNs && bytes < options_.budget_bytes / 4) best = node;
  }
  return best;
}

}  // namespace tharsis::plan
