#pragma once

#include "tharsis/kernels/loops.h"
#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

/// The types of a loop over lanes: all arguments are converted to `compute`, the result of its lane
/// to `out`.
struct LoopTypes {
  TypeId compute;
  TypeId out;
};

/// Runs the loop over all arguments, into `out` or into the arena. The validity of the result is
/// the affair of the caller.
void* run_loop(const kernels::LoopSet& loops, LoopTypes types, const Arguments& args,
               void* out = nullptr);

/// Converts numbers, bools and the integers of times to `to`; the column itself where nothing
/// changes. Validity stays.
Column converted(const Column& column, TypeId to, int64_t rows, memory::Arena& arena);

}  // namespace tharsis::ops
