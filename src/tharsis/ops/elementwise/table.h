#pragma once

#include <memory>
#include <vector>

#include "tharsis/graph/program.h"

namespace tharsis::ops {

/// The scalar functions of the engine, while they are registered.
class FunctionTable {
 public:
  template <class Function, class... Args>
  void add(Args&&... args) {
    rows_.push_back(std::make_unique<const Function>(std::forward<Args>(args)...));
  }
  std::vector<const ScalarFunction*> rows() const {
    std::vector<const ScalarFunction*> rows;
    for (const auto& row : rows_) rows.push_back(row.get());
    return rows;
  }

 private:
  std::vector<std::unique_ptr<const ScalarFunction>> rows_;
};

// One family each.
void add_arithmetic(FunctionTable& table);
void add_cast(FunctionTable& table);
void add_comparison(FunctionTable& table);
void add_logical(FunctionTable& table);
void add_math(FunctionTable& table);
void add_duration_parts(FunctionTable& table);
void add_membership(FunctionTable& table);
void add_missing(FunctionTable& table);
void add_round(FunctionTable& table);
void add_strftime(FunctionTable& table);
void add_text_case(FunctionTable& table);
void add_text_search(FunctionTable& table);
void add_text_slices(FunctionTable& table);
void add_text_strip(FunctionTable& table);
void add_time_fields(FunctionTable& table);
void add_zones(FunctionTable& table);

}  // namespace tharsis::ops
