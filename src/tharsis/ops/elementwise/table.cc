#include "tharsis/ops/elementwise/table.h"

#include "tharsis/graph/op.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/elementwise/constant.h"

namespace tharsis::ops {

const Op& compute_op();
const Op& compute_each_op();

void register_elementwise_ops() {
  static const FunctionTable* const functions = [] {
    auto* table = new FunctionTable;  // lives as long as the process
    add_arithmetic(*table);
    add_cast(*table);
    add_comparison(*table);
    add_logical(*table);
    add_math(*table);
    add_duration_parts(*table);
    add_membership(*table);
    add_missing(*table);
    add_round(*table);
    add_strftime(*table);
    add_text_case(*table);
    add_text_search(*table);
    add_text_slices(*table);
    add_text_strip(*table);
    add_time_fields(*table);
    add_zones(*table);
    return table;
  }();
  register_functions(functions->rows());
  static const ScalarFunction* const constant[] = {&constant_function()};
  register_functions(constant);
  static const Op* const ops[] = {&compute_op(), &compute_each_op()};
  register_ops(ops);
}

}  // namespace tharsis::ops
