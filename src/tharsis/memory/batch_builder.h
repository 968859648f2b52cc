#pragma once

#include <vector>

#include "tharsis/memory/buffer.h"
#include "tharsis/memory/column.h"

namespace tharsis::memory {

/// Gathers the rows of many batches into one batch that owns its buffers. Dictionaries are kept
/// while all batches bring the same one; text is copied. One thread.
class BatchBuilder {
 public:
  /// With `share`, columns with an owner are not copied as long as each batch brings the rows that
  /// stand behind those before it in memory.
  explicit BatchBuilder(bool share = false) : share_(share) {}

  /// About as many rows will come: what is copied then seldom moves. The builder is empty.
  void expect(int64_t rows) { expected_ = rows; }
  /// Appends the columns of `batch`; all batches have the same number of columns and types.
  void append(const Batch& batch);
  /// Rows [begin, end) of `batch`.
  void append(const Batch& batch, int64_t begin, int64_t end);

  int64_t rows() const { return rows_; }
  /// Bytes allocated so far.
  int64_t bytes() const;
  /// Bytes of shared columns; of their text an estimate from some rows.
  int64_t shared_bytes() const;
  /// Bytes of the rows so far, the same estimate among them.
  int64_t row_bytes() const;
  /// Bytes that appending `batch` copies.
  int64_t copied_bytes(const Batch& batch) const;
  /// Whether a column that is shared so far would be copied with `batch`.
  bool breaks(const Batch& batch) const;
  /// The rows, with owned buffers, which are hardly larger than they; the builder is empty
  /// afterwards.
  Batch take();

 private:
  struct Part {
    DType dtype;
    Ref<Column> dictionary;  // set: codes are collected
    int64_t dictionary_rows = 0;
    Buffer data;
    Buffer validity;  // empty: all present so far
    std::vector<Buffer> text;
    int64_t text_used = 0;    // of the last buffer
    int64_t text_copied = 0;  // of all
    int64_t text_shared = 0;  // about
    Column shared;            // all rows so far, where it has an owner
  };
  bool shares(const Part& part, const Column& column, int64_t begin) const;
  void append_column(Part& part, const Column& column, int64_t begin, int64_t count);
  int64_t part_bytes(const Part& part) const;
  void copy_column(Part& part, const Column& column, int64_t begin, int64_t count);
  void append_validity(Part& part, const Column& column, int64_t begin, int64_t count);
  void to_flat(Part& part);

  std::vector<Part> parts_;
  int64_t rows_ = 0;
  int64_t expected_ = 0;
  bool share_ = false;
};

/// `batch` with buffers of its own: for what must outlive the callee it was handed to.
Batch owned_copy(const Batch& batch);

}  // namespace tharsis::memory
