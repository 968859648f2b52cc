#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tharsis/graph/expr.h"

namespace tharsis::ops {

/// Chooses, orders and renames fields: selection, rename, set_index, reset_index. A view.
struct ProjectAttrs {
  std::vector<int64_t> from;  // positions in the input, index levels included
  std::vector<Label> labels;  // of the output, one per field; none: as in the input
  int64_t index_levels = 0;   // the first so many fields of the output are its index
  bool series = false;
  bool keep_labels = true;  // range labels of the input stay; else they count from 0
  Label columns_name;
  void fields(Fields& f) {
    f("from", from);
    f("labels", labels);
    f("index_levels", index_levels);
    f("series", series);
    f("keep_labels", keep_labels);
    f("columns_name", columns_name);
  }
};

/// Side by side: all fields of the first frame, then the data fields of the others. A view.
/// REQUIRES: one row space.
struct ZipAttrs {
  void fields(Fields&) {}
};

/// The rows where a bool series is true; missing counts as false. Inputs: frame, mask of its row
/// space. Filters of one row space by one mask make one row space: it is fixed when the node is
/// first built.
struct FilterAttrs {
  int64_t space_high = 0;
  int64_t space_low = 0;
  void fields(Fields& f) {
    f("space_high", space_high);
    f("space_low", space_low);
  }
};

/// Rows [start, stop) by steps; negative bounds count from the end, as in Python.
struct SliceAttrs {
  int64_t start = 0;
  int64_t stop = INT64_MAX;
  int64_t step = 1;
  void fields(Fields& f) {
    f("start", start);
    f("stop", stop);
    f("step", step);
  }
};

/// The first rows of a frame that flows: the pass ends when it has them. Made by the rule `limit`.
struct HeadAttrs {
  int64_t rows = 0;
  void fields(Fields& f) { f("rows", rows); }
};

/// Puts the range labels of a frame into an index level of their own, int64.
struct RowLabelsAttrs {
  Label label;
  void fields(Fields& f) { f("label", label); }
};

/// One frame under the other; columns are matched by position and must have equal types. Index
/// levels too.
struct ConcatRowsAttrs {
  void fields(Fields&) {}
};

struct Aggregate {
  // sum prod mean count size min max std var sem median quantile nunique first last any all;
  // first_any and last_any take missing values too; first_row and last_row are positions, for
  // sorting by them
  std::string function;
  int64_t field = -1;     // position in the input; -1 for size
  int64_t ddof = 1;       // std, var, sem
  int64_t min_count = 0;  // sum, prod
  Label label;            // of the output
  double quantile = 0.5;
  std::string interpolation = "linear";  // of quantile: linear lower higher nearest midpoint
  void fields(Fields& f) {
    f("function", function);
    f("field", field);
    f("ddof", ddof);
    f("min_count", min_count);
    f("label", label);
    f("quantile", quantile);
    f("interpolation", interpolation);
  }
};

/// Groups rows of equal keys. The output has the keys as index levels and one column per aggregate,
/// sorted by the keys, or in the order in which the keys first appeared. Missing keys form a group
/// unless dropped. Without keys: one row over all.
struct GroupByAttrs {
  std::vector<int64_t> keys;  // positions in the input
  std::vector<Aggregate> aggregates;
  bool sort = true;
  bool dropna = true;
  void fields(Fields& f) {
    f("keys", keys);
    f("aggregates", aggregates);
    f("sort", sort);
    f("dropna", dropna);
  }
};

/// One row per index and one column per key: input is a grouped frame, sorted, whose last index
/// level holds the keys and which has one data column.
struct PivotAttrs {
  std::vector<Scalar> keys;    // values of the last level, in the order of the columns
  std::vector<Label> columns;  // their labels
  Scalar fill;                 // of cells without a row; missing: they are missing
  bool complete = false;       // every cell has a row, so that the type of the values stays
  void fields(Fields& f) {
    f("keys", keys);
    f("columns", columns);
    f("fill", fill);
    f("complete", complete);
  }
};

/// kMark: all left rows, where they stand, and a bool column that says whether they have a partner.
enum class JoinHow : uint8_t { kInner, kLeft, kRight, kOuter, kSemi, kAnti, kMark };

/// Pairs of rows with equal keys, in the order of the left rows (right: of the right rows; outer:
/// sorted by key), and within one left row of the right rows. Output: the fields named in `left`
/// and `right`, in that order. Missing keys meet missing keys when `nulls_equal`, as in pandas.
struct JoinAttrs {
  JoinHow how = JoinHow::kInner;
  std::vector<int64_t> left_keys;
  std::vector<int64_t> right_keys;
  std::vector<int64_t> left;   // output fields taken from the left
  std::vector<int64_t> right;  // output fields taken from the right
  std::vector<Label> labels;   // of the output: left fields, then right fields; kMark: the mark
  std::vector<int64_t>
      order;  // output field i is number order[i] of (left…, right…); empty: as they are
  int64_t index_levels = 0;
  bool nulls_equal = true;
  bool strict = false;  // a left row without a partner is an error: rows by label
  void fields(Fields& f) {
    f("how", how);
    f("left_keys", left_keys);
    f("right_keys", right_keys);
    f("left", left);
    f("right", right);
    f("labels", labels);
    f("order", order);
    f("index_levels", index_levels);
    f("nulls_equal", nulls_equal);
    f("strict", strict);
  }
};

/// Rows in the order of keys; stable.
struct SortAttrs {
  std::vector<int64_t> keys;        // positions in the input
  std::vector<int64_t> descending;  // one flag per key
  bool missing_first = false;
  bool ignore_index = false;  // the output has range labels
  int64_t limit = -1;         // only the first so many; -1: all
  void fields(Fields& f) {
    f("keys", keys);
    f("descending", descending);
    f("missing_first", missing_first);
    f("ignore_index", ignore_index);
    f("limit", limit);
  }
};

/// The rows of a frame, declared to be row by row those of another row space.
struct RebaseAttrs {
  int64_t space_high = 0;
  int64_t space_low = 0;
  int64_t rows = -1;            // of that row space; -1: not known
  bool labels_matched = false;  // for the message when the lengths differ
  void fields(Fields& f) {
    f("space_high", space_high);
    f("space_low", space_low);
    f("rows", rows);
    f("labels_matched", labels_matched);
  }
};

enum class AlignHow : uint8_t { kLeft, kOuter };

/// Index, data of the first, data of the second frame, row by row of equal index labels. Equal
/// indices (the usual case) stand side by side as they are; else left: the rows of the first;
/// outer: all labels, sorted.
struct AlignAttrs {
  AlignHow how = AlignHow::kLeft;
  void fields(Fields& f) { f("how", how); }
};

Expr project(const Expr& frame, ProjectAttrs attrs);
Expr zip(std::vector<Expr> frames);
Expr filter(const Expr& frame, const Expr& mask);
Expr slice(const Expr& frame, SliceAttrs attrs);
Expr row_labels(const Expr& frame, Label label = {});
Expr concat_rows(std::vector<Expr> frames);
Expr group_by(const Expr& frame, GroupByAttrs attrs);
Expr join(const Expr& left, const Expr& right, JoinAttrs attrs);
Expr sort(const Expr& frame, SortAttrs attrs);
Expr rebase(const Expr& frame, const Meta& onto, bool labels_matched = false);
/// Both over one row space: that of `a` for kLeft.
std::pair<Expr, Expr> align(const Expr& a, const Expr& b, AlignHow how);

void register_relational_ops();

}  // namespace tharsis::ops
