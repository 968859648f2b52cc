#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "tharsis/memory/budget.h"
#include "tharsis/memory/column.h"
#include "tharsis/memory/spill_file.h"

namespace tharsis::memory {

class Store;

/// Rows of a value, in memory or on disk; belongs to a Store. Immutable as a value, so it can be
/// shared.
class Chunk {
 public:
  ~Chunk();
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }
  Store& store() const { return store_; }

 private:
  friend class Store;
  explicit Chunk(Store& store) : store_(store) {}

  Store& store_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
  // Guarded by the mutex of the store:
  std::shared_ptr<const Batch> resident_;  // null: on disk
  int64_t offset_ = -1;                    // in the spill file; -1: never written
  int64_t written_ = 0;
  std::list<Chunk*>::iterator used_at_;
};

/// The guard that keeps a chunk in memory. Columns of its batch are valid while it lives.
using Pin = std::shared_ptr<const Batch>;

/// Owner of values. Spills what nobody looks at, least recently used first, when the budget needs
/// it. Outlives its chunks. Any thread.
class Store {
 public:
  Store(Budget& budget, std::string spill_folder);
  ~Store();

  /// Keeps `batch`, whose columns must own their buffers. Goes to disk at once where memory has no
  /// room.
  Ref<Chunk> put(Batch batch);
  /// The same where the caller knows how many bytes it takes.
  Ref<Chunk> put(Batch batch, int64_t bytes);
  /// Writes `batch` to disk; its columns may be borrowed.
  Ref<Chunk> put_on_disk(const Batch& batch);
  Pin pin(const Ref<Chunk>& chunk);

  /// Spills unpinned chunks of at least `bytes`; answers what was freed.
  int64_t reclaim(int64_t bytes);

  Budget& budget() { return budget_; }
  int64_t spilled_bytes() const { return file_.written_bytes(); }
  int64_t resident_bytes() const { return reservation_.charged_bytes(); }

 private:
  friend class Chunk;
  void forget(Chunk& chunk);
  void write_out(Chunk& chunk, const Batch& batch);

  Budget& budget_;
  SpillFile file_;
  Reservation reservation_;
  std::mutex mutex_;
  std::list<Chunk*> by_use_;  // resident chunks, least recently used first; guarded by mutex_
};

}  // namespace tharsis::memory
