#pragma once

#include <memory>
#include <vector>

#include "tharsis/plan/fragment.h"

namespace tharsis::runtime {

/// The splits of a pass: of its first source, or of its stored rows. Stored operands are then read
/// at the same rows.
std::vector<Split> splits_of(const std::vector<plan::Operand>& operands, int64_t target_bytes);

/// The rows of one split, all operands side by side. Batches end where a chunk of an operand ends,
/// so that stored columns are views.
class Reading {
 public:
  Reading(const std::vector<plan::Operand>& operands, const Split& split, Worker& worker,
          int64_t batch_rows);
  ~Reading();

  bool next(Batch& out);

 private:
  struct Stored {
    const Value* value;
    size_t chunk = 0;
    memory::Pin pin;
  };
  /// Points `stored` at the chunk with `row`; answers how many rows from there on it has.
  static int64_t seek(Stored& stored, int64_t row);

  const Split& split_;
  const int64_t batch_rows_;
  Own<Reader> reader_;  // of the source, if there is one
  std::vector<Stored> stored_;
  std::vector<bool> from_source_;  // per operand
  Batch pending_;                  // what the source gave and was not yet handed out
  int64_t pending_at_ = 0;
  int64_t row_ = 0;  // position in the whole
  int64_t in_split_ = 0;
};

}  // namespace tharsis::runtime
