#include "tharsis/ops/relational/groupby/group_sink.h"

#include <algorithm>
#include <bit>
#include <mutex>

#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/groupby/group_parts.h"
#include "tharsis/ops/relational/groupby/standing_rows.h"

namespace tharsis::ops {
namespace {

constexpr uint32_t kSpillParts =
    256;                              // by the top eight bits of the hash; a plan merges neighbours
constexpr int64_t kFewGroups = 2048;  // one part, one thread
constexpr int64_t kGroupsPerPart = int64_t{1} << 15;
constexpr int64_t kAdoptBytes = int64_t{1} << 20;
constexpr int64_t kDealtRows = int64_t{1} << 20;
constexpr double kRepeatedMax = 0.25;  // of rows that stand: others cost more where they are

class GroupSink final : public Sink {
 public:
  GroupSink(const GroupByAttrs& attrs, const Meta& in) : shape_(attrs, in) {}

  Own<State> open(Worker&) const override { return std::make_unique<GroupState>(shape_); }

  int64_t growth_max(const Batch& batch, const State& state) const override {
    return static_cast<const GroupState&>(state).groups->growth_max(batch);
  }

  Flow consume(Batch& batch, uint16_t, State& state, Worker& worker) const override {
    static_cast<GroupState&>(state).groups->consume(batch, worker.arena);
    return Flow::kMore;
  }

  bool spill(State& state, Worker& worker) const override {
    auto& own = static_cast<GroupState&>(state);
    Groups& groups = *own.groups;
    if (groups.size() == 0 && groups.log().rows() == 0) return false;
    if (groups.log().inputs_are_worth_it()) return groups.log().spill_inputs(worker);
    own.spilled_rows += groups.size() + groups.log().rows();
    spill_rows(own, worker);
    const auto parts = groups.by_part(kSpillParts);
    for (uint32_t p = 0; p < kSpillParts; ++p) {
      worker.cancel.throw_if_cancelled();
      if (!parts[p].empty())
        own.spilled.emplace_back(p, worker.store.put_on_disk(states_of(groups, parts[p])));
    }
    groups.clear();
    return true;
  }

  // The keys of logged rows are looked at once more, their inputs one after the other.
  bool relieve(State& state, Worker& worker) const override {
    Groups& groups = *static_cast<GroupState&>(state).groups;
    if (groups.log().rows() < groups.size()) return spill(state, worker);
    return groups.log().spill_inputs(worker);
  }

  Summary summary(const State& state) const override {
    const auto& own = static_cast<const GroupState&>(state);
    Summary out;
    out.rows = own.groups->size() + own.groups->log().rows() + own.spilled_rows;
    out.spilled = own.spilled_rows > 0;
    out.bytes = own.bytes();
    know(own);
    return out;
  }

  Plan plan(std::span<const Summary> all, uint16_t nodes) const override {
    int64_t rows = 0;
    bool spilled = false;
    for (const Summary& one : all) {
      rows += one.rows;
      spilled |= one.spilled;
    }
    Plan plan;
    plan.nodes = nodes;
    const bool small = rows <= kFewGroups || (all.size() == 1 && rows <= 4 * kGroupsPerPart);
    plan.ascends = first_row_field();
    if (!spilled && nodes == 1 && stand(rows, all.size())) {
      plan.by = Plan::kRange;
      plan.count = standing_->ranges();
      plan.rounds = standing_->rounds();
      return plan;
    }
    if (!spilled && !scarce_ && small && nodes == 1) return plan;
    plan.ascends = -1;
    plan.by = Plan::kHash;
    if (shape_.keys.empty()) return plan;  // one group is one part
    const auto wanted = static_cast<uint64_t>(rows / kGroupsPerPart + 1);
    plan.count =
        spilled ? kSpillParts
                : static_cast<uint32_t>(std::min<uint64_t>(std::bit_ceil(wanted), kSpillParts));
    plan.count = std::max<uint32_t>(plan.count, nodes > 1 ? std::bit_ceil(4u * nodes) : 1);
    return plan;
  }

  void cut(Own<State> state, const Plan& plan, std::vector<Part>& out,
           Worker& worker) const override {
    auto& own = static_cast<GroupState&>(*state);
    own.groups->close();
    if (plan.by == Plan::kRange) {
      auto held = std::make_shared<Held>(worker.store.budget(), own.groups);
      held->count();
      standing_->add(std::move(held));
      return;
    }
    if (own.groups->log().on_disk()) spill_rows(own, worker);
    for (auto& [p, chunk] : own.spilled) {
      Part part;
      part.p = p * plan.count / kSpillParts;
      part.chunk = std::move(chunk);
      out.push_back(std::move(part));
    }
    for (auto& [p, rows] : own.logged) {
      Part part;
      part.p = p * plan.count / kSpillParts;
      if (plan.nodes > 1) {
        part.chunk = worker.store.put(unpacked(*rows, worker));
      } else {
        part.state = std::move(rows);
      }
      out.push_back(std::move(part));
    }
    if (plan.nodes > 1) {
      export_groups(*own.groups, plan, out, worker);
    } else {
      hand_over(own.groups, plan, out, worker);
    }
  }

  void prepare(const Plan&, size_t round, uint32_t i, Worker& worker) const override {
    standing_->prepare(round, i, worker);
  }

  void finish(const Plan& plan, uint32_t p, std::vector<Part> parts, Worker& worker,
              Emit& out) const override {
    if (plan.by == Plan::kRange) return emit(standing_->finish(p, worker), worker, out);
    // A whole state that is alone is finished as it is.
    if (plan.by == Plan::kWhole && parts.size() == 1 && parts[0].chunk == nullptr) {
      const auto& piece = static_cast<const GroupPiece&>(*parts[0].state);
      if (!piece.rows) return emit(*piece.held->groups, worker, out);
    }
    std::vector<Coming> coming;
    std::vector<Ref<memory::Chunk>> chunks;
    int64_t expected = 0;
    for (Part& part : parts) {
      if (part.chunk != nullptr) {
        chunks.push_back(std::move(part.chunk));
      } else {
        coming.push_back(arriving(*part.state));
        expected += coming.back().end - coming.back().begin;
      }
    }
    parts.clear();
    const auto keys = chunks.empty() ? key_union() : nullptr;
    const auto groups = keys != nullptr ? std::make_unique<Groups>(shape_, keys, expected)
                                        : std::make_unique<Groups>(shape_);
    for (auto& chunk : chunks) {
      worker.cancel.throw_if_cancelled();
      absorb(*chunk->store().pin(chunk), *groups, worker);
      chunk.reset();
    }
    absorb(coming, *groups, worker);
    coming.clear();
    // Without keys there is one group, also over no rows.
    if (shape_.keys.empty() && groups->size() == 0) groups->add_empty(worker.arena);
    emit(*groups, worker, out);
  }

 private:
  // A batch that says what it holds.
  static Batch marked(Batch batch, Holds holds) {
    batch.columns.push_back(constant_column({TypeId::kInt64, static_cast<int64_t>(holds)}));
    return batch;
  }
  static Holds holds(const Batch& batch) {
    return static_cast<Holds>(batch.columns.back().values<int64_t>()[0]);
  }

  // Groups as a batch with text of its own.
  static Batch states_of(Groups& groups, std::span<const uint32_t> numbers) {
    Batch batch = groups.write(numbers);
    for (const Column& column : batch.columns) {
      if (!column.dtype.is_string()) continue;
      batch = memory::owned_copy(batch);
      break;
    }
    return marked(std::move(batch), Holds::kStates);
  }

  // Some rows at a time: while they are dealt, they are there twice.
  static void spill_rows(GroupState& own, Worker& worker) {
    RowLog& log = own.groups->log();
    while (log.rows() > 0) {
      const DealtRows dealt = log.deal(kSpillParts, kDealtRows);
      for (uint32_t p = 0; p < kSpillParts; ++p) {
        worker.cancel.throw_if_cancelled();
        if (dealt.begins[p] == dealt.begins[p + 1]) continue;
        auto spilled = std::make_unique<SpilledRows>();
        spilled->space = dealt.space;
        spilled->layout = dealt.layout;
        spilled->chunk =
            worker.store.put_on_disk(slice(*dealt.batch, dealt.begins[p], dealt.begins[p + 1]));
        own.logged.emplace_back(p, std::move(spilled));
      }
    }
  }

  static Batch slice(const Batch& batch, int64_t begin, int64_t end) {
    Batch out;
    out.rows = end - begin;
    for (const Column& column : batch.columns) out.columns.push_back(column.from(begin));
    return out;
  }

  // Logged rows as columns of keys, positions and inputs: what another node can read.
  Batch unpacked(const KeySpace& space, const PackedLayout& layout, const Batch& rows) const {
    Batch out;
    out.rows = rows.rows;
    for (size_t k = 0; k < shape_.keys.size(); ++k) {
      out.columns.push_back(
          space.column(k, layout, rows.columns[0].values<uint64_t>(), rows.rows, nullptr));
    }
    out.columns.insert(out.columns.end(), rows.columns.begin() + 1, rows.columns.end());
    return marked(memory::owned_copy(out), Holds::kRows);
  }
  Batch unpacked(const SpilledRows& rows, Worker& worker) const {
    return unpacked(*rows.space, *rows.layout, *worker.store.pin(rows.chunk));
  }

  void export_groups(Groups& groups, const Plan& plan, std::vector<Part>& out,
                     Worker& worker) const {
    const auto add = [&](uint32_t p, Batch batch) {
      Part part;
      part.p = p;
      part.chunk = worker.store.put(std::move(batch));
      out.push_back(std::move(part));
    };
    const auto parts = groups.by_part(plan.count);
    for (uint32_t p = 0; p < plan.count; ++p) {
      if (!parts[p].empty()) add(p, states_of(groups, parts[p]));
    }
    if (groups.log().rows() == 0) return;
    const DealtRows dealt = groups.log().deal(plan.count);
    for (uint32_t p = 0; p < plan.count; ++p) {
      if (dealt.begins[p] == dealt.begins[p + 1]) continue;
      add(p, unpacked(*dealt.space, *dealt.layout,
                      slice(*dealt.batch, dealt.begins[p], dealt.begins[p + 1])));
    }
  }

  void hand_over(const std::shared_ptr<Groups>& groups, const Plan& plan, std::vector<Part>& out,
                 Worker& worker) const {
    const auto held = std::make_shared<Held>(worker.store.budget(), groups);
    if (groups->log().rows() > 0) held->rows = groups->log().deal(plan.count);
    held->count();
    auto parts = groups->by_part(plan.count);
    const auto add = [&](uint32_t p, std::unique_ptr<GroupPiece> piece) {
      piece->held = held;
      Part part;
      part.p = p;
      part.state = std::move(piece);
      out.push_back(std::move(part));
    };
    const std::vector<int64_t>& begins = held->rows.begins;
    for (uint32_t p = 0; p < plan.count; ++p) {
      if (!parts[p].empty() || plan.by == Plan::kWhole) {
        auto piece = std::make_unique<GroupPiece>();
        piece->numbers = std::move(parts[p]);
        add(p, std::move(piece));
      }
      if (held->rows.batch != nullptr && begins[p] < begins[p + 1]) {
        auto piece = std::make_unique<GroupPiece>();
        piece->rows = true;
        piece->begin = begins[p];
        piece->end = begins[p + 1];
        add(p, std::move(piece));
      }
    }
  }

  static Coming arriving(State& state) {
    Coming out;
    if (const auto* spilled = dynamic_cast<SpilledRows*>(&state)) {
      out.pin = spilled->chunk->store().pin(spilled->chunk);
      out.rows = {spilled->space, spilled->layout, {0, out.pin->rows}, out.pin};
      out.end = out.pin->rows;
      return out;
    }
    auto& piece = static_cast<GroupPiece&>(state);
    out.held = piece.held;
    if (piece.rows) {
      out.rows = piece.held->rows;
      out.begin = piece.begin;
      out.end = piece.end;
    } else {
      out.groups = piece.held->groups;
      out.numbers = std::move(piece.numbers);
      out.first = out.groups->first_rows(out.numbers);
      out.end = static_cast<int64_t>(out.numbers.size());
    }
    return out;
  }

  static void absorb(const Batch& chunk, Groups& groups, Worker& worker) {
    Batch batch = chunk;
    const Holds what = holds(batch);
    batch.columns.pop_back();
    if (what == Holds::kStates) {
      groups.absorb_states(batch, worker.arena);
    } else {
      groups.absorb_rows(batch, worker.arena);
    }
  }

  // Split by split, so that groups are met in the order of their first rows.
  static void absorb(std::vector<Coming>& coming, Groups& groups, Worker& worker) {
    std::vector<Coming*> waiting;
    for (Coming& one : coming) waiting.push_back(&one);
    while (!waiting.empty()) {
      worker.cancel.throw_if_cancelled();
      const auto first = std::min_element(
          waiting.begin(), waiting.end(),
          [](const Coming* a, const Coming* b) { return a->split() < b->split(); });
      Coming& next = **first;
      const int64_t end = waiting.size() == 1 ? next.end : next.split_end();
      if (next.groups != nullptr) {
        const std::span<const uint32_t> numbers(next.numbers);
        groups.absorb_groups(*next.groups, numbers.subspan(next.begin, end - next.begin),
                             worker.arena);
      } else {
        groups.absorb_rows(next.rows, next.begin, end, next.memo, worker.arena);
      }
      next.begin = end;
      if (next.begin == next.end) waiting.erase(first);
    }
  }

  // Of the answer, where the order of the groups is asked for.
  int64_t first_row_field() const {
    const std::vector<Aggregate>& aggregates = shape_.attrs.aggregates;
    const auto at = std::find_if(aggregates.begin(), aggregates.end(),
                                 [](const Aggregate& one) { return one.function == "first_row"; });
    if (at == aggregates.end()) return -1;
    return static_cast<int64_t>(shape_.keys.size()) + (at - aggregates.begin());
  }

  // The spaces of keys that are to come, how many there are at most, and how many of them wait in
  // logs.
  void know(const GroupState& own) const {
    const std::lock_guard lock(mutex_);
    know(own.groups->table().space());
    for (const auto& [p, rows] : own.logged) know(rows->space);
    const int64_t logged = own.groups->log().rows();
    rows_ += own.groups->size() + logged + own.spilled_rows;
    logged_ += logged;
    scarce_ |= own.groups->log().on_disk();
    repeated_ = std::max(repeated_, own.groups->log().repeated());
  }
  void know(const std::shared_ptr<KeySpace>& space) const {
    if (std::find(spaces_.begin(), spaces_.end(), space) == spaces_.end()) spaces_.push_back(space);
  }

  // Most rows are logged, and nearly all of them groups of their own. What repeats within a state
  // tells how much repeats among all.
  bool stand(int64_t rows, size_t states) const {
    if (shape_.keys.empty() || rows <= kFewGroups || !StandingRows::holds(rows)) return false;
    if (2 * logged_ < rows || repeated_ * static_cast<double>(states) > kRepeatedMax) return false;
    const auto keys = key_union();
    if (keys == nullptr) return false;
    standing_ = std::make_unique<StandingRows>(shape_, keys, rows, scarce_);
    return true;
  }

  // Of the tables and the logs of all states: made once, by whoever finishes first.
  std::shared_ptr<const KeyUnion> key_union() const {
    const std::lock_guard lock(mutex_);
    if (!united_) union_ = KeyUnion::of(spaces_, rows_);
    united_ = true;
    return union_;
  }

  static void emit(Groups& groups, Worker& worker, Emit& out) {
    emit(groups.finish(worker.arena), worker, out);
  }
  static void emit(Batch batch, Worker& worker, Emit& out) {
    if (batch.rows == 0) return;
    if (memory::batch_bytes(batch) > kAdoptBytes) {
      out.adopt(worker.store.put(std::move(batch)));
    } else {
      out(batch);
    }
  }

  const GroupShape shape_;
  // What finishes share: a space for all keys. It follows from the states and changes no answer.
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<KeySpace>> spaces_;
  mutable int64_t rows_ = 0;
  mutable int64_t logged_ = 0;
  mutable double repeated_ = 0;
  mutable bool scarce_ = false;  // inputs of logged rows are on the disk
  mutable std::unique_ptr<StandingRows> standing_;
  mutable std::shared_ptr<const KeyUnion> union_;
  mutable bool united_ = false;
};

}  // namespace

Ref<Sink> group_sink(const GroupByAttrs& attrs, const Meta& in) {
  return std::make_shared<GroupSink>(attrs, in);
}

}  // namespace tharsis::ops
