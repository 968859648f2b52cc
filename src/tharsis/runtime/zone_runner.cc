#include "tharsis/runtime/zone_runner.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/kernels/compress.h"

namespace tharsis::runtime {

ZoneRunner::ZoneRunner(const plan::ArrayFragment& fragment, const plan::Zone& zone,
                       std::span<const OperandData> operands, std::span<const Room> rooms,
                       const Region& region, Worker& worker, int64_t run_elements)
    : fragment_(fragment),
      zone_(zone),
      operands_(operands),
      rooms_(rooms),
      region_(region),
      worker_(worker),
      run_elements_(run_elements) {
  shape_runs();
  batch_.columns.resize(zone.program->slots());
  prepare_operands();
  prepare_instructions();
  mark_ = worker.arena.mark();
}

void ZoneRunner::shape_runs() {
  const auto& shape = fragment_.shape;
  int pivot = region_.rank - 1;
  while (pivot > 0 && behind_ * region_.length(pivot) <= run_elements_) {
    contiguous_ &= region_.length(pivot) == shape[pivot];
    behind_ *= region_.length(pivot);
    --pivot;
  }
  run_.pivot = pivot;
  const int64_t fit = std::max<int64_t>(run_elements_ / behind_, 1);
  along_most_ = fit;
  for (const plan::ArraySink& sink : fragment_.sinks) {
    if (sink.tile != nullptr && sink.grid.axis == pivot) leaf_lengths_.push_back(sink.grid.length);
  }
  std::sort(leaf_lengths_.begin(), leaf_lengths_.end());
  // A part of a leaf is a power of two of it, so that parts fill it evenly.
  if (!leaf_lengths_.empty() && leaf_lengths_[0] > fit) {
    along_most_ = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(fit)));
  }
  int64_t stride = 1;
  for (int axis = region_.rank - 1; axis >= 0; --axis) {
    c_stride_[axis] = stride;
    stride *= shape[axis];
  }
}

// Where the run from `position` of the pivot on ends: it holds whole leaves or a part of one.
int64_t ZoneRunner::next_stop(int64_t position) const {
  int64_t stop = std::min(position + along_most_, region_.end[run_.pivot]);
  for (const int64_t length : leaf_lengths_) {
    if (position / length == (stop - 1) / length) continue;
    if (stop != region_.end[run_.pivot]) stop = std::max(stop / length * length, position + 1);
  }
  return stop;
}

void ZoneRunner::prepare_operands() {
  for (size_t i = 0; i < zone_.operands.size(); ++i) {
    const plan::ArrayOperand& operand = zone_.operands[i];
    const auto& stride = operand.walk.stride;
    Reading reading;
    bool still = true, dense = true;
    int64_t behind = 1;
    for (int axis = region_.rank - 1; axis >= run_.pivot; --axis) {
      const bool moves = axis == run_.pivot ? along_most_ > 1 : region_.length(axis) > 1;
      still &= !moves || stride[axis] == 0;
      dense &= !moves || stride[axis] == behind;
      behind *= region_.length(axis);
    }
    const bool in_memory = operands_[i].data != nullptr;
    if (still) {
      reading.how = Reading::kConstant;
      if (!in_memory) reading.scratch = worker_.arena.take(8);
    } else if (dense && in_memory) {
      reading.how = Reading::kPointer;
    } else {
      reading.how = Reading::kGather;
      reading.scratch =
          worker_.arena.take(run_elements_ * operand.dtype.width() + memory::kPadding);
    }
    readings_.push_back(reading);
    Column& column = batch_.columns[i];
    column.dtype = operand.dtype;
    column.encoding = still ? Encoding::kConstant : Encoding::kFlat;
  }
}

// Gives every instruction a place for its result: the room of the sink that keeps it, or one of as
// few registers as are alive at once.
void ZoneRunner::prepare_instructions() {
  const auto& instructions = zone_.program->instructions();
  for (const auto& [slot, column] : zone_.program->constants()) batch_.columns[slot] = column;
  std::vector<size_t> last_use(zone_.program->slots(), 0);
  for (size_t i = 0; i < instructions.size(); ++i) {
    for (const uint32_t slot : instructions[i].in) last_use[slot] = i;
  }
  for (const uint32_t slot : zone_.sinks) {
    if (slot < last_use.size()) last_use[slot] = instructions.size();
  }
  for (const plan::Selection& selection : zone_.selections) {
    last_use[selection.mask] = instructions.size();
    for (const uint32_t slot : selection.slots) last_use[slot] = instructions.size();
  }
  room_of_.assign(zone_.program->slots(), -1);
  for (size_t i = 0; i < rooms_.size(); ++i) {
    if (rooms_[i].data != nullptr) room_of_[zone_.sinks[i]] = static_cast<int>(i);
  }
  std::vector<void*> free;
  std::vector<void*> holds(zone_.program->slots(), nullptr);
  for (size_t i = 0; i < instructions.size(); ++i) {
    const Instruction& instruction = instructions[i];
    if (free.empty()) free.push_back(worker_.arena.take(run_elements_ * 8 + memory::kPadding));
    registers_.push_back(holds[instruction.out] = free.back());
    free.pop_back();
    for (const uint32_t slot : instruction.in) {
      if (last_use[slot] == i && holds[slot] != nullptr) {
        free.push_back(holds[slot]);
        holds[slot] = nullptr;
      }
    }
    arguments_.emplace_back(instruction.in.size());
  }
}

bool ZoneRunner::place_next() {
  const int pivot = run_.pivot;
  if (!begun_) {
    begun_ = true;
    for (int axis = 0; axis < region_.rank; ++axis) run_.at[axis] = region_.begin[axis];
  } else {
    run_.at[pivot] += run_.along;
    if (run_.at[pivot] >= region_.end[pivot]) {
      run_.at[pivot] = region_.begin[pivot];
      int axis = pivot - 1;
      for (; axis >= 0; --axis) {
        if (++run_.at[axis] < region_.end[axis]) break;
        run_.at[axis] = region_.begin[axis];
      }
      if (axis < 0) return false;
    }
  }
  run_.along = next_stop(run_.at[pivot]) - run_.at[pivot];
  run_.count = run_.along * behind_;
  return true;
}

bool ZoneRunner::next() {
  worker_.arena.reset(mark_);
  if (!place_next()) return false;
  batch_.rows = run_.count;
  for (size_t i = 0; i < readings_.size(); ++i) read(i);
  execute();
  keep_elements();
  return true;
}

void ZoneRunner::read(size_t i) {
  const plan::ArrayOperand& operand = zone_.operands[i];
  Reading& reading = readings_[i];
  int64_t position = operand.walk.base;
  for (int axis = 0; axis < region_.rank; ++axis)
    position += operand.walk.stride[axis] * run_.at[axis];
  const int64_t width = operand.dtype.width();
  Column& column = batch_.columns[i];
  if (reading.scratch == nullptr) {
    column.data = operands_[i].data + position * width;
    return;
  }
  column.data = reading.scratch;
  // A row that is broadcast along the axes in front stays where it was put.
  if (reading.filled_at == position && reading.filled >= run_.count) return;
  reading.filled_at = position;
  reading.filled = run_.count;
  if (reading.how == Reading::kConstant) {
    operand.source->read(position, 1, 1, reading.scratch);
  } else {
    gather(i, position, reading.scratch);
  }
}

// The values of a run whose positions do not follow one another.
void ZoneRunner::gather(size_t i, int64_t position, void* out) {
  const plan::ArrayOperand& operand = zone_.operands[i];
  const int64_t width = operand.dtype.width();
  const int last = region_.rank - 1;
  // The lines: as many inner axes as one stride can walk.
  int inner = last;
  int64_t line = inner == run_.pivot ? run_.along : region_.length(inner);
  const auto& stride = operand.walk.stride;
  int64_t step = stride[last];
  while (inner > run_.pivot) {
    const int64_t length = inner - 1 == run_.pivot ? run_.along : region_.length(inner - 1);
    if (line > 1 && length > 1 && stride[inner - 1] != step * line) break;
    if (line == 1) step = stride[inner - 1];
    line *= length;
    --inner;
  }
  std::array<int64_t, kMaxRank> at{};
  auto* to = static_cast<char*>(out);
  for (int64_t done = 0; done < run_.count; done += line, to += line * width) {
    if (operands_[i].data == nullptr) {
      if (step == 0) {
        operand.source->read(position, 1, 1, to);
        kernels::repeat(width, to, line, to);
      } else {
        operand.source->read(position, step, line, to);
      }
    } else {
      const char* from = operands_[i].data + position * width;
      if (step == 0) {
        kernels::repeat(width, from, line, to);
      } else {
        kernels::gather_strided(width, from, step, line, to);
      }
    }
    for (int axis = inner - 1; axis >= run_.pivot; --axis) {
      const int64_t length = axis == run_.pivot ? run_.along : region_.length(axis);
      position += stride[axis];
      if (++at[axis] < length) break;
      position -= stride[axis] * length;
      at[axis] = 0;
    }
  }
}

void ZoneRunner::execute() {
  const auto& instructions = zone_.program->instructions();
  for (size_t i = 0; i < instructions.size(); ++i) {
    const Instruction& instruction = instructions[i];
    auto& arguments = arguments_[i];
    bool constant = true;
    for (size_t k = 0; k < arguments.size(); ++k) {
      const Column& from = batch_.columns[instruction.in[k]];
      if (from.owner == nullptr && from.validity == nullptr && arguments[k].data != nullptr &&
          arguments[k].owner == nullptr) {
        arguments[k].data = from.data;
        arguments[k].encoding = from.encoding;
      } else {
        arguments[k] = from;
      }
      constant &= from.encoding == Encoding::kConstant;
    }
    Column& out = batch_.columns[instruction.out];
    const ScalarFunction& function = *instruction.call.function;
    void* place = registers_[i];
    if (const int sink = room_of_[instruction.out]; sink >= 0 && contiguous_)
      place = rooms_[sink].data + domain_position() * rooms_[sink].width;
    try {
      if (!constant &&
          function.evaluate_into(instruction.call, arguments, run_.count, place, worker_)) {
        out.dtype = instruction.call.out;
        out.encoding = Encoding::kFlat;
        out.data = place;
        continue;
      }
      out = function.evaluate(instruction.call, arguments, batch_, worker_);
      own(out, instruction, place);
    } catch (Error& error) {
      error.set_origin(instruction.origin);
      throw;
    }
  }
}

// A function may answer an argument as it is (a cast to the same type), whose register is soon
// another's: then the result gets a place of its own.
void ZoneRunner::own(Column& out, const Instruction& instruction, void* place) const {
  if (out.encoding != Encoding::kFlat || out.owner != nullptr) return;
  for (const uint32_t slot : instruction.in) {
    if (slot < zone_.program->inputs() || batch_.columns[slot].data != out.data) continue;
    std::memcpy(place, out.data, run_.count * out.dtype.width());
    out.data = place;
    return;
  }
}

int64_t ZoneRunner::domain_position() const {
  int64_t position = 0;
  for (int axis = 0; axis < region_.rank; ++axis) position += run_.at[axis] * c_stride_[axis];
  return position;
}

// Puts into rooms what was not made there.
void ZoneRunner::keep_elements() {
  for (size_t i = 0; i < rooms_.size(); ++i) {
    if (rooms_[i].data == nullptr) continue;
    const Column& column = batch_.columns[zone_.sinks[i]];
    char* to = rooms_[i].data + domain_position() * rooms_[i].width;
    if (column.data == to) continue;
    if (!contiguous_) {
      copy_box(column, rooms_[i]);
    } else if (column.encoding == Encoding::kConstant) {
      kernels::repeat(rooms_[i].width, column.data, run_.count, to);
    } else {
      std::memcpy(to, column.data, run_.count * rooms_[i].width);
    }
  }
}

// A run of a zone that ends inside of axes behind the pivot: line by line.
void ZoneRunner::copy_box(const Column& column, Room room) {
  int inner = region_.rank - 1;
  int64_t line = region_.length(inner);
  while (inner - 1 > run_.pivot && region_.length(inner) == fragment_.shape[inner]) {
    --inner;
    line *= region_.length(inner);
  }
  const bool constant = column.encoding == Encoding::kConstant;
  const auto* from = static_cast<const char*>(column.data);
  auto at = run_.at;
  for (int64_t done = 0; done < run_.count; done += line) {
    int64_t position = 0;
    for (int axis = 0; axis < region_.rank; ++axis) position += at[axis] * c_stride_[axis];
    char* to = room.data + position * room.width;
    if (constant) {
      kernels::repeat(room.width, from, line, to);
    } else {
      std::memcpy(to, from + done * room.width, line * room.width);
    }
    for (int axis = inner - 1; axis >= run_.pivot; --axis) {
      if (++at[axis] < region_.end[axis] || axis == run_.pivot) break;
      at[axis] = region_.begin[axis];
    }
  }
}

const void* ZoneRunner::flat(uint32_t slot) {
  const Column& column = batch_.columns[slot];
  if (column.encoding != Encoding::kConstant) return column.data;
  const int64_t width = column.dtype.width();
  void* out = worker_.arena.take(run_.count * width);
  kernels::repeat(width, column.data, run_.count, out);
  return out;
}

}  // namespace tharsis::runtime
