#include "tharsis/runtime/run_array.h"

#include <algorithm>
#include <chrono>

#include "tharsis/base/error.h"
#include "tharsis/kernels/compress.h"
#include "tharsis/runtime/array_sink.h"

namespace tharsis::runtime {
namespace {

using plan::ArrayFragment;
using plan::Selection;
using plan::Zone;

// Elements of a run: three registers of doubles stay in L1, and a leaf fits.
constexpr int64_t kRunElements = 2048;
constexpr int64_t kInlineElements = 1 << 15;  // fewer run on the thread of the caller

// What zones read, pinned for the whole pass.
std::vector<OperandData> operands_of(const Zone& zone) {
  std::vector<OperandData> data;
  for (const plan::ArrayOperand& operand : zone.operands) {
    OperandData& one = data.emplace_back();
    if (operand.source != nullptr) {
      one.data = static_cast<const char*>(operand.source->data());
      continue;
    }
    const auto& value = stored_value(operand.expr);
    check(value != nullptr, "an operand of a pass is not there yet");
    one.pin = value->chunks[0]->store().pin(value->chunks[0]);
    one.data = static_cast<const char*>(one.pin->columns[0].data);
  }
  return data;
}

class ArrayPass {
 public:
  ArrayPass(const ArrayFragment& fragment, Pool& pool, const RunOptions& options)
      : fragment_(fragment), options_(options), tiling_(fragment, options.split_bytes) {
    for (const Zone& zone : fragment.zones) operands_.push_back(operands_of(zone));
    for (const plan::ArraySink& sink : fragment.sinks) {
      sinks_.push_back(make_sink_run(fragment, sink, tiling_, pool, options));
      rooms_.push_back(sinks_.back()->room());
    }
  }

  void run_split(int64_t split, Worker& worker) {
    worker.cancel.throw_if_cancelled();
    const memory::ArenaScope scope(worker.arena);
    const Region region = tiling_.region(split);
    const Zone& zone = tiling_.zone(split);
    Meter meter(options_.profile);
    const Meter::Span span(meter, &zone);
    std::vector<std::unique_ptr<ArraySinkRun::Local>> locals;
    for (const auto& sink : sinks_) locals.push_back(sink->open(split, region, worker));
    ZoneRunner runner(fragment_, zone, operands_[&zone - fragment_.zones.data()], rooms_, region,
                      worker, kRunElements);
    while (runner.next()) {
      for (size_t i = 0; i < sinks_.size(); ++i) {
        if (fragment_.sinks[i].selection >= 0) continue;
        meter.came(&fragment_.sinks[i], runner.run().count);
        if (locals[i] == nullptr) continue;
        const Meter::Span sinking(meter, &fragment_.sinks[i]);
        sinks_[i]->add(*locals[i], runner, zone.sinks[i], worker);
      }
      for (size_t s = 0; s < zone.selections.size(); ++s)
        select(static_cast<int>(s), zone, runner, locals, worker, meter);
    }
    for (size_t i = 0; i < sinks_.size(); ++i) {
      const Meter::Span closing(meter, &fragment_.sinks[i]);
      if (locals[i] != nullptr) sinks_[i]->close(*locals[i], worker);
    }
    meter.came(&zone, region.size());
    meter.left(&zone, region.size());
    elements_.fetch_add(region.size(), std::memory_order_relaxed);
    if (options_.progress != nullptr) {
      options_.progress->rows.fetch_add(region.size(), std::memory_order_relaxed);
      options_.progress->done.fetch_add(1, std::memory_order_relaxed);
    }
  }

  const plan::Tiling& tiling() const { return tiling_; }
  int64_t elements() const { return elements_.load(); }
  std::vector<std::unique_ptr<ArraySinkRun>>& sinks() { return sinks_; }

 private:
  // Compresses a run, leaf by leaf, and hands it to the sinks behind the selection.
  void select(int number, const Zone& zone, ZoneRunner& runner,
              std::vector<std::unique_ptr<ArraySinkRun::Local>>& locals, Worker& worker,
              Meter& meter) {
    const Selection& selection = zone.selections[number];
    const Meter::Span span(meter, &selection);
    const auto* mask = static_cast<const uint8_t*>(runner.flat(selection.mask));
    std::vector<int64_t> counts;
    const int64_t first_leaf = leaf_counts(number, runner.run(), mask, &counts);
    Batch kept;
    for (const uint32_t slot : selection.slots) {
      const Column& column = runner.column(slot);
      Column& out = kept.columns.emplace_back();
      if (column.encoding == Encoding::kConstant) {
        out = column;
        continue;
      }
      const int64_t width = column.dtype.width();
      void* values = worker.arena.take(runner.run().count * width + memory::kPadding);
      kernels::compress(width, mask, column.data, runner.run().count, values);
      out.dtype = column.dtype;
      out.data = values;
    }
    for (const int64_t count : counts) kept.rows += count;
    selection.program->run(kept, worker);
    meter.came(&selection, runner.run().count);
    meter.left(&selection, kept.rows);
    for (size_t i = 0; i < sinks_.size(); ++i) {
      if (fragment_.sinks[i].selection != number) continue;
      meter.came(&fragment_.sinks[i], kept.rows);
      const Meter::Span sinking(meter, &fragment_.sinks[i]);
      sinks_[i]->add_kept(*locals[i], kept.columns[zone.sinks[i]], first_leaf, counts, worker);
    }
  }

  // How many elements of each leaf of the run are kept.
  int64_t leaf_counts(int number, const ArrayRun& run, const uint8_t* mask,
                      std::vector<int64_t>* counts) const {
    const LeafGrid* grid = nullptr;
    for (const plan::ArraySink& sink : fragment_.sinks) {
      if (sink.selection == number && sink.tile != nullptr) grid = &sink.grid;
    }
    std::vector<int64_t> lengths;
    int64_t first_leaf = 0;
    if (grid == nullptr) {
      lengths.push_back(run.count);
    } else {
      first_leaf = kept_leaves(*grid, run, &lengths);
    }
    for (const int64_t length : lengths) {
      int64_t count = 0;
      for (int64_t i = 0; i < length; ++i) count += mask[i] != 0;
      counts->push_back(count);
      mask += length;
    }
    return first_leaf;
  }

  // The leaves of a run of which all axes are reduced, in order.
  int64_t kept_leaves(const LeafGrid& grid, const ArrayRun& run,
                      std::vector<int64_t>* lengths) const {
    int64_t line = 0;
    for (int axis = 0; axis < grid.axis; ++axis) line = line * fragment_.shape[axis] + run.at[axis];
    const int64_t begin = run.at[grid.axis];
    const bool in_line = run.pivot == grid.axis;
    const int64_t stop = in_line ? begin + run.along : grid.axis_size;
    for (int64_t done = 0; done < run.count;) {
      for (int64_t at = done == 0 ? begin : 0; at < stop;) {
        const int64_t next = std::min(stop, (at / grid.length + 1) * grid.length);
        lengths->push_back((next - at) * grid.inner);
        done += lengths->back();
        at = next;
      }
    }
    return line * grid.leaves_per_line() + begin / grid.length;
  }

  const ArrayFragment& fragment_;
  const RunOptions& options_;
  const plan::Tiling tiling_;
  std::vector<std::vector<OperandData>> operands_;  // by zone
  std::vector<std::unique_ptr<ArraySinkRun>> sinks_;
  std::vector<Room> rooms_;
  std::atomic<int64_t> elements_{0};
};

void fill_report(const ArrayFragment& fragment, FragmentReport& report) {
  if (!fragment.zones.empty()) {
    for (const auto& operand : fragment.zones[0].operands)
      report.operands.push_back(operand.text());
  }
  for (const auto& sink : fragment.sinks) {
    SinkReport& one = report.sinks.emplace_back();
    one.text = sink.text;
  }
}

}  // namespace

std::vector<std::shared_ptr<Value>> run_array_fragment(const ArrayFragment& fragment, Pool& pool,
                                                       CancelToken& cancel,
                                                       const RunOptions& options,
                                                       FragmentReport* report) {
  const auto begin = std::chrono::steady_clock::now();
  ArrayPass pass(fragment, pool, options);
  const int64_t splits = pass.tiling().count();
  if (options.progress != nullptr) options.progress->begin(splits);
  const bool inline_run = pool.nodes() == 1 && pass.tiling().bytes() <= options.inline_bytes &&
                          pass.tiling().bytes() <= kInlineElements * 8;
  std::vector<std::atomic<int64_t>> by_node(pool.nodes());
  const auto body = [&](int64_t split, Worker& worker) {
    pass.run_split(split, worker);
    by_node[worker.node].fetch_add(1, std::memory_order_relaxed);
  };
  // Neighbours belong to one node, so that few states have to travel.
  const auto node_of = [&](int64_t split) {
    return static_cast<int>(split * pool.nodes() / splits);
  };
  if (inline_run) {
    pool.inline_run(splits, cancel, body);
  } else if (pool.nodes() > 1) {
    pool.parallel(splits, cancel, body, options.poll, node_of);
  } else {
    pool.parallel(splits, cancel, body, options.poll);
  }
  const ArraySinkRun::Each each = [&](int64_t count, const Pool::Body& work,
                                      const std::function<int(int64_t)>& node) {
    if (inline_run) {
      pool.inline_run(count, cancel, work);
    } else {
      pool.parallel(count, cancel, work, options.poll, pool.nodes() > 1 ? node : nullptr);
    }
  };
  std::vector<std::shared_ptr<Value>> values;
  for (size_t i = 0; i < pass.sinks().size(); ++i) {
    values.push_back(pass.sinks()[i]->finish(each, options.exchange));
    if (options.profile == nullptr) continue;
    const Value& value = *values.back();
    options.profile->set_result(&fragment.sinks[i], value.rows(), value.bytes());
  }
  if (report != nullptr) {
    fill_report(fragment, *report);
    for (size_t i = 0; i < values.size(); ++i) report->sinks[i].rows_out = values[i]->rows();
    report->rows_in = pass.elements();
    report->splits = splits;
    for (const auto& n : by_node) report->splits_by_node.push_back(n.load());
    report->ran_inline = inline_run;
    report->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  return values;
}

}  // namespace tharsis::runtime
