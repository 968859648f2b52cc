#include "tharsis/base/error.h"

#include <algorithm>
#include <numeric>

namespace tharsis {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
      return "InternalError";
    case ErrorCode::kInvalidArgument:
      return "InvalidArgumentError";
    case ErrorCode::kAxis:
      return "AxisError";
    case ErrorCode::kShape:
      return "ShapeError";
    case ErrorCode::kDType:
      return "DTypeError";
    case ErrorCode::kColumnNotFound:
      return "ColumnNotFoundError";
    case ErrorCode::kIndex:
      return "OutOfRangeError";
    case ErrorCode::kUnsupported:
      return "UnsupportedError";
    case ErrorCode::kOverflow:
      return "NumericOverflowError";
    case ErrorCode::kStorage:
      return "StorageError";
    case ErrorCode::kBudget:
      return "BudgetError";
    case ErrorCode::kCancelled:
      return "CancelledError";
  }
  return "InternalError";
}

Error::Error(ErrorCode code, std::string message)
    : code_(code), message_(std::move(message)), text_(message_) {}

void Error::add_note(std::string note) {
  text_ += "\n  " + note;
  notes_.push_back(std::move(note));
}

Error&& Error::with_note(std::string note) && {
  add_note(std::move(note));
  return std::move(*this);
}

void fail_check(std::string_view what, std::source_location where) {
  throw Error(ErrorCode::kInternal,
              fmt::format("{} ({}:{})", what, where.file_name(), where.line()));
}

namespace {

// Levenshtein distance, one row at a time.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> near_names(std::string_view name,
                                    const std::vector<std::string>& candidates) {
  std::vector<std::pair<size_t, const std::string*>> scored;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance <= std::max<size_t>(2, name.size() / 3)) scored.emplace_back(distance, &candidate);
  }
  // Candidates stand in one array: their addresses keep the order of equal distances.
  std::sort(scored.begin(), scored.end());
  std::vector<std::string> out;
  for (size_t i = 0; i < std::min<size_t>(3, scored.size()); ++i) out.push_back(*scored[i].second);
  return out;
}

}  // namespace tharsis
