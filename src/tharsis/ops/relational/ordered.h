#pragma once

#include <string>
#include <vector>

#include "tharsis/graph/expr.h"

namespace tharsis::ops {

/// Along the rows of a frame, or of each group of equal keys: running sums, products and extremes,
/// how many rows of the group stand before a row, and the value some rows before. The output has
/// the index of the input and one column per field; its rows are those of the input.
struct ScanAttrs {
  std::string function;            // cumsum cumprod cummax cummin cumcount shift
  std::vector<int64_t> fields_of;  // positions in the input; none for cumcount
  std::vector<int64_t> keys;       // positions in the input; none: all rows are one group
  int64_t periods = 1;             // shift: rows back, or forward where negative
  bool reverse = false;            // cumcount: rows behind
  bool dropna = true;              // rows with a missing key belong to no group
  bool gaps = false;               // there are such rows: whole numbers become float64
  bool filled = false;             // shift: `fill` stands where no row is
  Scalar fill;
  void fields(Fields& f) {
    f("function", function);
    f("fields", fields_of);
    f("keys", keys);
    f("periods", periods);
    f("reverse", reverse);
    f("dropna", dropna);
    f("gaps", gaps);
    f("filled", filled);
    f("fill", fill);
  }
};

/// The rank of each value among those of its group, from 1 on, as float64. Ties share the `method`:
/// average, min, max, first or dense; missing values are kept missing, or come first or last.
struct GroupRankAttrs {
  std::vector<int64_t> fields_of;
  std::vector<int64_t> keys;
  std::string method = "average";
  std::string missing = "keep";  // keep top bottom
  bool ascending = true;
  bool percent = false;
  bool dropna = true;
  void fields(Fields& f) {
    f("fields", fields_of);
    f("keys", keys);
    f("method", method);
    f("missing", missing);
    f("ascending", ascending);
    f("percent", percent);
    f("dropna", dropna);
  }
};

const Op& scan_op();
const Op& group_rank_op();

Expr scan(const Expr& frame, ScanAttrs attrs);
Expr group_rank(const Expr& frame, GroupRankAttrs attrs);

}  // namespace tharsis::ops
