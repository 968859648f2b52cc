#include "tharsis/engine/session.h"

#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <unordered_set>

#include "tharsis/base/error.h"
#include "tharsis/engine/explain.h"
#include "tharsis/engine/run.h"
#include "tharsis/memory/idle.h"
#include "tharsis/plan/rules.h"

namespace tharsis::engine {
namespace {

int usable_cores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return 1;
  return std::max(1, CPU_COUNT(&cores));
}

// How many nodes a rewrite made or left out: those whose inputs changed are made anew too.
int64_t nodes_changed(const std::vector<Expr>& before, const std::vector<Expr>& after) {
  std::unordered_set<const Node*> old;
  for (const Node* node : topological(before)) old.insert(node);
  int64_t made = 0, left = static_cast<int64_t>(old.size());
  for (const Node* node : topological(after)) old.contains(node) ? --left : ++made;
  return std::max(made, left);
}

}  // namespace

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
    memory::release_idle(budget_.limit_bytes());
    int64_t freed = 0;
    for (const auto& store : stores_) {
      if (freed < bytes) freed += store->reclaim(bytes - freed);
    }
    return freed;
  });
  pool_ = std::make_unique<runtime::Pool>(options_.workers, std::move(stores));
  small_ = std::make_unique<SmallArrays>(*stores_[0]);
  waiting_ = [this] {
    if (progress_ != nullptr) progress_->tick(pass_progress_, spilled_bytes() - spilled_before_);
    poll();
  };
}

Session::~Session() = default;

void Session::set_memory_limit(int64_t bytes) {
  require(bytes > 0, ErrorCode::kInvalidArgument, "memory_limit: {} bytes is not a limit", bytes);
  options_.memory_limit = bytes;
  budget_.set_limit(bytes);
  memory::set_warm_buffer_limit(bytes / memory::kWarmPart);
}

void Session::set_rules_off(std::vector<std::string> names) {
  const std::vector<std::string> known = plan::rule_names();
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = near_names(name, known);
    fail(ErrorCode::kInvalidArgument, "rules_off: there is no rule '{}'{}", name,
         near.empty() ? "; the rules are " + fmt::format("{}", fmt::join(known, ", "))
                      : "; did you mean '" + near.front() + "'?");
  }
  options_.rules_off = std::move(names);
}

bool Session::is_off(std::string_view rule) const {
  const auto& off = options_.rules_off;
  return std::find(off.begin(), off.end(), rule) != off.end();
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
    pool_->parallel(count, cancel, body, waiting_);
  }
}

std::vector<Expr> Session::optimized(std::vector<Expr> graph, RunReport* report) const {
  for (const plan::Rule& rule : plan::rules()) {
    if (is_off(rule.name)) continue;
    std::vector<Expr> next = rule.apply(graph, *this);
    if (next != graph && report != nullptr) {
      report->rules_fired.emplace_back(rule.name);
      if (report->analyzed)
        report->nodes_changed[std::string(rule.name)] += nodes_changed(graph, next);
    }
    graph = std::move(next);
  }
  return plan::merge_filters(graph);
}

std::unique_lock<std::recursive_timed_mutex> Session::begin_run() {
  std::unique_lock lock(run_mutex_, std::defer_lock);
  while (!lock.try_lock_for(std::chrono::milliseconds(50))) poll();
  return lock;
}

std::vector<Ref<Value>> Session::run(std::span<const Expr> roots) {
  if (!all_stored(roots)) return run_now(roots, false);
  std::vector<Ref<Value>> values;
  for (const Expr& root : roots) values.push_back(stored_value(root));
  return values;
}

// What one outermost run needs beside it; undone however it ends.
class Session::Begun {
 public:
  Begun(Session& session, bool analyze) : session_(session) {
    report_.analyzed = analyze;
    session.cancel_ = &cancel_;
    session.running_ = &report_;
    session.spilled_before_ = session.spilled_bytes();
    session.budget_.reset_peak();
    session.pass_progress_.passes.store(0);
    session.pass_progress_.rows.store(0);
    if (session.options_.progress.value_or(has_terminal()))
      session.progress_ = std::make_unique<Progress>(session.progress_out_);
  }
  ~Begun() {
    session_.progress_.reset();
    session_.running_ = nullptr;
    session_.cancel_ = nullptr;
  }
  Begun(const Begun&) = delete;
  Begun& operator=(const Begun&) = delete;

  void finish() {
    report_.spilled_bytes = session_.spilled_bytes() - session_.spilled_before_;
    report_.wire_bytes = session_.exchange_.wire_bytes() - wired_;
    report_.peak_bytes = std::max(report_.peak_bytes, session_.budget_.peak_bytes());
    report_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    const std::lock_guard lock(session_.report_mutex_);
    session_.rows_read_total_ += report_.rows_read;
    session_.report_ = std::move(report_);
  }

 private:
  Session& session_;
  RunReport report_;
  CancelToken cancel_;
  const int64_t wired_ = session_.exchange_.wire_bytes();
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

std::vector<Ref<Value>> Session::run_now(std::span<const Expr> roots, bool analyze) {
  const auto lock = begin_run();
  // A driver's loop runs inside of another run, and is reported with it.
  std::optional<Begun> begun;
  if (running_ == nullptr) begun.emplace(*this, analyze);
  std::vector<Ref<Value>> computed = Run(*this, *running_)(roots);
  for (size_t i = 0; i < roots.size(); ++i) {
    const Node& node = *roots[i].node;
    if (node.out.size() == 1 && node.stored == nullptr) node.stored = computed[i];
    if (options_.keep_results) kept_[kept_key(roots[i])] = computed[i];
  }
  std::erase_if(kept_, [](const auto& entry) { return entry.second.expired(); });
  if (begun) begun->finish();
  return computed;
}

std::string Session::explain(std::span<const Expr> roots) {
  const auto lock = begin_run();
  RunReport report;
  report.analyzed = true;
  const std::vector<Expr> graph = optimized({roots.begin(), roots.end()}, &report);
  const plan::Estimates estimates(graph);
  return graph_text(graph, &estimates) + rules_text(report);
}

RunReport Session::analyze(std::span<const Expr> roots) {
  std::vector<Expr> fresh;
  for (const Expr& root : roots) {
    const Node& node = *root.node;
    if (node.stored == nullptr || node.inputs.empty()) {
      fresh.push_back(root);
      continue;
    }
    const OriginScope origin(node.origin);
    fresh.push_back(
        {call_node_for(node, *node.call.op, node.call.attrs, node.inputs), root.output});
  }
  const auto lock = begin_run();
  if (all_stored(fresh)) return {.analyzed = true, .graph = graph_text(fresh)};
  const std::vector<Ref<Value>> values = run_now(fresh, true);
  for (size_t i = 0; i < roots.size(); ++i) {
    const Node& node = *roots[i].node;
    if (node.out.size() == 1 && node.stored == nullptr) node.stored = values[i];
  }
  return last_report();
}

}  // namespace tharsis::engine
