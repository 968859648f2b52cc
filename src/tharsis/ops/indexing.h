#pragma once

#include <optional>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::ops {

/// A view of an array: slices, steps, transposes, broadcasts and new axes in one (graph/region.h).
struct AccessAttrs {
  std::vector<int64_t> shape;  // of the output; -1: as long as the input axis that is read there
  std::vector<int64_t> axis;   // per input axis
  std::vector<int64_t> offset;
  std::vector<int64_t> step;
  void fields(Fields& f) {
    f("shape", shape);
    f("axis", axis);
    f("offset", offset);
    f("step", step);
  }
};

/// The values of an array in C order under another shape; one length may be -1: what is left.
struct ReshapeAttrs {
  std::vector<int64_t> shape;
  void fields(Fields& f) { f("shape", shape); }
};

struct ConcatenateAttrs {
  int64_t axis = 0;
  void fields(Fields& f) { f("axis", axis); }
};

/// The elements of an array where a mask over its first axes is true, one after the other. The
/// length is a symbol: that of the mask.
struct SelectAttrs {
  int64_t symbol = 0;  // set when the call is built
  void fields(Fields& f) { f("symbol", symbol); }
};

/// Parts of an array along its first axis, by position. Inputs: the array, int64 positions;
/// negative ones count from the end.
struct TakeRowsAttrs {
  void fields(Fields&) {}
};

const Op& access_op();
const Op& reshape_op();
const Op& concatenate_op();
const Op& select_op();
const Op& take_rows_op();

/// A view of a view is one view; what changes nothing is not there.
Expr access(const Expr& x, AccessAttrs attrs);
Expr reshape(const Expr& x, std::vector<int64_t> shape);
Expr concatenate(std::vector<Expr> arrays, int64_t axis);
Expr select(const Expr& x, const Expr& mask);
Expr take_rows(const Expr& x, const Expr& positions);

/// One item of x[…] with Python's meaning.
struct Index {
  enum Kind : uint8_t { kAt, kSlice, kNewAxis, kEllipsis } kind = kSlice;
  int64_t at = 0;
  std::optional<int64_t> start, stop;
  int64_t step = 1;
};
Expr index(const Expr& x, const std::vector<Index>& items);
Expr transpose(const Expr& x, const std::vector<int64_t>& axes);
Expr broadcast_to(const Expr& x, const std::vector<int64_t>& shape);

/// `axis`, counted from the end if negative; an Axis error in the words of `who` if there is none.
int64_t normalized_axis(int64_t axis, size_t rank, std::string_view who);

void register_indexing_ops();

}  // namespace tharsis::ops
