#pragma once

#include <memory>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/memory/store.h"
#include "tharsis/types/meta.h"

namespace tharsis::memory {

/// What a step may look things up in that is neither a frame nor a tensor: a join build, a sorted
/// index.
struct Object {
  virtual ~Object() = default;
};

/// A materialised result. A frame is a list of chunks, in row order; a chunk begins at `starts[i]`.
/// A tensor is one C-contiguous column in one chunk. All lengths of `meta` are known.
struct Value {
  Meta meta;
  Store* store = nullptr;
  std::vector<Ref<Chunk>> chunks;
  std::vector<int64_t> starts;  // one more than chunks: the last is the number of rows
  int64_t ascends = -1;  // a field of whole numbers by which the rows ascend; -1: none is known
  Ref<Object> object;
  std::vector<std::shared_ptr<const Value>> outputs;  // of a node with several outputs: one each

  int64_t rows() const { return starts.empty() ? 0 : starts.back(); }
  int64_t bytes() const {
    int64_t sum = 0;
    for (const auto& chunk : chunks) sum += chunk->bytes();
    return sum;
  }
  /// Whether reading it asks the disk.
  bool on_disk() const;
  void add(Ref<Chunk> chunk) {
    if (starts.empty()) {
      starts.reserve(2);
      starts.push_back(0);
    }
    starts.push_back(starts.back() + chunk->rows());
    chunks.push_back(std::move(chunk));
  }
};

/// A frame of `batches`, whose columns own their buffers; `meta` gets its number of rows.
std::shared_ptr<Value> frame_value(Store& store, Meta meta, std::vector<Batch> batches);

/// Some fields of a frame, without reading it: it stays where it is as long as the view lives.
/// `meta` tells the fields of the view.
std::shared_ptr<Value> view_of(const Value& frame, const std::vector<int64_t>& fields, Meta meta);

}  // namespace tharsis::memory
