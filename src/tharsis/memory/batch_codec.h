#pragma once

#include <memory>
#include <string>

#include "tharsis/memory/buffer.h"
#include "tharsis/memory/column.h"

namespace tharsis::memory {

/// A batch as bytes: what is spilled, what travels between nodes and what a finish reads. A header,
/// then the buffers of each column, each aligned to 64 bytes. Text is (heap, offset) in these bytes
/// and becomes raw pointers again when it is read. A dictionary longer than the batch is flattened
/// first.
std::shared_ptr<Buffer> encode_batch(const Batch& batch);

/// The batch in `bytes`, which it keeps alive and in which it re-bases its text: decode the same
/// bytes once. Cut-off or foreign bytes are a StorageError.
Batch decode_batch(std::shared_ptr<Buffer> bytes);

/// `column` with one value per row, in buffers of its own; text of `column` is referred to, not
/// copied.
Column flatten(const Column& column, int64_t rows);

}  // namespace tharsis::memory
