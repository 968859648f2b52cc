#pragma once

#include <cstdint>

#include "tharsis/kernels/loops.h"

namespace tharsis::kernels {

/// What values are reduced to. Each is a state of one to three eight-byte words.
enum class Statistic : uint8_t {
  kSum,      // in double or int64 (wraps)
  kProduct,  // the same
  kMin,      // a NaN wins
  kMax,
  kMoments,  // mean, sum of squared deviations from it; with skip_nan the count stands before them
  kArgMin,   // value, position of its first occurrence; a NaN wins
  kArgMax,
  kNonzero,  // how many values are not 0
};

/// The loops of one statistic over one type: see Fold in graph/array.h for what each means. The
/// order of all operations is fixed and no multiplication is fused with an addition, so that every
/// instruction set gives the same bits. Word w of state i is at [w * stride + i].
struct FoldLoops {
  int words;
  int open_words;
  void (*leaves)(const void* values, int64_t count, int64_t length, int64_t position, int64_t pitch,
                 void* out, int64_t stride);
  void (*rows)(const void* values, int64_t rows, int64_t width, int64_t first_row, int64_t position,
               int lanes, int64_t pitch, void* open, int64_t stride);
  void (*close)(const void* open, int64_t open_stride, int64_t rows, int lanes, int64_t pitch,
                int64_t width, void* out, int64_t stride);
  void (*merge)(void* left, int64_t left_stride, const void* right, int64_t right_stride,
                int64_t count, double values_left, double values_right);
};

/// The loops for the best instruction set of this machine; null where the statistic is not made
/// for the type. With `skip_nan` a NaN counts as not there (floats only).
const FoldLoops* fold_loops(Statistic statistic, Lane lane, bool skip_nan);

const FoldLoops* additive_loops(Statistic statistic, Lane lane, bool skip_nan);
const FoldLoops* extreme_loops(Statistic statistic, Lane lane, bool skip_nan);
const FoldLoops* moment_loops(Lane lane, bool skip_nan);
const FoldLoops* arg_loops(Statistic statistic, Lane lane, bool skip_nan);

}  // namespace tharsis::kernels
