#pragma once

#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::ops {

/// The columns of a frame without index levels as an array: [rows] of one column, or [rows,
/// columns]. A missing number becomes NaN, a missing time NaT.
struct ToArrayAttrs {
  DType dtype;       // of the array; columns are cast to it
  int64_t rank = 1;  // 2: also of one column; 0: one column of one row
  void fields(Fields& f) {
    f("dtype", dtype);
    f("rank", rank);
  }
};

/// Arrays of one length as the columns of a frame with range labels; an array of two axes is as
/// many columns.
struct FromArraysAttrs {
  std::vector<Label> labels;  // one per column
  bool series = false;
  void fields(Fields& f) {
    f("labels", labels);
    f("series", series);
  }
};

const Op& to_array_op();
const Op& from_arrays_op();

/// All data columns. With `rank` -1: 1 for a series, else 2. `dtype` of kNull: their common type;
/// integers and bools with missing values need float64.
Expr to_array(const Expr& frame, int rank = -1, DType dtype = TypeId::kNull);
Expr from_arrays(std::vector<Expr> arrays, std::vector<Label> labels, bool series = false);

void register_bridge_ops();

}  // namespace tharsis::ops
