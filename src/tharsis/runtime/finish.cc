#include "tharsis/runtime/finish.h"

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/memory/idle.h"

namespace tharsis::runtime {
namespace {

// Gathers what a finish emits into chunks of a store.
class Gather final : public Emit {
 public:
  explicit Gather(const Worker& worker) : store_(worker.store), cancel_(worker.cancel) {}
  Flow operator()(Batch& batch) override {
    cancel_.throw_if_cancelled();
    builder_.append(batch);
    if (builder_.bytes() > (int64_t{8} << 20)) close();
    return Flow::kMore;
  }
  Flow adopt(const Ref<memory::Chunk>& chunk) override {
    close();
    chunks_.push_back(chunk);
    return Flow::kMore;
  }
  std::vector<Ref<memory::Chunk>> take() {
    close();
    return std::move(chunks_);
  }

 private:
  void close() {
    if (builder_.rows() > 0) chunks_.push_back(store_.put(builder_.take()));
  }
  memory::Store& store_;
  const CancelToken& cancel_;
  memory::BatchBuilder builder_;
  std::vector<Ref<memory::Chunk>> chunks_;
};

}  // namespace

std::shared_ptr<Value> Finish::run(const plan::SinkSpec& spec, SinkStates& states,
                                   SinkReport* report) {
  const Sink& sink = states.sink();
  std::vector<KeptState> kept = states.take();
  make_room(spec, kept);
  std::vector<Summary> summaries;
  int64_t bytes = 0;
  for (const KeptState& one : kept) {
    summaries.push_back(sink.summary(*one.state));
    bytes += summaries.back().bytes;
  }
  small_ = bytes <= options_.inline_bytes;
  const Plan plan = sink.plan(summaries, static_cast<uint16_t>(pool_.nodes()));
  std::vector<std::vector<Part>> cuts(kept.size());
  each(
      static_cast<int64_t>(kept.size()),
      [&](int64_t i, Worker& worker) {
        Meter meter(options_.profile);
        const Meter::Span span(meter, &spec);
        kept[i].reservation.reset();  // from here on the sink counts what it keeps
        sink.cut(std::move(kept[i].state), plan, cuts[i], worker);
      },
      [&](int64_t i) { return kept[i].node; });
  memory::release_idle(pool_.store(0).budget().limit_bytes());
  std::vector<std::vector<Part>> parts(plan.count);
  for (size_t i = 0; i < cuts.size(); ++i) {
    for (Part& part : cuts[i]) {
      part.order = i;
      parts[part.p].push_back(std::move(part));
    }
  }
  for (size_t round = 0; round < plan.rounds.size(); ++round) {
    each(
        plan.rounds[round],
        [&](int64_t i, Worker& worker) {
          Meter meter(options_.profile);
          const Meter::Span span(meter, &spec);
          sink.prepare(plan, round, static_cast<uint32_t>(i), worker);
        },
        [](int64_t) { return 0; });
  }
  std::vector<std::vector<Ref<memory::Chunk>>> results(plan.count);
  each(
      plan.count,
      [&](int64_t p, Worker& worker) {
        Meter meter(options_.profile);
        const Meter::Span span(meter, &spec);
        if (plan.by != Plan::kSplits) bring(parts[p], worker.store);
        Gather gather(worker);
        sink.finish(plan, static_cast<uint32_t>(p), std::move(parts[p]), worker, gather);
        results[p] = gather.take();
      },
      [&](int64_t p) { return static_cast<int>(p % pool_.nodes()); });
  auto value = std::make_shared<Value>();
  value->store = &pool_.store(0);
  value->starts = {0};
  value->ascends = plan.ascends;
  for (auto& chunks : results) {
    for (auto& chunk : chunks) value->add(std::move(chunk));
  }
  if (options_.profile != nullptr)
    options_.profile->set_result(&spec, value->rows(), value->bytes());
  if (report != nullptr) {
    report->rows_out = value->rows();
    report->parts = plan.count;
  }
  return value;
}

// The results stand beside the states until they are finished: states that fill more than half of
// memory are relieved before, and those that keep three quarters of it even then go to the disk.
void Finish::make_room(const plan::SinkSpec& spec, std::vector<KeptState>& kept) {
  const int64_t limit = pool_.store(0).budget().limit_bytes();
  const auto write_out = [&](int64_t most, bool (Sink::*how)(State&, Worker&) const) {
    int64_t held = 0;
    for (const KeptState& one : kept) held += one.reservation->charged_bytes();
    if (held <= most) return;
    each(
        static_cast<int64_t>(kept.size()),
        [&](int64_t i, Worker& worker) {
          Meter meter(options_.profile);
          const Meter::Span span(meter, &spec);
          if (!(spec.sink.get()->*how)(*kept[i].state, worker)) return;
          memory::Reservation& reservation = *kept[i].reservation;
          reservation.release(reservation.charged_bytes() - kept[i].state->bytes());
        },
        [&](int64_t i) { return kept[i].node; });
  };
  write_out(limit / 2, &Sink::relieve);
  write_out(limit / 4 * 3, &Sink::spill);
}

void Finish::each(int64_t count, const Pool::Body& body, const std::function<int(int64_t)>& node) {
  // On a worker, the caller can be interrupted while it waits.
  if (inline_ || (small_ && count == 1 && pool_.nodes() == 1)) {
    pool_.inline_run(count, cancel_, body);
  } else {
    pool_.parallel(count, cancel_, body, options_.poll, pool_.nodes() > 1 ? node : nullptr);
  }
}

void Finish::bring(std::vector<Part>& parts, memory::Store& store) {
  for (Part& part : parts) {
    if (part.chunk == nullptr || &part.chunk->store() == &store) continue;
    check(options_.exchange != nullptr, "several nodes need an exchange");
    part.chunk = options_.exchange->move(part.chunk, store);
  }
}

}  // namespace tharsis::runtime
