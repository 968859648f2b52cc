#include "tharsis/runtime/run_fragment.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <unordered_map>

#include "tharsis/base/error.h"
#include "tharsis/runtime/finish.h"
#include "tharsis/runtime/reading.h"

namespace tharsis::runtime {
namespace {

using plan::Exit;
using plan::Fragment;
using plan::Segment;

// The splits a limited pass still wants: for each sink the rows of the prefix of finished splits
// are counted, and the pass ends when all sinks have enough.
class Prefix {
 public:
  // No limits: everything is wanted.
  Prefix(const std::vector<int64_t>& limits, size_t splits) {
    for (const int64_t limit : limits) sinks_.push_back({limit, std::vector<int64_t>(splits, -1)});
  }
  bool wants(size_t split) {
    if (sinks_.empty()) return true;
    const std::lock_guard lock(mutex_);
    for (const Counted& sink : sinks_) {
      if (split <= sink.last) return true;
    }
    return false;
  }
  void done(size_t split, const std::vector<int64_t>& rows) {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < sinks_.size(); ++i) {
      Counted& sink = sinks_[i];
      sink.rows[split] = rows[i];
      while (sink.next < sink.rows.size() && sink.rows[sink.next] >= 0 && sink.sum < sink.limit)
        sink.sum += sink.rows[sink.next++];
      if (sink.sum >= sink.limit && sink.last == SIZE_MAX)
        sink.last = sink.next == 0 ? 0 : sink.next - 1;
    }
  }

 private:
  struct Counted {
    int64_t limit;
    std::vector<int64_t> rows;  // per split
    size_t next = 0;
    int64_t sum = 0;
    size_t last = SIZE_MAX;
  };
  std::mutex mutex_;
  std::vector<Counted> sinks_;  // guarded by mutex_
};

int64_t longest_program(const Segment& segment) {
  auto most = std::ssize(segment.program->instructions());
  for (const Exit& exit : segment.exits) {
    if (exit.next != nullptr) most = std::max(most, longest_program(*exit.next));
  }
  return most;
}

// How many rows reach a sink for one that is read, at most.
double fan_out(const Segment& segment) {
  double most = 1;
  for (const Exit& exit : segment.exits) {
    if (exit.next != nullptr) most = std::max(most, exit.step->fan_out() * fan_out(*exit.next));
  }
  return most;
}

// All results of a program stay until its batch is done: where there are very many, they are short.
int64_t batch_rows(int64_t instructions, int64_t usual) {
  constexpr int64_t kInstructions = 256;
  constexpr int64_t kLeast = 64;
  if (instructions <= kInstructions) return usual;
  return std::min(usual, std::max(kLeast, usual * kInstructions / instructions));
}

// Runs the splits of one fragment.
class Pass {
 public:
  Pass(const Fragment& fragment, Pool& pool, const RunOptions& options)
      : fragment_(fragment), options_(options) {
    batch_rows_ = batch_rows(longest_program(fragment.trunk), options.batch_rows);
    for (const auto& spec : fragment.sinks)
      states_.push_back(std::make_unique<SinkStates>(spec, pool.workers()));
  }

  void run_split(const Split& split, Worker& worker) {
    Local local(*this, worker, split);
    Reading reading(fragment_.operands, split, worker, batch_rows_);
    Batch batch;
    Flow flow = Flow::kMore;
    while (flow == Flow::kMore && read(reading, batch, local)) {
      worker.cancel.throw_if_cancelled();
      rows_in_.fetch_add(batch.rows, std::memory_order_relaxed);
      batches_.fetch_add(1, std::memory_order_relaxed);
      if (options_.progress != nullptr)
        options_.progress->rows.fetch_add(batch.rows, std::memory_order_relaxed);
      local.meter.left(&fragment_, batch);
      flow = local.push(fragment_.trunk, batch);
    }
    local.flush(fragment_.trunk);
    local.close();
  }

  std::vector<std::unique_ptr<SinkStates>>& states() { return states_; }
  int64_t rows_in() const { return rows_in_.load(); }
  int64_t batches() const { return batches_.load(); }
  // Rows that each sink took from a split.
  const std::vector<int64_t>& sunk(size_t split) const { return split_rows_[split]; }
  void prepare(size_t splits) {
    split_rows_.assign(splits, std::vector<int64_t>(states_.size(), 0));
  }

 private:
  // What one split keeps while it runs: local states of steps, states of sinks.
  struct Local {
    Local(Pass& pass, Worker& worker, const Split& split)
        : pass(pass), worker(worker), split(split), meter(pass.options_.profile) {
      for (auto& states : pass.states_) {
        if (states->sink().per_split()) {
          own.push_back(states->open(worker, split.index));
        } else {
          own.emplace_back();
        }
      }
    }

    Flow push(const Segment& segment, Batch& batch) {
      const memory::ArenaScope scope(worker.arena);
      const size_t given = batch.columns.size();
      {
        const Meter::Span span(meter, &segment);
        segment.program->run(batch, worker);
      }
      meter.came(&segment, batch.rows);
      meter.left(&segment, batch, given);
      bool more = false;
      for (const Exit& exit : segment.exits) {
        Batch out;
        out.split = split.index;
        out.first_row = batch.first_row;
        out.position = batch.position;
        out.rows = batch.rows;
        out.columns.reserve(exit.slots.size());
        for (const uint32_t slot : exit.slots) {
          out.columns.push_back(batch.columns[slot]);
          // What was computed stands in scratch, whatever keeps its text alive.
          if (slot >= given) out.columns.back().owner = nullptr;
        }
        meter.came(&exit, out.rows);
        const Meter::Span span(meter, &exit);
        try {
          const Flow flow = exit.step != nullptr ? step(exit, out) : sink(exit.sink, out);
          more |= flow == Flow::kMore;
        } catch (Error& error) {
          error.set_origin(exit.origin);
          throw;
        }
      }
      return more ? Flow::kMore : Flow::kEnough;
    }

    Flow step(const Exit& exit, Batch& batch) {
      auto [at, fresh] = steps.try_emplace(&exit);
      if (fresh) at->second = exit.step->open(split, worker);
      Into into(*this, exit);
      return exit.step->apply(batch, at->second.get(), worker, into);
    }

    Flow sink(int index, Batch& batch) {
      SinkStates& states = *pass.states_[index];
      KeptState& kept = states.sink().per_split() ? own[index] : states.of_worker(worker);
      const Sink& sink = states.sink();
      const int64_t growth = sink.growth_max(batch, *kept.state);
      if (!kept.reservation->ensure(growth)) {
        spill(sink, kept);
        kept.reservation->ensure_or_fail(sink.growth_max(batch, *kept.state));
      }
      const Flow flow = sink.consume(batch, 0, *kept.state, worker);
      account(kept);
      if (pass.options_.spill_always || kept.reservation->asked_to_spill()) spill(sink, kept);
      return flow;
    }

    static void account(KeptState& kept) {
      const int64_t now = kept.state->bytes();
      const int64_t charged = kept.reservation->charged_bytes();
      if (now > charged) kept.reservation->charge(now - charged);
      if (now < charged) kept.reservation->release(charged - now);
    }

    void spill(const Sink& sink, KeptState& kept) {
      sink.spill(*kept.state, worker);
      account(kept);
      kept.reservation->trim();
      kept.reservation->spill_done();
    }

    void flush(const Segment& segment) {
      for (const Exit& exit : segment.exits) {
        if (exit.step == nullptr) continue;
        const auto at = steps.find(&exit);
        Into into(*this, exit);
        const Meter::Span span(meter, &exit);
        if (at != steps.end()) exit.step->flush(at->second.get(), worker, into);
        flush(*exit.next);
      }
    }

    void close() {
      for (size_t i = 0; i < own.size(); ++i) {
        if (own[i].state == nullptr) continue;
        const plan::SinkSpec& spec = pass.fragment_.sinks[i];
        const Meter::Span span(meter, &spec);
        try {
          spec.sink->close(*own[i].state, worker);
        } catch (Error& error) {
          error.set_origin(spec.expr.node->origin);
          throw;
        }
        account(own[i]);
        pass.split_rows_[split.index][i] = pass.states_[i]->sink().summary(*own[i].state).rows;
        own[i].reservation->trim();
        pass.states_[i]->keep(std::move(own[i]));
      }
    }

    struct Into final : Emit {
      Into(Local& local, const Exit& exit) : local(local), exit(exit) {}
      // Behind a step rows count anew.
      Flow operator()(Batch& batch) override {
        int64_t& rows = local.rows_behind[&exit];
        batch.split = local.split.index;
        batch.first_row = rows;
        batch.position = -1;
        rows += batch.rows;
        local.meter.left(&exit, batch);
        return local.push(*exit.next, batch);
      }
      Local& local;
      const Exit& exit;
    };

    // Writes out what this worker's states hold; answers whether there was something.
    bool spill_all() {
      bool freed = false;
      for (size_t i = 0; i < pass.states_.size(); ++i) {
        SinkStates& states = *pass.states_[i];
        KeptState& kept = states.sink().per_split() ? own[i] : states.of_worker(worker);
        const int64_t before = kept.state->bytes();
        spill(states.sink(), kept);
        freed |= kept.state->bytes() < before;
      }
      return freed;
    }

    Pass& pass;
    Worker& worker;
    const Split& split;
    Meter meter;
    std::vector<KeptState> own;
    std::unordered_map<const Exit*, Own<State>> steps;
    std::unordered_map<const Exit*, int64_t> rows_behind;
  };

  // Stored rows that were written out need room to come back: states of this worker make it, and
  // those of the others, which were asked to, at their next batch.
  bool read(Reading& reading, Batch& batch, Local& local) {
    constexpr int kPatience = 500;  // milliseconds, about
    const Meter::Span span(local.meter, &fragment_);
    for (int waited = 0;; ++waited) {
      try {
        return reading.next(batch);
      } catch (Error& error) {
        const bool again = error.code() == ErrorCode::kBudget && waited < kPatience &&
                           fragment_.operands[0].source == nullptr;
        if (!again) {
          error.set_origin(fragment_.operands[0].origin);
          throw;
        }
      }
      local.worker.cancel.throw_if_cancelled();
      if (!local.spill_all()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  const Fragment& fragment_;
  const RunOptions& options_;
  int64_t batch_rows_ = 0;
  std::vector<std::unique_ptr<SinkStates>> states_;
  std::vector<std::vector<int64_t>> split_rows_;
  std::atomic<int64_t> rows_in_{0};
  std::atomic<int64_t> batches_{0};
};

// One per sink; empty if one of them wants all rows.
std::vector<int64_t> limits_of(const Fragment& fragment) {
  std::vector<int64_t> limits;
  for (const auto& spec : fragment.sinks) {
    if (spec.sink->limit() < 0) return {};
    limits.push_back(spec.sink->limit());
  }
  return limits;
}

}  // namespace

std::vector<std::shared_ptr<Value>> run_fragment(const Fragment& fragment, Pool& pool,
                                                 CancelToken& cancel, const RunOptions& options,
                                                 FragmentReport* report) {
  const auto begin = std::chrono::steady_clock::now();
  // Few rows that become many are as much work as these.
  const double grows = fan_out(fragment.trunk);
  const auto divided = [&](int64_t bytes) {
    return std::max<int64_t>(static_cast<int64_t>(static_cast<double>(bytes) / grows), 1);
  };
  const std::vector<Split> splits = splits_of(fragment.operands, divided(options.split_bytes));
  const int64_t small = divided(options.inline_bytes);
  int64_t bytes = 0;
  for (const Split& split : splits) bytes += split.bytes < 0 ? small + 1 : split.bytes;
  const bool inline_run = bytes <= small && pool.nodes() == 1;
  Pass pass(fragment, pool, options);
  pass.prepare(splits.size());
  Prefix prefix(limits_of(fragment), splits.size());
  if (options.progress != nullptr) options.progress->begin(std::ssize(splits));
  const auto body = [&](int64_t i, Worker& worker) {
    if (!prefix.wants(i)) return;
    pass.run_split(splits[i], worker);
    prefix.done(i, pass.sunk(i));
    if (options.progress != nullptr) options.progress->done.fetch_add(1, std::memory_order_relaxed);
  };
  std::vector<std::atomic<int64_t>> by_node(pool.nodes());
  // Dealt in turn: every node has its share of rows that drift.
  std::function<int(int64_t)> node_of;
  if (pool.nodes() > 1) node_of = [&](int64_t i) { return static_cast<int>(i % pool.nodes()); };
  if (inline_run) {
    pool.inline_run(static_cast<int64_t>(splits.size()), cancel, body);
  } else {
    pool.parallel(
        static_cast<int64_t>(splits.size()), cancel,
        [&](int64_t i, Worker& worker) {
          body(i, worker);
          by_node[worker.node].fetch_add(1, std::memory_order_relaxed);
        },
        options.poll, node_of);
  }
  std::vector<std::shared_ptr<Value>> values;
  Finish finish(pool, cancel, options, inline_run);
  for (size_t i = 0; i < fragment.sinks.size(); ++i) {
    SinkReport sink{fragment.sinks[i].text};
    try {
      values.push_back(finish.run(fragment.sinks[i], *pass.states()[i], &sink));
    } catch (Error& error) {
      error.set_origin(fragment.sinks[i].expr.node->origin);
      throw;
    }
    if (report != nullptr) report->sinks.push_back(std::move(sink));
  }
  if (report != nullptr) {
    for (const auto& operand : fragment.operands) report->operands.push_back(operand.text);
    report->rows_in = pass.rows_in();
    report->batches = pass.batches();
    report->splits = static_cast<int64_t>(splits.size());
    for (const auto& n : by_node) report->splits_by_node.push_back(n.load());
    report->ran_inline = inline_run;
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  return values;
}

}  // namespace tharsis::runtime
