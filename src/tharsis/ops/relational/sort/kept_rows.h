#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tharsis/graph/flow.h"
#include "tharsis/memory/batch_builder.h"

namespace tharsis::ops {

/// Rows in the order of their arrival. What has an owner is kept as a view, neighbours of one chunk
/// as one; what has none is copied into chunks. Written out on demand. One thread.
class KeptRows {
 public:
  /// Bytes that `add` may take.
  int64_t growth_max(const Batch& batch) const;
  void add(const Batch& batch, memory::Store& store);
  /// Forgets all rows and keeps these, which own their buffers.
  void replace(Batch batch);
  /// Puts everything on disk; answers whether there was something.
  bool spill(memory::Store& store);
  /// After the last `add`: copies go to the Store, and views too where memory is half full, since
  /// nobody can ask for them later.
  void close(memory::Store& store);

  /// Makes a chunk of what was copied so far: all rows stand in `segments` then.
  void flush(memory::Store& store) { flush(store, false); }

  int64_t rows() const { return rows_; }
  /// What is held here, chunks of the Store aside.
  int64_t bytes() const { return kept_bytes_ + builder_.bytes(); }
  /// Of all rows, wherever they are.
  int64_t total_bytes() const { return total_bytes_ + builder_.bytes(); }
  bool spilled() const { return spilled_; }

  struct Segment {
    Batch batch;               // a view, or
    Ref<memory::Chunk> chunk;  // of the Store
    int64_t first_row = 0;
    int64_t rows = 0;
  };
  const std::vector<Segment>& segments() const { return segments_; }

 private:
  void append(Batch batch, Ref<memory::Chunk> chunk, int64_t bytes);
  bool flush(memory::Store& store, bool to_disk);
  bool write_views(memory::Store& store);

  std::vector<Segment> segments_;
  memory::BatchBuilder builder_;
  int64_t rows_ = 0;
  int64_t kept_bytes_ = 0;
  int64_t total_bytes_ = 0;
  bool spilled_ = false;
};

}  // namespace tharsis::ops
