#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/types/dtype.h"
#include "tharsis/types/scalar.h"

namespace tharsis::memory {

enum class Encoding : uint8_t {
  kFlat,        // one value per row
  kConstant,    // one value for all rows
  kDictionary,  // int32 codes into `dictionary`; a missing row has a cleared validity bit
};

/// A view of the values of one column for the rows of one batch.
/// Without an owner it is valid until the callee that was handed it returns.
struct Column {
  DType dtype;
  Encoding encoding = Encoding::kFlat;
  const void* data = nullptr;  // row 0; the bytes up to kPadding beyond the last row are readable
  const uint8_t* validity = nullptr;  // a set bit: present; null: all rows are present
  int64_t validity_offset = 0;        // the bit of row 0 (kConstant: of its one value)
  Ref<Column> dictionary;             // kDictionary: a flat column
  int64_t dictionary_rows = 0;
  std::shared_ptr<const void> owner;  // keeps data (and the bytes strings point to) alive

  template <class T>
  const T* values() const {
    return static_cast<const T*>(data);
  }
  /// Row of `data` that holds the value of `row`.
  int64_t at(int64_t row) const { return encoding == Encoding::kConstant ? 0 : row; }
  bool valid(int64_t row) const {
    if (validity == nullptr) return true;
    const int64_t bit = validity_offset + at(row);
    return (validity[bit >> 3] >> (bit & 7)) & 1;
  }
  /// The rows from `begin` on.
  Column from(int64_t begin) const;
};

/// Whether `next` are the rows behind the `rows` rows of `column`, in the same memory.
bool continues(const Column& column, int64_t rows, const Column& next);

/// Rows that flow together: at most some thousands, so that they stay in L2. A block of an array is
/// a batch too: its elements in C order are the rows.
struct Batch {
  uint64_t split = 0;     // which split the rows belong to
  int64_t first_row = 0;  // position of row 0 within its split
  int64_t position = -1;  // of row 0 in the whole, where it is known
  int64_t rows = 0;
  std::vector<Column> columns;
};

/// One value of a column. A category is its code.
Scalar scalar_at(const Column& column, int64_t row);

/// Bytes the rows of `column` take, text included; an estimate of what a copy needs.
int64_t column_bytes(const Column& column, int64_t rows);
int64_t batch_bytes(const Batch& batch);

}  // namespace tharsis::memory
