#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/graph/expr.h"
#include "tharsis/ops/elementwise.h"

/// The words of pandas over expressions. A frame is an Expr of kind kFrame; a series is a frame of
/// one data column that is shown without a frame around it. Everything is lazy and checks its
/// arguments at once; what takes a Session looks at data (each says why).
namespace tharsis::api {

using ops::Argument;

// ---- selection

/// The position of a column among the data columns.
std::optional<size_t> find_data(const Meta& frame, const Label& label);
/// The same; ColumnNotFound with near names.
size_t require_data(const Meta& frame, const Label& label, std::string_view who);
/// The column as a series. ColumnNotFound with near names.
Expr column(const Expr& frame, const Label& label, std::string_view who = "column");
/// The columns, in this order, as a frame.
Expr columns(const Expr& frame, const std::vector<Label>& labels, std::string_view who = "columns");
Expr column_at(const Expr& frame, int64_t position);
/// All columns but these; unknown ones are an error unless `ignore`.
Expr drop_columns(const Expr& frame, const std::vector<Label>& labels, bool ignore = false);
/// A one-column frame of a series, and back.
Expr to_frame(const Expr& series, const Label& label);
Expr to_series(const Expr& frame, const Label& label);
/// New labels for columns; pairs (old, new), old ones that do not exist are an error if `strict`.
Expr rename(const Expr& frame, const std::vector<std::pair<Label, Label>>& names,
            bool strict = false);
/// New labels for all data columns.
Expr relabel(const Expr& frame, const std::vector<Label>& labels);
Expr rename_index(const Expr& frame, const std::vector<Label>& names);
/// Rows where `mask`, a bool series, is true; it is aligned with the frame first.
Expr filter(const Expr& frame, const Expr& mask);
/// Rows by position, as a Python slice.
Expr slice(const Expr& frame, std::optional<int64_t> start, std::optional<int64_t> stop,
           int64_t step = 1);
/// The frame with an index: range labels become a level without a name.
Expr labelled(const Expr& frame);

// ---- index

Expr set_index(const Expr& frame, const std::vector<Label>& labels, bool drop = true,
               bool append = false);
/// Series over the rows of `frame` become its index; `append` puts them behind the levels it has.
Expr with_index(const Expr& frame, const std::vector<Expr>& levels, const std::vector<Label>& names,
                bool append = false);
/// Index levels become columns in front, named by their level, "index" or "level_0"…; or are
/// dropped.
Expr reset_index(const Expr& frame, bool drop = false);
/// The index as a frame without data: one column per level, with range labels.
Expr index_frame(const Expr& frame);

// ---- computing

/// function(a, b) of series, frames and constants. Frames of different row spaces are aligned by
/// their index first; a frame meets a constant or a series column by column (the series is aligned
/// with the rows, as axis=0 in pandas).
Expr binary(std::string_view function, const Argument& a, const Argument& b);
/// function(x, more…) of a series, or of each column of a frame.
Expr unary(std::string_view function, const Expr& x, std::vector<Scalar> params = {},
           std::vector<Scalar> more = {});
/// function(arguments…) of series of any row spaces (aligned with the first) and constants, named
/// as the first; or of each column of a frame.
Expr apply(std::string_view function, std::vector<Argument> arguments,
           std::vector<Scalar> params = {});
/// `x` where the condition is true, else `other`; of frames column by column.
Expr where(const Expr& x, const Argument& condition, const Argument& other);
/// function(function(column 0, column 1), column 2)…: a series without a name.
Expr fold(std::string_view function, const Expr& frame);
/// A column or constant added or replaced; a series is aligned with the frame's rows.
Expr assign(const Expr& frame, const Label& label, const Argument& value);
/// Several at once, all of them computed from what was there before.
Expr assign(const Expr& frame, const std::vector<std::pair<Label, Argument>>& columns);
Expr astype(const Expr& x, const DType& dtype);
/// Categories are the distinct values in order: looks at the data for them.
Expr astype_category(engine::Session& session, const Expr& series);
/// `other` over the rows of `frame`: as it is if they have one row space, else by index (left
/// join).
Expr aligned_with(const Expr& frame, const Expr& other);

// ---- groups

/// A key of a group-by: a column of the frame or a series aligned with it.
struct KeySpec {
  Label label;
  Expr series;  // empty: the column `label`
};
struct AggregateSpec {
  Label column;  // not looked at for size
  std::string function;
  Label label;  // of the result
  int64_t ddof = 1;
  int64_t min_count = 0;
  double quantile = 0.5;
  std::string interpolation = "linear";
  int64_t position = -1;  // of the column among the data columns; -1: by its label
};
struct GroupOptions {
  bool sort = true;
  bool as_index = true;
  bool dropna = true;
  bool series = false;  // the one aggregate is shown as a series
};
Expr group_by(const Expr& frame, const std::vector<KeySpec>& keys,
              const std::vector<AggregateSpec>& aggregates, GroupOptions options);
/// One row over all rows with one column per aggregate, all in one pass.
Expr reduce_many(const Expr& frame, const std::vector<AggregateSpec>& aggregates);
/// One row over all rows: the aggregate of each data column.
Expr reduce(const Expr& frame, const std::string& function, int64_t ddof = 1,
            int64_t min_count = 0);
/// One row per value of `index` and one column per value of `columns`; looks at the values of
/// `columns`.
Expr pivot_table(engine::Session& session, const Expr& frame, const std::vector<Label>& index,
                 const Label& columns, const Label& values, const std::string& function,
                 const std::optional<Scalar>& fill);

// ---- joins

struct MergeOptions {
  std::string how = "inner";
  std::vector<Label> left_on, right_on;  // equally many; not with the index of that side
  bool left_index = false, right_index = false;
  std::string left_suffix = "_x", right_suffix = "_y";
  bool sort = false;               // by the keys
  std::optional<Label> indicator;  // a column that tells which sides a row has
};
/// Looks at the keys where the types of the answer depend on whether a row finds no partner (whole
/// numbers and bools on the side that may be missing).
Expr merge(engine::Session& session, const Expr& left, const Expr& right,
           const MergeOptions& options);
/// Whether no two rows have the same key.
bool unique_rows(engine::Session& session, const Expr& frame, const std::vector<Label>& on,
                 bool by_index);

// ---- order

Expr sort_values(const Expr& frame, const std::vector<Label>& by,
                 const std::vector<bool>& ascending, bool missing_first, bool ignore_index);
Expr sort_index(const Expr& frame, bool ascending, bool missing_first);

// ---- rows

/// One under the other; columns are matched by label, `inner` keeps those that all have. Types are
/// promoted.
Expr concat_rows(std::vector<Expr> frames, bool ignore_index, bool inner);
/// The columns of both, rows by their labels; labels that only one has make gaps.
Expr side_by_side(const Expr& a, const Expr& b);
/// The first row of each combination of all columns, in the order of the rows.
Expr distinct_rows(const Expr& frame);
/// A bool per row: whether an equal row (by the data fields named, all if none) stands before
/// it (`first`), behind it (`last`), or anywhere (`none`).
Expr duplicated(const Expr& frame, const std::vector<Label>& subset, const std::string& keep);
/// The rows at these positions (a series of whole numbers), in that order.
Expr take(const Expr& frame, const Expr& positions);
/// The position of each row, 0, 1, …, over the rows of `frame`.
Expr positions(const Expr& frame);

// ---- along the rows

struct RunningOptions {
  std::vector<KeySpec> keys;                  // within groups of equal keys
  std::optional<std::vector<Label>> columns;  // all data columns if not told
  std::string function;                       // sum prod min max count
  bool backwards = false;                     // count: of the rows behind
  bool dropna = true;                         // rows of a missing key get no value
};
/// Of each data column, along the rows; count: one series. Looks at the keys for missing ones.
Expr running(engine::Session& session, const Expr& frame, RunningOptions options);
struct ShiftOptions {
  std::vector<KeySpec> keys;
  std::optional<std::vector<Label>> columns;
  int64_t periods = 1;
  bool dropna = true;
  std::optional<Scalar> fill;
};
Expr shift(const Expr& frame, ShiftOptions options);
struct RankOptions {
  std::vector<KeySpec> keys;
  std::optional<std::vector<Label>> columns;
  std::string method = "average";  // average min max first dense
  std::string missing = "keep";    // keep top bottom
  bool ascending = true;
  bool percent = false;
  bool dropna = true;
};
Expr rank(const Expr& frame, RankOptions options);
/// Aggregates in every row of their group, over the rows of `frame`. Looks at the keys for missing
/// ones.
Expr transform(engine::Session& session, const Expr& frame, const std::vector<KeySpec>& keys,
               const std::vector<AggregateSpec>& aggregates, bool dropna);
/// The number of the group of each row, in the order of the keys or of their appearance.
Expr group_number(engine::Session& session, const Expr& frame, const std::vector<KeySpec>& keys,
                  bool sort, bool dropna);

// ---- labels of rows

/// The rows of these labels, in their order. KeyError names the first one that no row has.
Expr rows_of_labels(engine::Session& session, const Expr& frame, const std::vector<Scalar>& labels);
/// The rows from `first` to `last`, both included, as pandas cuts: bounds that are no labels need
/// an index in order.
Expr rows_between(engine::Session& session, const Expr& frame, const std::optional<Scalar>& first,
                  const std::optional<Scalar>& last);
/// "increasing", "decreasing" or neither, as two answers; equal neighbours are allowed.
std::pair<bool, bool> monotonic(engine::Session& session, const Expr& series);

// ---- looking

/// The values of a series of few rows, run if need be.
std::vector<Scalar> values(engine::Session& session, const Expr& series);
/// The values of a frame of one row, run if need be.
std::vector<Scalar> row(engine::Session& session, const Expr& frame);
/// Runs what below these is dear (joins, groups) and not stored, so that asking about it does not
/// run it twice.
void settle(engine::Session& session, const std::vector<Expr>& exprs);
/// The number of rows, run if need be.
int64_t row_count(engine::Session& session, const Expr& frame);

}  // namespace tharsis::api
