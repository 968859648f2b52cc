#include "tharsis/engine/run.h"

#include <algorithm>
#include <chrono>

#include "tharsis/base/error.h"
#include "tharsis/engine/explain.h"
#include "tharsis/memory/idle.h"
#include "tharsis/ops/relational.h"
#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"
#include "tharsis/runtime/run_array.h"

namespace tharsis::engine {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string text_of(const Node& node) {
  return std::string(node.call.op->name()) + " " + node.call.op->text(node.call.attrs);
}

// What a call was lowered to, over the row space that the call had: others in the graph may have
// declared their rows to be those.
std::vector<Expr> with_rows_of(const Node& node, std::vector<Expr> lowered) {
  for (size_t i = 0; i < lowered.size(); ++i) {
    const Meta& had = *node.out[i];
    const Node& made = *lowered[i].node;
    if (had.kind != Kind::kFrame || lowered[i].meta().row_space == had.row_space) continue;
    if (made.stored == nullptr && made.out.size() == 1) {
      auto again = call_node_for(node, *made.call.op, made.call.attrs, made.inputs);
      if (again->out[0]->row_space == had.row_space) {
        lowered[i] = {std::move(again), 0};
        continue;
      }
    }
    lowered[i] = ops::rebase(lowered[i], had);
  }
  return lowered;
}

}  // namespace

Session::Run::Run(Session& session, RunReport& report) : session_(session), report_(report) {
  options_.split_bytes = session.options_.split_bytes;
  options_.inline_bytes = session.options_.inline_bytes;
  options_.batch_rows = session.options_.batch_rows;
  options_.spill_always = session.options_.spill_always;
  options_.poll = session.waiting_;
  options_.exchange = &session.exchange_;
  options_.progress = &session.pass_progress_;
}

std::vector<Ref<Value>> Session::Run::operator()(std::span<const Expr> roots) {
  Graph graph = reuse_kept({roots.begin(), roots.end()});
  graph = session_.optimized(std::move(graph), &report_);
  if (report_.analyzed) estimates_ = std::make_unique<plan::Estimates>(graph);
  // A driver's loop runs inside of another run, whose graph is the one to be shown.
  if (report_.graph.empty()) report_.graph = graph_text(graph, estimates_.get());
  while (!all_stored(graph)) {
    const Graph targets = lower(graph);
    if (all_stored(targets)) break;  // what was lowered to what is there
    if (report_.analyzed) {
      estimates_ = std::make_unique<plan::Estimates>(targets);
      sharing_.look(graph, *estimates_);
    }
    step(targets);
    ++report_.rounds;
  }
  for (SharedValue& value : sharing_.report()) report_.shared.push_back(std::move(value));
  std::vector<Ref<Value>> values;
  for (const Expr& root : graph) values.push_back(stored_value(root));
  return values;
}

// Equal expressions share their result while somebody holds it.
Session::Run::Graph Session::Run::reuse_kept(Graph graph) const {
  if (!session_.options_.keep_results || session_.kept_.empty() || report_.analyzed) return graph;
  return plan::rewrite(
      graph, [&](const Node& node, const std::vector<Expr>&) -> std::optional<std::vector<Expr>> {
        if (node.stored != nullptr || node.out.size() != 1) return std::nullopt;
        const auto at = session_.kept_.find(kept_key({node.shared_from_this(), 0}));
        if (at == session_.kept_.end()) return std::nullopt;
        Ref<Value> value = at->second.lock();
        if (value == nullptr) return std::nullopt;
        return std::vector<Expr>{stored_leaf(std::move(value), node)};
      });
}

// Lowers what can be lowered; answers the roots and whatever must run before the rest can be
// lowered.
Session::Run::Graph Session::Run::lower(Graph& graph) {
  Graph needed;
  bool changed = true;
  const auto lowered = [&](const Node& node,
                           const std::vector<Expr>& inputs) -> std::optional<std::vector<Expr>> {
    if (node.stored != nullptr) return std::nullopt;
    Call call{node.call.op, node.call.attrs, {}};
    for (const Expr& input : inputs) call.in.push_back(input.node->out[input.output]);
    const OriginScope origin(node.origin);
    Lowered lowered = node.call.op->lower(call, inputs, session_);
    if (auto* need = std::get_if<Need>(&lowered)) {
      for (Expr& expr : need->run) {
        if (stored_value(expr) == nullptr) needed.push_back(std::move(expr));
      }
      return std::nullopt;
    }
    if (auto* simpler = std::get_if<std::vector<Expr>>(&lowered)) {
      changed = true;
      return with_rows_of(node, std::move(*simpler));
    }
    return std::nullopt;
  };
  while (changed) {
    changed = false;
    needed.clear();
    graph = plan::rewrite(graph, lowered);
  }
  Graph targets = graph;
  targets.insert(targets.end(), needed.begin(), needed.end());
  return targets;
}

void Session::Run::step(const Graph& targets) {
  const plan::Cut cut = plan::cut(targets, {.budget_bytes = session_.budget_bytes(),
                                            .fuse_maps = !session_.is_off(plan::kFuseMaps),
                                            .share = !session_.is_off(plan::kShare)});
  if (cut.fused_maps) report_.rules_fired.emplace_back(plan::kFuseMaps);
  if (cut.shared) report_.rules_fired.emplace_back(plan::kShare);
  check(!cut.fragments.empty() || !cut.arrays.empty() || !cut.whole.empty(),
        "nothing of the graph can run");
  for (const auto& fragment : cut.fragments) run(*fragment);
  for (const auto& fragment : cut.arrays) run(*fragment);
  for (const Expr& expr : cut.whole) evaluate(expr);
}

void Session::Run::run(const plan::Fragment& fragment) {
  auto values = measured(fragment, [&](runtime::FragmentReport* report) {
    return runtime::run_fragment(fragment, *session_.pool_, *session_.cancel_, options_, report);
  });
  for (size_t i = 0; i < values.size(); ++i) {
    const Expr& expr = fragment.sinks[i].expr;
    values[i]->meta = expr.meta();
    if (values[i]->meta.kind == Kind::kFrame) values[i]->meta.shape = {Dim{values[i]->rows()}};
    keep(*expr.node, std::move(values[i]));
  }
}

// Arrays know their shapes.
void Session::Run::run(const plan::ArrayFragment& fragment) {
  auto values = measured(fragment, [&](runtime::FragmentReport* report) {
    return runtime::run_array_fragment(fragment, *session_.pool_, *session_.cancel_, options_,
                                       report);
  });
  for (size_t i = 0; i < values.size(); ++i)
    keep(*fragment.sinks[i].expr.node, std::move(values[i]));
}

template <class Fragment, class Pass>
std::vector<std::shared_ptr<Value>> Session::Run::measured(const Fragment& fragment,
                                                           const Pass& pass) {
  runtime::FragmentReport report;
  const int64_t spilled = session_.spilled_bytes();
  const int64_t wired = session_.exchange_.wire_bytes();
  std::optional<runtime::Profile> profile;
  if (report_.analyzed) {
    profile.emplace(fragment, *estimates_);
    options_.profile = &*profile;
    report_.peak_bytes = std::max(report_.peak_bytes, session_.budget_.peak_bytes());
    session_.budget_.reset_peak();
    for (const Node* node : fragment.made) sharing_.computed(*node);
  }
  auto values = pass(&report);
  memory::release_idle(session_.budget_bytes());
  report.spilled_bytes = session_.spilled_bytes() - spilled;
  report.wire_bytes = session_.exchange_.wire_bytes() - wired;
  report_.rows_read += report.rows_in;
  if (profile) {
    options_.profile = nullptr;
    report.steps = profile->take();
    report.peak_bytes = session_.budget_.peak_bytes();
  }
  report_.fragments.push_back(std::move(report));
  return values;
}

void Session::Run::evaluate(const Expr& expr) {
  const Node& node = *expr.node;
  std::vector<Ref<Value>> inputs;
  for (const Expr& input : node.inputs) inputs.push_back(stored_value(input));
  const OriginScope origin(node.origin);
  const auto begin = Clock::now();
  const int64_t spilled = session_.spilled_bytes();
  WholeReport report{.text = text_of(node), .after = report_.fragments.size()};
  std::vector<Ref<Value>> values;
  try {
    values = node.call.op->evaluate(node.call, inputs, session_);
  } catch (Error& error) {
    error.set_origin(node.origin);
    throw;
  }
  check(values.size() == node.out.size(), "a call made another number of outputs");
  report.seconds = seconds_since(begin);
  report.spilled_bytes = session_.spilled_bytes() - spilled;
  for (const auto& value : values) report.bytes_out += value->bytes();
  report.rows_out = values[0]->rows();
  if (estimates_ != nullptr) report.rows_estimated = estimates_->rows(&node);
  report_.whole.push_back(std::move(report));
  if (values.size() == 1) return keep(node, std::move(values[0]));
  auto all = std::make_shared<Value>();
  all->outputs = std::move(values);
  keep(node, std::move(all));
}

void Session::Run::keep(const Node& node, std::shared_ptr<const Value> value) {
  if (report_.analyzed) sharing_.stored(node);
  node.stored = std::move(value);
}

}  // namespace tharsis::engine
