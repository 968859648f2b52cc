#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

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
  struct Made {};  // by a Store

 public:
  Chunk(Made, Store& store) : store_(store) {}

 private:
  Store& store_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
  // Guarded by the mutex of the store:
  std::shared_ptr<const Batch> resident_;  // null: on disk
  int64_t offset_ = -1;                    // in the spill file; -1: never written
  int64_t written_ = 0;
  bool leaving_ = false;  // somebody writes it out
  std::list<Chunk*>::iterator used_at_;
  // Of a view: whose columns it shows, and which.
  Ref<Chunk> of_;
  std::vector<int64_t> columns_;
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
  /// Some columns of `chunk`, which it keeps alive; they count as `bytes`.
  Ref<Chunk> view(Ref<Chunk> chunk, std::vector<int64_t> columns, int64_t bytes);
  Pin pin(const Ref<Chunk>& chunk);
  /// The same for one look at few rows: what comes from the disk is neither kept nor counted.
  Pin look(const Ref<Chunk>& chunk);
  bool on_disk(const Chunk& chunk);

  /// Spills unpinned chunks of at least `bytes`; answers what was freed.
  int64_t reclaim(int64_t bytes);

  Budget& budget() { return budget_; }
  int64_t spilled_bytes() const { return file_.written_bytes(); }
  int64_t resident_bytes() const { return reservation_.charged_bytes(); }

 private:
  friend class Chunk;
  void forget(Chunk& chunk);
  Pin resident(Chunk& chunk);
  Pin read(const Chunk& chunk) const;
  void write_out(Chunk& chunk, const Batch& batch);
  bool write_out_unlocked(Chunk& chunk, std::unique_lock<std::mutex>& lock);

  Budget& budget_;
  SpillFile file_;
  Reservation reservation_;
  std::mutex mutex_;
  std::condition_variable left_;  // some chunk was written out
  std::list<Chunk*> by_use_;      // resident chunks, least recently used first; guarded by mutex_
};

}  // namespace tharsis::memory
