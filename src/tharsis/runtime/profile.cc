#include "tharsis/runtime/profile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "tharsis/memory/spill_count.h"

namespace tharsis::runtime {
namespace {

constexpr size_t kFunctionsMax = 6;

std::string text_of(const Program& program) {
  std::vector<std::string> names;
  for (const Instruction& instruction : program.instructions()) {
    if (names.size() == kFunctionsMax) {
      names.push_back(fmt::format("... ({} in all)", program.instructions().size()));
      break;
    }
    names.emplace_back(instruction.call.function->name());
  }
  return names.empty() ? "constants" : fmt::format("compute {}", fmt::join(names, ", "));
}

// What zones read and compute; they differ in operands only.
std::string text_of(const plan::ArrayFragment& fragment) {
  if (fragment.zones.empty()) return "nothing";
  const plan::Zone& zone = fragment.zones[0];
  std::vector<std::string> operands;
  for (const auto& operand : zone.operands) operands.push_back(operand.text());
  std::string text = fmt::format("{}", fmt::join(operands, " | "));
  if (!zone.program->instructions().empty()) text += "; " + text_of(*zone.program);
  if (fragment.zones.size() > 1) text += fmt::format(" ({} zones)", fragment.zones.size());
  return text;
}

int64_t elements(const std::vector<int64_t>& shape) {
  int64_t n = 1;
  for (const int64_t length : shape) n *= length;
  return n;
}

}  // namespace

Profile::Profile(const plan::Fragment& fragment, const plan::Estimates& estimates) {
  std::vector<std::string> operands;
  for (const auto& operand : fragment.operands) operands.push_back(operand.text);
  const double rows = estimates.rows(fragment.operands[0].node);
  add(&fragment,
      {.text = fmt::format("read {}", fmt::join(operands, " | ")), .rows_estimated = rows});
  add(fragment.trunk, fragment, estimates, 1, rows);
}

void Profile::add(const plan::Segment& segment, const plan::Fragment& fragment,
                  const plan::Estimates& estimates, int depth, double rows) {
  if (segment.program->empty()) {
    number_[&segment] = -1;
  } else {
    add(&segment,
        {.text = text_of(*segment.program), .depth = depth, .rows_in = 0, .rows_estimated = rows});
  }
  for (const plan::Exit& exit : segment.exits) {
    StepReport line{.text = exit.text, .depth = depth, .rows_in = 0};
    if (exit.step != nullptr) {
      line.rows_estimated = estimates.rows(exit.node);
      add(&exit, line);
      add(*exit.next, fragment, estimates, depth + 1, line.rows_estimated);
      continue;
    }
    const plan::SinkSpec& sink = fragment.sinks[exit.sink];
    line.text = "-> " + sink.text;
    line.rows_estimated = estimates.rows(sink.expr.node.get());
    add(&exit, std::move(line));
    number_[&sink] = number_[&exit];
  }
}

Profile::Profile(const plan::ArrayFragment& fragment, const plan::Estimates& estimates) {
  add(&fragment, {.text = "read " + text_of(fragment),
                  .rows_in = 0,
                  .rows_estimated = static_cast<double>(elements(fragment.shape))});
  for (const plan::Zone& zone : fragment.zones) {
    number_[&zone] = 0;
    for (size_t s = 0; s < zone.selections.size(); ++s) {
      const plan::Selection& selection = zone.selections[s];
      if (&zone != &fragment.zones[0]) {
        number_[&selection] = number_[&fragment.zones[0].selections[s]];
        continue;
      }
      const bool more = !selection.program->instructions().empty();
      add(&selection, {.text = more ? "select; " + text_of(*selection.program) : "select",
                       .depth = 1,
                       .rows_in = 0});
    }
  }
  for (const plan::ArraySink& sink : fragment.sinks) {
    add(&sink, {.text = "-> " + sink.text,
                .depth = sink.selection < 0 ? 1 : 2,
                .rows_in = 0,
                .rows_estimated = estimates.rows(sink.expr.node.get())});
  }
}

void Profile::add(const void* part, StepReport line) {
  number_[part] = static_cast<int>(lines_.size());
  lines_.push_back(std::move(line));
}

void Profile::set_result(const void* sink, int64_t rows, int64_t bytes) {
  StepReport& line = lines_[number_.at(sink)];
  line.rows_out = rows;
  line.bytes_out = bytes;
}

void Meter::start() {
  lines_.resize(profile_->lines_.size());
  since_ = Clock::now();
  spilled_since_ = memory::spilled_by_this_thread();
}

void Meter::stop() {
  enter(-1);
  const std::lock_guard lock(profile_->mutex_);
  for (size_t i = 0; i < lines_.size(); ++i) {
    StepReport& line = profile_->lines_[i];
    if (line.rows_in >= 0) line.rows_in += lines_[i].rows_in;
    line.rows_out += lines_[i].rows_out;
    line.bytes_out += lines_[i].bytes_out;
    line.spilled_bytes += lines_[i].spilled_bytes;
    line.seconds += std::chrono::duration<double>(lines_[i].time).count();
  }
}

int Meter::enter(int line) {
  const auto now = Clock::now();
  const int64_t spilled = memory::spilled_by_this_thread();
  if (running_ >= 0) {
    lines_[running_].time += now - since_;
    lines_[running_].spilled_bytes += spilled - spilled_since_;
  }
  since_ = now;
  spilled_since_ = spilled;
  return std::exchange(running_, line);
}

void Meter::left(const void* part, const Batch& batch, size_t first_column) {
  Tally* line = tally(part);
  if (line == nullptr) return;
  const int before = enter(-1);  // counting is nobody's work
  line->rows_out += batch.rows;
  for (size_t i = first_column; i < batch.columns.size(); ++i)
    line->bytes_out += memory::column_bytes(batch.columns[i], batch.rows);
  enter(before);
}

}  // namespace tharsis::runtime
