#pragma once

#include <string>
#include <vector>

#include "tharsis/graph/expr.h"

/// Operators whose answer for a row depends on the rows before it, on its rank or on its group.
/// They read stored rows and answer rows of the same row space, except `take`.
namespace tharsis::ops {

/// The running sum, prod, min or max of each data column. Missing values are passed over and stay.
struct CumulativeAttrs {
  std::string function;
  void fields(Fields& f) { f("function", function); }
};

/// Row i holds the data of row i - periods; where there is none, `fill`, or a missing value: then
/// whole numbers become float64, as in pandas.
struct ShiftAttrs {
  int64_t periods = 1;
  Scalar fill;
  void fields(Fields& f) {
    f("periods", periods);
    f("fill", fill);
  }
};

/// The rank of each value of a series, from 1; float64.
struct RankAttrs {
  std::string method = "average";  // of equal values: average min max first dense
  bool ascending = true;
  std::string missing = "keep";  // they have no rank; top, bottom: they are the first or last
  bool pct = false;              // divided by the largest rank
  void fields(Fields& f) {
    f("method", method);
    f("ascending", ascending);
    f("missing", missing);
    f("pct", pct);
  }
};

/// Rows by position. Inputs: a frame and a series of positions; negative ones count from the end.
struct TakeAttrs {
  void fields(Fields&) {}
};

/// For each row, among the rows of its group up to it: count (of the rows before), sum, prod, min,
/// max; or shift: the value `periods` rows before. One data column.
struct GroupScanAttrs {
  std::vector<int64_t> keys;  // positions in the input
  std::string function;
  int64_t field = -1;  // count: none
  int64_t periods = 1;
  bool descending = false;  // count: of the rows behind
  bool dropna = true;       // rows with a missing key have no answer
  bool gaps = false;        // there are such rows: whole numbers become float64
  Label label;
  void fields(Fields& f) {
    f("keys", keys);
    f("function", function);
    f("field", field);
    f("periods", periods);
    f("descending", descending);
    f("dropna", dropna);
    f("gaps", gaps);
    f("label", label);
  }
};

Expr cumulative(const Expr& frame, CumulativeAttrs attrs);
Expr shift(const Expr& frame, ShiftAttrs attrs);
Expr rank(const Expr& series, RankAttrs attrs);
Expr take(const Expr& frame, const Expr& positions);
Expr group_scan(const Expr& frame, GroupScanAttrs attrs);

void register_window_ops();

}  // namespace tharsis::ops
