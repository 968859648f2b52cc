#include "tharsis/runtime/reading.h"

#include <algorithm>

#include "tharsis/base/error.h"

namespace tharsis::runtime {
namespace {

constexpr int64_t kAlignRows = 64;  // validity bits of a view begin in a byte

std::vector<Split> splits_of_value(const Value& value, int64_t target_bytes) {
  std::vector<Split> splits;
  for (size_t i = 0; i < value.chunks.size();) {
    // A large chunk is several splits, small neighbours are one.
    const int64_t rows = value.chunks[i]->rows();
    const int64_t bytes = std::max<int64_t>(value.chunks[i]->bytes(), 1);
    if (bytes > 2 * target_bytes) {
      const int64_t pieces = (bytes + target_bytes - 1) / target_bytes;
      const int64_t step =
          ((rows + pieces - 1) / pieces + kAlignRows - 1) / kAlignRows * kAlignRows;
      for (int64_t at = 0; at < rows; at += step) {
        const int64_t n = std::min(step, rows - at);
        splits.push_back({splits.size(), value.starts[i] + at, n, bytes * n / rows, {}});
      }
      ++i;
      continue;
    }
    Split split{splits.size(), value.starts[i], 0, 0, {}};
    while (i < value.chunks.size() &&
           (split.rows == 0 || split.bytes + value.chunks[i]->bytes() <= target_bytes)) {
      split.rows += value.chunks[i]->rows();
      split.bytes += value.chunks[i]->bytes();
      ++i;
    }
    splits.push_back(split);
  }
  return splits;
}

}  // namespace

std::vector<Split> splits_of(const std::vector<plan::Operand>& operands, int64_t target_bytes) {
  for (const auto& operand : operands) {
    if (operand.source != nullptr) return operand.source->splits(target_bytes);
  }
  // The rows are cut by the operand with the most bytes.
  const plan::Operand* widest = &operands[0];
  for (const auto& operand : operands) {
    if (operand.value->bytes() > widest->value->bytes()) widest = &operand;
  }
  for (const auto& operand : operands) {
    check(operand.value->rows() == widest->value->rows(),
          "operands of one row space have different lengths");
  }
  return splits_of_value(*widest->value, target_bytes);
}

Reading::Reading(const std::vector<plan::Operand>& operands, const Split& split, Worker& worker,
                 int64_t batch_rows)
    : split_(split), batch_rows_(batch_rows), row_(split.first_row) {
  for (const auto& operand : operands) {
    from_source_.push_back(operand.source != nullptr);
    if (operand.source != nullptr) {
      check(reader_ == nullptr, "a pass reads one source; the others are stored");
      reader_ = operand.source->open(split, worker);
    } else {
      stored_.push_back({operand.value.get(), 0, nullptr});
    }
  }
  check(stored_.empty() || row_ >= 0,
        "a source that does not know its rows is read beside stored ones");
}

Reading::~Reading() = default;

int64_t Reading::seek(Stored& stored, int64_t row) {
  const Value& value = *stored.value;
  if (stored.pin == nullptr || row >= value.starts[stored.chunk + 1]) {
    stored.pin = nullptr;  // lets go first; a pin that fails can be asked for again
    stored.chunk =
        std::upper_bound(value.starts.begin(), value.starts.end(), row) - value.starts.begin() - 1;
    stored.pin = value.chunks[stored.chunk]->store().pin(value.chunks[stored.chunk]);
  }
  return value.starts[stored.chunk + 1] - row;
}

bool Reading::next(Batch& out) {
  int64_t rows = batch_rows_;
  if (reader_ != nullptr) {
    while (pending_at_ == pending_.rows) {
      pending_.columns.clear();
      pending_.rows = 0;
      pending_at_ = 0;
      if (!reader_->next(pending_)) return false;
    }
    rows = std::min<int64_t>(rows, pending_.rows - pending_at_);
  } else {
    rows = std::min(rows, split_.rows - in_split_);
    if (rows <= 0) return false;
  }
  for (Stored& stored : stored_) rows = std::min(rows, seek(stored, row_));
  out.columns.clear();
  out.split = split_.index;
  out.first_row = in_split_;
  out.position = row_;
  out.rows = static_cast<int64_t>(rows);
  size_t next_stored = 0;
  for (const bool source : from_source_) {
    if (source) {
      for (const Column& column : pending_.columns) out.columns.push_back(column.from(pending_at_));
      continue;
    }
    const Stored& stored = stored_[next_stored++];
    for (const Column& column : stored.pin->columns) {
      out.columns.push_back(column.from(row_ - stored.value->starts[stored.chunk]));
    }
  }
  pending_at_ += rows;
  in_split_ += rows;
  if (row_ >= 0) row_ += rows;
  return true;
}

}  // namespace tharsis::runtime
