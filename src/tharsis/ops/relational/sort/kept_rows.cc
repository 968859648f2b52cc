#include "tharsis/ops/relational/sort/kept_rows.h"

#include <algorithm>

namespace tharsis::ops {
namespace {

constexpr int64_t kSegmentBytes = int64_t{8} << 20;

bool has_owners(const Batch& batch) {
  return std::all_of(batch.columns.begin(), batch.columns.end(), [](const Column& column) {
    return column.owner != nullptr &&
           (column.dictionary == nullptr || column.dictionary->owner != nullptr);
  });
}

bool continues(const Batch& batch, const Batch& next) {
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    if (!continues(batch.columns[i], batch.rows, next.columns[i])) return false;
  }
  return !batch.columns.empty();
}

}  // namespace

// A view is counted again here although its Store counts it too: what is held twice over is held
// until the Store may not write it out.
int64_t KeptRows::growth_max(const Batch& batch) const {
  const int64_t bytes = memory::batch_bytes(batch);
  return has_owners(batch) ? bytes : std::max(2 * bytes + (int64_t{64} << 10), builder_.bytes());
}

void KeptRows::add(const Batch& batch, memory::Store& store) {
  rows_ += batch.rows;
  if (!has_owners(batch)) {
    builder_.append(batch);
    if (builder_.bytes() > kSegmentBytes) flush(store, false);
    return;
  }
  flush(store, false);
  const int64_t bytes = memory::batch_bytes(batch);
  kept_bytes_ += bytes;
  if (!segments_.empty()) {
    Segment& last = segments_.back();
    if (last.chunk == nullptr && continues(last.batch, batch)) {
      last.batch.rows += batch.rows;
      last.rows += batch.rows;
      total_bytes_ += bytes;
      return;
    }
  }
  append(batch, nullptr, bytes);
}

void KeptRows::append(Batch batch, Ref<memory::Chunk> chunk, int64_t bytes) {
  const int64_t first = segments_.empty() ? 0 : segments_.back().first_row + segments_.back().rows;
  const int64_t rows = chunk != nullptr ? chunk->rows() : batch.rows;
  total_bytes_ += bytes;
  segments_.push_back({std::move(batch), std::move(chunk), first, rows});
}

bool KeptRows::flush(memory::Store& store, bool to_disk) {
  if (builder_.rows() == 0) return false;
  Ref<memory::Chunk> chunk =
      to_disk ? store.put_on_disk(builder_.take()) : store.put(builder_.take());
  const int64_t bytes = chunk->bytes();
  append({}, std::move(chunk), bytes);
  return true;
}

bool KeptRows::write_views(memory::Store& store) {
  bool wrote = false;
  for (Segment& segment : segments_) {
    if (segment.chunk != nullptr) continue;
    segment.chunk = store.put_on_disk(segment.batch);
    segment.batch = Batch();
    wrote = true;
  }
  kept_bytes_ = 0;
  spilled_ |= wrote;
  return wrote;
}

void KeptRows::replace(Batch batch) {
  *this = KeptRows();
  rows_ = batch.rows;
  kept_bytes_ = memory::batch_bytes(batch);
  append(std::move(batch), nullptr, kept_bytes_);
}

void KeptRows::close(memory::Store& store) {
  flush(store, false);
  if (2 * store.budget().used_bytes() > store.budget().limit_bytes()) write_views(store);
}

bool KeptRows::spill(memory::Store& store) {
  const bool flushed = flush(store, true);
  spilled_ |= flushed;
  return write_views(store) || flushed;
}

}  // namespace tharsis::ops
