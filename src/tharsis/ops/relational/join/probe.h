#pragma once

#include "tharsis/graph/op.h"
#include "tharsis/ops/relational.h"

namespace tharsis::ops {

/// A join with its build side stored: inputs are the rows that flow, the table of the other side,
/// and the other side itself. In the words of JoinAttrs the flowing side is the left one.
struct ProbeAttrs {
  JoinAttrs join;  // kInner, kLeft, kSemi, kAnti; kAnti with right fields: they are all missing
  bool left_gaps = false;  // types of the left fields are those of an outer join
  void fields(Fields& f) {
    f("join", join);
    f("left_gaps", left_gaps);
  }
};

/// What a table is made from: the keys of the build side, and the types they are compared as.
struct JoinTableAttrs {
  std::vector<int64_t> keys;
  std::vector<DType> dtypes;
  bool nulls_equal = true;
  void fields(Fields& f) {
    f("keys", keys);
    f("dtypes", dtypes);
    f("nulls_equal", nulls_equal);
  }
};

const Op& join_table_op();
const Op& join_probe_op();

/// The fields of a join's output in order: (from the left, field, label).
struct JoinField {
  bool left = true;
  int64_t field = 0;
  Label label;
};
std::vector<JoinField> join_fields(const JoinAttrs& attrs);

/// The output of a join of `left` and `right`; with `left_gaps` left rows may be missing too.
Meta join_meta(const JoinAttrs& attrs, const Meta& left, const Meta& right, bool left_gaps,
               bool right_gaps);

}  // namespace tharsis::ops
