#pragma once

#include <memory>
#include <string>

#include "tharsis/memory/buffer.h"
#include "tharsis/memory/column.h"

namespace tharsis::memory {

/// A batch as bytes: what is spilled, what travels between nodes and what a finish reads. A header,
/// then the buffers of each column, each aligned to 64 bytes. Whole numbers take as few bytes as
/// their range allows, text its own bytes and its lengths. A dictionary longer than the batch is
/// flattened first.
std::shared_ptr<Buffer> encode_batch(const Batch& batch);

/// The batch in `bytes`, which its columns keep alive where they refer to them. Cut-off or foreign
/// bytes are a StorageError.
Batch decode_batch(std::shared_ptr<Buffer> bytes);

/// `column` with one value per row, in buffers of its own; text of `column` is referred to, not
/// copied.
Column flatten(const Column& column, int64_t rows);

}  // namespace tharsis::memory
