#pragma once

#include <vector>

#include "tharsis/api/frame.h"
#include "tharsis/ops/relational.h"

namespace tharsis::api {

/// One side of a merge: a frame, the fields of its keys, and those that rows are matched by: the
/// same, or hidden columns behind all others where the two sides have keys of different types.
struct MergeSide {
  Expr frame;
  std::vector<int64_t> keys;
  std::vector<int64_t> matched;
  int64_t width = 0;  // fields that are shown
  bool gaps = false;  // rows of the answer may have no row of this side
};

/// A field of a frame as a series over its rows.
Expr field_series(const Expr& frame, int64_t field);
/// Puts `series` behind the columns of `frame`; answers the new field.
int64_t append_field(Expr& frame, const Expr& series);

/// The answer of a merge: which fields of both sides it has, and what they are called.
Expr merge_output(MergeSide left, MergeSide right, ops::JoinHow how, const MergeOptions& options);

}  // namespace tharsis::api
