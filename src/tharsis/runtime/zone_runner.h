#pragma once

#include <span>
#include <vector>

#include "tharsis/plan/array_fragment.h"
#include "tharsis/runtime/split_fold.h"

namespace tharsis::runtime {

/// An operand of a zone, ready to be read.
struct OperandData {
  const char* data = nullptr;  // its C order in memory; null: made by the source
  memory::Pin pin;
};

/// Where a sink that keeps elements wants them: in C order of the domain.
struct Room {
  char* data = nullptr;  // null: the sink is no such
  int64_t width = 0;
};

/// Evaluates the program of a zone over one split, run by run. Columns of a run are valid until the
/// next one.
class ZoneRunner {
 public:
  /// `rooms` has one entry per sink of the fragment.
  ZoneRunner(const plan::ArrayFragment& fragment, const plan::Zone& zone,
             std::span<const OperandData> operands, std::span<const Room> rooms,
             const Region& region, Worker& worker, int64_t run_elements);

  bool next();
  const ArrayRun& run() const { return run_; }
  const Column& column(uint32_t slot) const { return batch_.columns[slot]; }
  /// The values of a slot as flat memory; a constant is repeated into scratch.
  const void* flat(uint32_t slot);

 private:
  // How an operand is read in every run.
  struct Reading {
    enum How : uint8_t { kPointer, kConstant, kGather } how = kPointer;
    void* scratch = nullptr;
    int64_t filled_at = -1;  // the position that is in `scratch` now
    int64_t filled = 0;
    const char* panel = nullptr;  // a block that was transposed ahead
  };
  void shape_runs();
  void prepare_operands();
  void prepare_instructions();
  bool place_next();
  int64_t next_stop(int64_t position) const;
  void read(size_t operand);
  void gather(size_t operand, int64_t position, void* out);
  void execute();
  void own(Column& out, const Instruction& instruction, void* place) const;
  void keep_elements();
  int64_t domain_position() const;
  void copy_box(const Column& column, Room room);

  const plan::ArrayFragment& fragment_;
  const plan::Zone& zone_;
  const std::span<const OperandData> operands_;
  const std::span<const Room> rooms_;
  const Region region_;
  Worker& worker_;
  const int64_t run_elements_;

  int64_t behind_ = 1;  // elements behind one position of the pivot
  int64_t along_most_ = 1;
  bool contiguous_ = true;             // a run is one piece of the C order of the domain
  std::vector<int64_t> leaf_lengths_;  // along the pivot, ascending
  std::array<int64_t, kMaxRank> c_stride_{};
  bool begun_ = false;
  ArrayRun run_;

  Batch batch_;
  std::vector<Reading> readings_;
  std::vector<std::vector<Column>> arguments_;  // per instruction
  std::vector<void*> registers_;                // per instruction: where its result goes
  std::vector<int> room_of_;                    // per slot: the sink that keeps it, or -1
  memory::Arena::Mark mark_{};
};

}  // namespace tharsis::runtime
