#include "tharsis/memory/store.h"

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_codec.h"

namespace tharsis::memory {

Store::Store(Budget& budget, std::string spill_folder)
    : budget_(budget), file_(std::move(spill_folder)), reservation_(budget, "results") {}

Store::~Store() = default;

Chunk::~Chunk() { store_.forget(*this); }

void Store::forget(Chunk& chunk) {
  std::shared_ptr<const Batch> last;  // freed outside of the lock
  const std::lock_guard lock(mutex_);
  if (chunk.resident_) {
    by_use_.erase(chunk.used_at_);
    reservation_.release(chunk.bytes_);
    reservation_.trim();
    last = std::move(chunk.resident_);
  }
  if (chunk.offset_ >= 0) file_.free(chunk.offset_, chunk.written_);
}

Ref<Chunk> Store::put(Batch batch) {
  const int64_t bytes = batch_bytes(batch);
  return put(std::move(batch), bytes);
}

Ref<Chunk> Store::put(Batch batch, int64_t bytes) {
  auto chunk = std::shared_ptr<Chunk>(new Chunk(*this));
  chunk->rows_ = batch.rows;
  chunk->bytes_ = bytes;
  if (!budget_.try_take(chunk->bytes_)) {
    write_out(*chunk, batch);
    return chunk;
  }
  budget_.give(chunk->bytes_);
  const std::lock_guard lock(mutex_);
  reservation_.charge(chunk->bytes_);
  chunk->resident_ = std::make_shared<const Batch>(std::move(batch));
  chunk->used_at_ = by_use_.insert(by_use_.end(), chunk.get());
  return chunk;
}

Ref<Chunk> Store::put_on_disk(const Batch& batch) {
  auto chunk = std::shared_ptr<Chunk>(new Chunk(*this));
  chunk->rows_ = batch.rows;
  chunk->bytes_ = batch_bytes(batch);
  write_out(*chunk, batch);
  return chunk;
}

void Store::write_out(Chunk& chunk, const Batch& batch) {
  const std::shared_ptr<Buffer> bytes = encode_batch(batch);
  chunk.offset_ = file_.write(*bytes);
  chunk.written_ = bytes->size();
}

Pin Store::pin(const Ref<Chunk>& shared) {
  auto& chunk = const_cast<Chunk&>(*shared);  // residency is not part of the value
  {
    const std::lock_guard lock(mutex_);
    if (chunk.resident_) {
      by_use_.splice(by_use_.end(), by_use_, chunk.used_at_);
      return chunk.resident_;
    }
  }
  if (!budget_.try_take(chunk.bytes_)) budget_.fail_for("reading a spilled result", chunk.bytes_);
  budget_.give(chunk.bytes_);
  auto batch =
      std::make_shared<const Batch>(decode_batch(file_.read(chunk.offset_, chunk.written_)));
  const std::lock_guard lock(mutex_);
  if (chunk.resident_) return chunk.resident_;
  reservation_.charge(chunk.bytes_);
  chunk.resident_ = std::move(batch);
  chunk.used_at_ = by_use_.insert(by_use_.end(), &chunk);
  return chunk.resident_;
}

int64_t Store::reclaim(int64_t bytes) {
  int64_t freed = 0;
  while (freed < bytes) {
    std::shared_ptr<const Batch> victim;
    Chunk* chunk = nullptr;
    {
      const std::lock_guard lock(mutex_);
      for (Chunk* candidate : by_use_) {
        if (candidate->resident_.use_count() > 1) continue;
        chunk = candidate;
        break;
      }
      if (chunk == nullptr) return freed;
      // Written under the lock: a chunk that is being spilled can neither be pinned nor die.
      if (chunk->offset_ < 0) write_out(*chunk, *chunk->resident_);
      victim = std::move(chunk->resident_);
      by_use_.erase(chunk->used_at_);
      reservation_.release(chunk->bytes_);
      reservation_.trim();
      freed += chunk->bytes_;
    }
  }
  return freed;
}

}  // namespace tharsis::memory
