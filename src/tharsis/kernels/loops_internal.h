#pragma once

#include <span>
#include <vector>

#include "tharsis/kernels/loops.h"

namespace tharsis::kernels {

struct LoopRow {
  const char* name;
  Lane lane;
  Lane out;
  Loop loop;
  Loop left_constant = nullptr;
  Loop right_constant = nullptr;
};
using LoopTable = std::vector<LoopRow>;

// Each family appends its rows, compiled for `target`.
void arithmetic_loops(Target target, LoopTable& table);
void compare_loops(Target target, LoopTable& table);
void divide_loops(Target target, LoopTable& table);
void float_parts_loops(Target target, LoopTable& table);
void integer_loops(Target target, LoopTable& table);
std::span<const LoopRow> math_rows_avx2();
std::span<const LoopRow> math_rows_avx512();

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
