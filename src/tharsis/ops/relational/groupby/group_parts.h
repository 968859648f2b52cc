#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "tharsis/ops/relational/groupby/group_state.h"

/// What a group-by hands from its states to the parts that finish it.
namespace tharsis::ops {

/// What a chunk holds, in its last column: a constant.
enum class Holds : int64_t { kStates, kRows };

/// A chunk on disk with rows of a log, which only the space that packed them can read.
struct SpilledRows final : State {
  std::shared_ptr<KeySpace> space;
  Ref<PackedLayout> layout;
  Ref<memory::Chunk> chunk;
};

struct GroupState final : State {
  explicit GroupState(const GroupShape& shape) : groups(std::make_shared<Groups>(shape)) {}
  std::shared_ptr<Groups> groups;
  std::vector<std::pair<uint32_t, Ref<memory::Chunk>>> spilled;           // states, by part
  std::vector<std::pair<uint32_t, std::unique_ptr<SpilledRows>>> logged;  // rows, by part
  int64_t spilled_rows = 0;
  int64_t bytes() const override { return groups->bytes(); }
};

/// A state in memory after the cut, counted until its last piece is finished.
struct Held {
  Held(memory::Budget& budget, std::shared_ptr<Groups> state)
      : groups(std::move(state)), reservation(budget, "groups to be finished") {}
  void count() {
    reservation.charge(groups->bytes() + (rows.batch ? memory::batch_bytes(*rows.batch) : 0));
  }
  const std::shared_ptr<Groups> groups;
  DealtRows rows;
  memory::Reservation reservation;
};

/// Some groups of a state in memory, or rows of its log.
struct GroupPiece final : State {
  std::shared_ptr<Held> held;
  bool rows = false;
  std::vector<uint32_t> numbers;
  int64_t begin = 0;
  int64_t end = 0;
};

/// Groups or rows of one part on their way into the table, in the order in which they stood.
struct Coming {
  std::shared_ptr<Held> held;
  std::shared_ptr<Groups> groups;
  std::vector<uint32_t> numbers;
  std::vector<int64_t> first;  // of the groups; empty: nobody asks for the order
  DealtRows rows;
  memory::Pin pin;
  KeySpace::Memo memo;
  int64_t begin = 0;
  int64_t end = 0;

  const int64_t* positions() const {
    return groups != nullptr ? first.data() : rows.batch->columns[1].values<int64_t>();
  }
  // Of what comes next.
  int64_t split() const { return positions() == nullptr ? -1 : positions()[begin] >> kOrderShift; }
  // Where the rows of this split end.
  int64_t split_end() const {
    const int64_t* all = positions();
    if (all == nullptr) return end;
    return std::lower_bound(all + begin, all + end, (split() + 1) << kOrderShift) - all;
  }
};

}  // namespace tharsis::ops
