#pragma once

#include <string>
#include <vector>

#include "tharsis/graph/expr.h"

/// Operators whose answer for a row depends on the rows before it, on its rank or on its group.
/// They read stored rows. All but `take` answer the rows they got, in their order: the index, then
/// one column for each of `columns`, positions in the input. Where `keys` are given they work
/// within groups of equal keys; with `dropna` rows with a missing key belong to no group and have
/// no answer.
namespace tharsis::ops {

/// Among the rows up to each: their sum, prod, min or max; missing values are passed over and stay.
/// Or count: how many rows stand before it, or behind it.
struct RunningAttrs {
  std::string function;          // sum prod min max count
  std::vector<int64_t> columns;  // count: none, and one column
  std::vector<int64_t> keys;
  bool backwards = false;  // count: of the rows behind
  bool dropna = true;
  bool gaps = false;  // some rows are of no group: whole numbers become float64
  void fields(Fields& f) {
    f("function", function);
    f("columns", columns);
    f("keys", keys);
    f("backwards", backwards);
    f("dropna", dropna);
    f("gaps", gaps);
  }
};

/// The value `periods` rows before; where there is none, `fill`, or a missing value: then whole
/// numbers become float64, as in pandas.
struct ShiftAttrs {
  std::vector<int64_t> columns;
  int64_t periods = 1;
  Scalar fill;
  std::vector<int64_t> keys;
  bool dropna = true;
  void fields(Fields& f) {
    f("columns", columns);
    f("periods", periods);
    f("fill", fill);
    f("keys", keys);
    f("dropna", dropna);
  }
};

/// The rank of each value, from 1; float64.
struct RankAttrs {
  std::vector<int64_t> columns;
  std::string method = "average";  // of equal values: average min max first dense
  bool ascending = true;
  std::string missing = "keep";  // they have no rank; top, bottom: they are the first or last
  bool percent = false;          // divided by the largest rank
  std::vector<int64_t> keys;
  bool dropna = true;
  void fields(Fields& f) {
    f("columns", columns);
    f("method", method);
    f("ascending", ascending);
    f("missing", missing);
    f("percent", percent);
    f("keys", keys);
    f("dropna", dropna);
  }
};

/// Rows by position. Inputs: a frame and a series of positions; negative ones count from the end.
struct TakeAttrs {
  void fields(Fields&) {}
};

Expr running(const Expr& frame, RunningAttrs attrs);
Expr shift(const Expr& frame, ShiftAttrs attrs);
Expr rank(const Expr& frame, RankAttrs attrs);
Expr take(const Expr& frame, const Expr& positions);

void register_window_ops();

}  // namespace tharsis::ops
