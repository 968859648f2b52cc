#pragma once

#include <vector>

#include "tharsis/kernels/loops.h"

namespace tharsis::kernels {

struct LoopRow {
  std::string_view name;
  Lane lane;
  Lane out;
  Loop loop;
};
using LoopTable = std::vector<LoopRow>;

// Each family appends its rows, compiled for `target`.
void arithmetic_loops(Target target, LoopTable& table);
void compare_loops(Target target, LoopTable& table);
void divide_loops(Target target, LoopTable& table);
void float_parts_loops(Target target, LoopTable& table);
void integer_loops(Target target, LoopTable& table);
void math_loops(Target target, LoopTable& table);

}  // namespace tharsis::kernels

// Ends a family's file: picks between what foreach_target.h compiled.
#define THARSIS_EXPORT_LOOPS(family)             \
  namespace tharsis::kernels {                   \
  void family(Target target, LoopTable& table) { \
    if (target == Target::kAvx512) {             \
      N_AVX3::family(table);                     \
    } else {                                     \
      N_AVX2::family(table);                     \
    }                                            \
  }                                              \
  }
