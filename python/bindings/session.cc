#include <pthread.h>
#include <unistd.h>

#include <atomic>

#include "bindings.h"
#include "tharsis/base/error.h"
#include "tharsis/io/arrow_pool.h"
#include "tharsis/memory/budget.h"
#include "tharsis/memory/buffer.h"
#include "tharsis/plan/rules.h"

namespace tharsis::python {
namespace {

// Sessions are never destroyed: values may outlive the interpreter's own order of clearing.
std::atomic<engine::Session*> current{nullptr};
std::atomic<bool> ran_once{false};
engine::Options options_now;

void check_signals() {
  const nb::gil_scoped_acquire lock;
  if (PyErr_CheckSignals() != 0) {
    // The exception stays set in this thread: the translator leaves it alone.
    fail(ErrorCode::kCancelled, "interrupted");
  }
}

// A fork waits until no run is going on; the child finds a session whose threads are gone and makes
// a new one, with the same options and the values that are in memory.
void before_fork() {
  if (engine::Session* session = current.load()) session->run_mutex().lock();
}
void after_fork_parent() {
  if (engine::Session* session = current.load()) session->run_mutex().unlock();
}
void after_fork_child() {
  if (engine::Session* session = current.load()) {
    session->run_mutex().unlock();
    current.store(nullptr);
  }
}

engine::Session& make_session() {
  if (!ran_once.exchange(true)) pthread_atfork(before_fork, after_fork_parent, after_fork_child);
  auto* made = new engine::Session(options_now);
  made->set_poll(check_signals);
  io::set_arrow_budget(&made->budget());
  current.store(made);
  return *made;
}

// A new session with other workers, nodes or folder; values of the old one stay readable.
void restart() { make_session(); }

}  // namespace

engine::Session& session() {
  engine::Session* const now = current.load(std::memory_order_acquire);
  return now != nullptr ? *now : make_session();
}

std::vector<Ref<Value>> run_released(const std::vector<Expr>& roots) {
  const UserLine line;
  engine::Session& now = session();
  const nb::gil_scoped_release released;
  return now.run(roots);
}

void bind_session(nb::module_& m) {
  m.def(
      "run", [](const std::vector<Expr>& roots) { run_released(roots); }, nb::arg("roots"),
      "Computes the roots completely; each keeps its value.");
  m.def("explain", [](const std::vector<Expr>& roots) { return session().explain(roots); });
  m.def(
      "analyze",
      [](const std::vector<Expr>& roots) {
        const UserLine line;
        engine::Session& now = session();
        const nb::gil_scoped_release released;
        return now.analyze(roots).text();
      },
      "Runs, measures every step, and answers the plan with the measurements.");
  m.def(
      "set_progress",
      [](std::optional<bool> progress) {
        options_now.progress = progress;
        session().mutable_options().progress = progress;
      },
      nb::arg("progress").none());
  m.def(
      "report",
      [] {
        const engine::RunReport report = session().last_report();
        nb::dict out;
        out["rules_fired"] = report.rules_fired;
        out["rows_read"] = report.rows_read;
        out["spilled_bytes"] = report.spilled_bytes;
        out["wire_bytes"] = report.wire_bytes;
        out["peak_bytes"] = report.peak_bytes;
        out["seconds"] = report.seconds;
        out["rounds"] = report.rounds;
        out["fragments"] = report.fragments.size();
        return out;
      },
      "What the last run did.");
  m.def("rules", &plan::rule_names);
  m.def("rows_read_total", [] { return session().rows_read_total(); });
  m.def("get_option", [](const std::string& name) -> nb::object {
    const engine::Options& now = session().options();
    if (name == "workers") return nb::int_(now.workers);
    if (name == "nodes") return nb::int_(now.nodes);
    if (name == "memory_limit") return nb::int_(now.memory_limit);
    if (name == "spill_folder") return nb::str(now.spill_folder.c_str());
    if (name == "split_bytes") return nb::int_(now.split_bytes);
    if (name == "inline_bytes") return nb::int_(now.inline_bytes);
    if (name == "keep_results") return nb::bool_(now.keep_results);
    if (name == "spill_always") return nb::bool_(now.spill_always);
    if (name == "rules_off") return nb::cast(now.rules_off);
    fail(ErrorCode::kInvalidArgument, "there is no option '{}'", name);
  });
  m.def("set_option", [](const std::string& name, nb::handle value) {
    engine::Session& now = session();
    if (name == "memory_limit") {
      const int64_t bytes = nb::isinstance<nb::str>(value)
                                ? memory::parse_bytes(nb::cast<std::string>(value))
                                : nb::cast<int64_t>(value);
      now.set_memory_limit(bytes);
      options_now.memory_limit = bytes;
    } else if (name == "split_bytes") {
      now.mutable_options().split_bytes = options_now.split_bytes = nb::cast<int64_t>(value);
    } else if (name == "inline_bytes") {
      now.mutable_options().inline_bytes = options_now.inline_bytes = nb::cast<int64_t>(value);
    } else if (name == "keep_results") {
      now.set_keep_results(options_now.keep_results = nb::cast<bool>(value));
    } else if (name == "spill_always") {
      now.mutable_options().spill_always = options_now.spill_always = nb::cast<bool>(value);
    } else if (name == "rules_off") {
      now.set_rules_off(nb::cast<std::vector<std::string>>(value));
      options_now.rules_off = now.options().rules_off;
    } else if (name == "workers" || name == "nodes") {
      const int count = nb::cast<int>(value);
      require(count >= 0 && count <= 1024, ErrorCode::kInvalidArgument,
              "{}: {} is not a number of {}", name, count, name);
      (name == "workers" ? options_now.workers : options_now.nodes) =
          name == "nodes" ? std::max(count, 1) : count;
      restart();
    } else if (name == "spill_folder") {
      options_now.spill_folder = nb::cast<std::string>(value);
      restart();
    } else {
      fail(ErrorCode::kInvalidArgument, "there is no option '{}'", name);
    }
  });
  m.def("memory", [] {
    nb::dict out;
    out["limit_bytes"] = session().budget().limit_bytes();
    out["used_bytes"] = session().budget().used_bytes();
    out["peak_bytes"] = session().budget().peak_bytes();
    out["spilled_bytes"] = session().spilled_bytes();
    out["allocated_bytes"] = memory::allocated_bytes();
    out["resident_bytes"] = memory::resident_bytes();
    out["resident_peak_bytes"] = memory::resident_peak_bytes();
    return out;
  });
}

}  // namespace tharsis::python
