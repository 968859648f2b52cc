#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tharsis/ops/relational/join/join_table.h"

namespace tharsis::ops {

/// The type of a column whose rows may be missing because a join found no partner: whole numbers of
/// NumPy's flavour become float64, which holds NaN; all others can be missing as they are. (pandas
/// makes bool to object; here it stays bool with a validity bitmap.)
DType with_gaps(const DType& dtype);
/// The same for values: as they are, or whole numbers as float64 in scratch.
Column with_gaps(const Column& column, int64_t rows, memory::Arena& arena);

/// One column of a stored frame, read by row number. Keeps its chunks in memory.
class StoredColumn {
 public:
  StoredColumn(const Value& value, std::span<const memory::Pin> pins, size_t field,
               const RowNumbers& numbers);

  /// The values of `rows`, in scratch or referring to the chunks. With `gaps` a row may be
  /// JoinTable::kNoRow: it is missing, and the type is that of `with_gaps`.
  Column gather(const uint32_t* rows, int64_t n, bool gaps, memory::Arena& arena) const;

 private:
  template <class T>
  void values(const uint32_t* rows, int64_t n, bool gaps, T* out) const;
  void validity(const uint32_t* rows, int64_t n, bool gaps, memory::Arena& arena,
                Column& out) const;

  DType dtype_;
  RowNumbers numbers_;
  std::vector<Column> chunks_;  // flat, or codes of `dictionary_`
  std::vector<const void*> data_;
  Ref<Column> dictionary_;
  int64_t dictionary_rows_ = 0;
  bool has_validity_ = false;
};

}  // namespace tharsis::ops
