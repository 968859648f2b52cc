#include "tharsis/engine/session.h"

#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "tharsis/base/error.h"
#include "tharsis/engine/explain.h"
#include "tharsis/ops/relational.h"
#include "tharsis/plan/fragment.h"
#include "tharsis/plan/rewrite.h"
#include "tharsis/plan/rules.h"
#include "tharsis/runtime/run_array.h"

namespace tharsis::engine {
namespace {

int usable_cores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return 1;
  return std::max(1, CPU_COUNT(&cores));
}

Key kept_key(const Expr& expr) {
  KeyMixer mixer;
  mixer.key(expr.node_key());
  mixer.word(expr.output);
  return mixer.finish();
}

bool all_stored(std::span<const Expr> roots) {
  return std::all_of(roots.begin(), roots.end(),
                     [](const Expr& root) { return stored_value(root) != nullptr; });
}

}  // namespace

Options resolved(Options options) {
  if (options.workers <= 0) options.workers = usable_cores();
  options.workers = std::max(options.workers, options.nodes);
  if (options.memory_limit <= 0) options.memory_limit = memory::machine_memory_bytes() / 10 * 7;
  if (options.spill_folder.empty()) options.spill_folder = std::filesystem::temp_directory_path();
  return options;
}

Session::Session(Options options)
    : options_(resolved(std::move(options))), budget_(options_.memory_limit) {
  set_memory_limit(options_.memory_limit);
  std::vector<memory::Store*> stores;
  for (int node = 0; node < options_.nodes; ++node) {
    stores_.push_back(std::make_unique<memory::Store>(budget_, options_.spill_folder));
    stores.push_back(stores_.back().get());
  }
  budget_.set_reclaimer([this](int64_t bytes) {
    int64_t freed = 0;
    for (const auto& store : stores_) {
      if (freed < bytes) freed += store->reclaim(bytes - freed);
    }
    return freed;
  });
  pool_ = std::make_unique<runtime::Pool>(options_.workers, std::move(stores));
  small_ = std::make_unique<SmallArrays>(*stores_[0]);
}

Session::~Session() = default;

void Session::set_memory_limit(int64_t bytes) {
  require(bytes > 0, ErrorCode::kInvalidArgument, "memory_limit: {} bytes is not a limit", bytes);
  options_.memory_limit = bytes;
  budget_.set_limit(bytes);
  memory::set_warm_buffer_limit(bytes / 4);
}

void Session::set_rules_off(std::vector<std::string> names) {
  std::vector<std::string> known;
  for (const plan::Rule& rule : plan::rules()) known.emplace_back(rule.name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = near_names(name, known);
    fail(ErrorCode::kInvalidArgument, "rules_off: there is no rule '{}'{}", name,
         near.empty() ? "; the rules are " + fmt::format("{}", fmt::join(known, ", "))
                      : "; did you mean '" + near.front() + "'?");
  }
  options_.rules_off = std::move(names);
}

int64_t Session::spilled_bytes() const {
  int64_t sum = 0;
  for (const auto& store : stores_) sum += store->spilled_bytes();
  return sum;
}

RunReport Session::last_report() const {
  const std::lock_guard lock(report_mutex_);
  return report_;
}

int64_t Session::rows_read_total() const {
  const std::lock_guard lock(report_mutex_);
  return rows_read_total_ + small_->elements_read();
}

void Session::parallel(int64_t count, const std::function<void(int64_t, Worker&)>& body) {
  CancelToken own;
  CancelToken& cancel = cancel_ != nullptr ? *cancel_ : own;
  if (count <= 1) {
    pool_->inline_run(count, cancel, body);
  } else {
    pool_->parallel(count, cancel, body, poll_);
  }
}

std::vector<Expr> Session::optimized(std::vector<Expr> graph, RunReport* report) const {
  const auto& off = options_.rules_off;
  for (const plan::Rule& rule : plan::rules()) {
    if (std::find(off.begin(), off.end(), rule.name) != off.end()) continue;
    std::vector<Expr> next = rule.apply(graph, *this);
    if (next != graph && report != nullptr) report->rules_fired.emplace_back(rule.name);
    graph = std::move(next);
  }
  return plan::merge_filters(graph);
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

// One call of Session::run: rounds of lower, cut and run until the roots are stored.
class Session::Run {
 public:
  Run(Session& session, RunReport& report) : session_(session), report_(report) {
    options_.split_bytes = session.options_.split_bytes;
    options_.inline_bytes = session.options_.inline_bytes;
    options_.batch_rows = session.options_.batch_rows;
    options_.spill_always = session.options_.spill_always;
    options_.poll = session.poll_;
    options_.exchange = &session.exchange_;
  }

  std::vector<Ref<Value>> operator()(std::span<const Expr> roots) {
    Graph graph = reuse_kept({roots.begin(), roots.end()});
    graph = session_.optimized(std::move(graph), &report_);
    report_.graph = graph_text(graph);
    while (!all_stored(graph)) {
      Graph targets = lower(graph);
      step(targets);
      ++report_.rounds;
    }
    std::vector<Ref<Value>> values;
    for (const Expr& root : graph) values.push_back(stored_value(root));
    return values;
  }

 private:
  using Graph = std::vector<Expr>;

  // Equal expressions share their result while somebody holds it.
  Graph reuse_kept(Graph graph) {
    if (!session_.options_.keep_results || session_.kept_.empty()) return graph;
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
  Graph lower(Graph& graph) {
    Graph needed;
    bool changed = true;
    while (changed) {
      changed = false;
      needed.clear();
      graph =
          plan::rewrite(graph,
                        [&](const Node& node,
                            const std::vector<Expr>& inputs) -> std::optional<std::vector<Expr>> {
                          if (node.stored != nullptr) return std::nullopt;
                          Call call{node.call.op, node.call.attrs, {}};
                          for (const Expr& input : inputs)
                            call.in.push_back(input.node->out[input.output]);
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
                        });
    }
    Graph targets = graph;
    targets.insert(targets.end(), needed.begin(), needed.end());
    return targets;
  }

  void step(const Graph& targets) {
    const plan::Cut cut = plan::cut(targets, session_.budget_bytes());
    check(!cut.fragments.empty() || !cut.arrays.empty() || !cut.whole.empty(),
          "nothing of the graph can run");
    for (const auto& fragment : cut.fragments) run(*fragment);
    for (const auto& fragment : cut.arrays) run(*fragment);
    for (const Expr& expr : cut.whole) evaluate(expr);
  }

  void run(const plan::Fragment& fragment) {
    auto values = measured([&](runtime::FragmentReport* report) {
      return runtime::run_fragment(fragment, *session_.pool_, *session_.cancel_, options_, report);
    });
    for (size_t i = 0; i < values.size(); ++i) {
      store(*fragment.sinks[i].expr.node, fragment.sinks[i].expr.output, std::move(values[i]));
    }
  }

  // Arrays know their shapes.
  void run(const plan::ArrayFragment& fragment) {
    auto values = measured([&](runtime::FragmentReport* report) {
      return runtime::run_array_fragment(fragment, *session_.pool_, *session_.cancel_, options_,
                                         report);
    });
    for (size_t i = 0; i < values.size(); ++i)
      fragment.sinks[i].expr.node->stored = std::move(values[i]);
  }

  template <class Pass>
  std::vector<std::shared_ptr<Value>> measured(const Pass& pass) {
    runtime::FragmentReport report;
    const int64_t spilled = session_.spilled_bytes();
    const int64_t wired = session_.exchange_.wire_bytes();
    auto values = pass(&report);
    report.spilled_bytes = session_.spilled_bytes() - spilled;
    report.wire_bytes = session_.exchange_.wire_bytes() - wired;
    report_.rows_read += report.rows_in;
    report_.fragments.push_back(std::move(report));
    return values;
  }

  void evaluate(const Expr& expr) {
    const Node& node = *expr.node;
    std::vector<Ref<Value>> inputs;
    for (const Expr& input : node.inputs) inputs.push_back(stored_value(input));
    const OriginScope origin(node.origin);
    std::vector<Ref<Value>> values;
    try {
      values = node.call.op->evaluate(node.call, inputs, session_);
    } catch (Error& error) {
      error.set_origin(node.origin);
      throw;
    }
    check(values.size() == node.out.size(), "a call made another number of outputs");
    report_.whole.push_back(std::string(node.call.op->name()) + " " +
                            node.call.op->text(node.call.attrs));
    if (values.size() == 1) {
      node.stored = std::move(values[0]);
      return;
    }
    auto all = std::make_shared<Value>();
    all->outputs = std::move(values);
    node.stored = std::move(all);
  }

  static void store(const Node& node, uint16_t output, std::shared_ptr<Value> value) {
    value->meta = *node.out[output];
    if (value->meta.kind == Kind::kFrame) value->meta.shape = {Dim{value->rows()}};
    node.stored = std::move(value);
  }

  Session& session_;
  RunReport& report_;
  runtime::RunOptions options_;
};

std::unique_lock<std::recursive_timed_mutex> Session::begin_run() {
  std::unique_lock lock(run_mutex_, std::defer_lock);
  while (!lock.try_lock_for(std::chrono::milliseconds(50))) poll();
  return lock;
}

std::vector<Ref<Value>> Session::run(std::span<const Expr> roots) {
  std::vector<Ref<Value>> values;
  if (!all_stored(roots)) {
    const auto lock = begin_run();
    const auto begin = std::chrono::steady_clock::now();
    CancelToken own;
    const bool outermost = cancel_ == nullptr;
    if (outermost) cancel_ = &own;
    struct Release {
      Session& session;
      bool outermost;
      ~Release() {
        if (outermost) session.cancel_ = nullptr;
      }
    } release{*this, outermost};
    RunReport report;
    const int64_t spilled = spilled_bytes(), wired = exchange_.wire_bytes();
    if (outermost) budget_.reset_peak();
    std::vector<Ref<Value>> computed = Run(*this, report)(roots);
    for (size_t i = 0; i < roots.size(); ++i) {
      const Node& node = *roots[i].node;
      if (node.out.size() == 1 && node.stored == nullptr) node.stored = computed[i];
      if (options_.keep_results) kept_[kept_key(roots[i])] = computed[i];
    }
    std::erase_if(kept_, [](const auto& entry) { return entry.second.expired(); });
    report.spilled_bytes = spilled_bytes() - spilled;
    report.wire_bytes = exchange_.wire_bytes() - wired;
    report.peak_bytes = budget_.peak_bytes();
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const std::lock_guard report_lock(report_mutex_);
    rows_read_total_ += report.rows_read;
    report_ = std::move(report);
    return computed;
  }
  for (const Expr& root : roots) values.push_back(stored_value(root));
  return values;
}

std::string Session::explain(std::span<const Expr> roots) {
  const auto lock = begin_run();
  RunReport report;
  const std::vector<Expr> graph = optimized({roots.begin(), roots.end()}, &report);
  std::string text = graph_text(graph);
  if (!report.rules_fired.empty()) {
    text += fmt::format("rules that fired: {}\n", fmt::join(report.rules_fired, ", "));
  }
  return text;
}

}  // namespace tharsis::engine
