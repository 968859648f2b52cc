#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

/// From values to their codes among categories; built once, then read by all threads.
class CategoryIndex {
 public:
  explicit CategoryIndex(const std::vector<Label>& categories);

  /// The column of type `out` with the codes of the argument's values; what is no category is
  /// missing. Another category column is matched by its labels.
  Column codes(const DType& out, const Arguments& args) const;

 private:
  int32_t code_of_text(std::string_view text) const;
  int32_t code_of_number(double value) const;
  void codes_of(const Column& column, int64_t rows, int32_t* codes) const;

  // Views of the labels, which the caller keeps: a prepared call holds its type.
  std::unordered_map<std::string_view, int32_t> texts_;
  std::unordered_map<double, int32_t> numbers_;
  std::unordered_map<int64_t, int32_t> integers_;
};

}  // namespace tharsis::ops
