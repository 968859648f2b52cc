#include "tharsis/memory/store.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_codec.h"

namespace tharsis::memory {

Store::Store(Budget& budget, std::string spill_folder)
    : budget_(budget), file_(std::move(spill_folder)), reservation_(budget, "results") {}

Store::~Store() = default;

Chunk::~Chunk() { store_.forget(*this); }

void Store::forget(Chunk& chunk) {
  std::shared_ptr<const Batch> last;  // freed outside of the lock
  std::unique_lock lock(mutex_);
  left_.wait(lock, [&] { return !chunk.leaving_; });
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
  auto chunk = std::make_shared<Chunk>(Chunk::Made{}, *this);
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
  auto chunk = std::make_shared<Chunk>(Chunk::Made{}, *this);
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

Ref<Chunk> Store::view(Ref<Chunk> chunk, std::vector<int64_t> columns, int64_t bytes) {
  auto view = std::make_shared<Chunk>(Chunk::Made{}, *this);
  view->rows_ = chunk->rows_;
  view->bytes_ = bytes;
  view->of_ = std::move(chunk);
  view->columns_ = std::move(columns);
  return view;
}

bool Store::on_disk(const Chunk& chunk) {
  if (chunk.of_ != nullptr) return on_disk(*chunk.of_);
  const std::lock_guard lock(mutex_);
  return chunk.resident_ == nullptr;
}

namespace {

struct Shown {
  Pin all;
  Batch batch;
};

Pin columns_of(Pin all, const std::vector<int64_t>& columns) {
  auto shown = std::make_shared<Shown>();
  shown->batch.split = all->split;
  shown->batch.first_row = all->first_row;
  shown->batch.position = all->position;
  shown->batch.rows = all->rows;
  for (const int64_t column : columns) shown->batch.columns.push_back(all->columns[column]);
  shown->all = std::move(all);
  return {shown, &shown->batch};
}

}  // namespace

Pin Store::resident(Chunk& chunk) {
  const std::lock_guard lock(mutex_);
  if (chunk.resident_ != nullptr) by_use_.splice(by_use_.end(), by_use_, chunk.used_at_);
  return chunk.resident_;
}

Pin Store::read(const Chunk& chunk) const {
  return std::make_shared<const Batch>(decode_batch(file_.read(chunk.offset_, chunk.written_)));
}

Pin Store::look(const Ref<Chunk>& shared) {
  if (shared->of_ != nullptr) return columns_of(look(shared->of_), shared->columns_);
  auto& chunk = const_cast<Chunk&>(*shared);  // residency is not part of the value
  Pin batch = resident(chunk);
  return batch != nullptr ? batch : read(chunk);
}

Pin Store::pin(const Ref<Chunk>& shared) {
  if (shared->of_ != nullptr) return columns_of(pin(shared->of_), shared->columns_);
  auto& chunk = const_cast<Chunk&>(*shared);
  if (Pin batch = resident(chunk)) return batch;
  if (!budget_.try_take(chunk.bytes_)) budget_.fail_for("reading a spilled result", chunk.bytes_);
  budget_.give(chunk.bytes_);
  Pin batch = read(chunk);
  const std::lock_guard lock(mutex_);
  if (chunk.resident_) return chunk.resident_;
  reservation_.charge(chunk.bytes_);
  chunk.resident_ = std::move(batch);
  chunk.used_at_ = by_use_.insert(by_use_.end(), &chunk);
  return chunk.resident_;
}

// Writes while others use the store; the chunk can neither die nor be chosen again meanwhile.
// Answers whether nobody looks at it.
bool Store::write_out_unlocked(Chunk& chunk, std::unique_lock<std::mutex>& lock) {
  Pin batch = chunk.resident_;
  chunk.leaving_ = true;
  lock.unlock();
  const auto leave = [&] {
    lock.lock();
    batch.reset();
    chunk.leaving_ = false;
    left_.notify_all();
  };
  try {
    write_out(chunk, *batch);
  } catch (...) {
    leave();
    throw;
  }
  leave();
  return chunk.resident_.use_count() == 1;
}

int64_t Store::reclaim(int64_t bytes) {
  int64_t freed = 0;
  while (freed < bytes) {
    std::shared_ptr<const Batch> victim;  // freed outside of the lock
    std::unique_lock lock(mutex_);
    const auto at = std::find_if(by_use_.begin(), by_use_.end(), [](const Chunk* chunk) {
      return !chunk->leaving_ && chunk->resident_.use_count() == 1;
    });
    if (at == by_use_.end()) {
      const auto leaves = [](const Chunk* chunk) { return chunk->leaving_; };
      if (std::none_of(by_use_.begin(), by_use_.end(), leaves)) return freed;
      left_.wait(lock);
      continue;
    }
    Chunk& chunk = **at;
    if (chunk.offset_ < 0 && !write_out_unlocked(chunk, lock)) continue;
    victim = std::move(chunk.resident_);
    by_use_.erase(chunk.used_at_);
    reservation_.release(chunk.bytes_);
    reservation_.trim();
    freed += chunk.bytes_;
  }
  return freed;
}

}  // namespace tharsis::memory
