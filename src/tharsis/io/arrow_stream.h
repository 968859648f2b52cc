#pragma once

#include <arrow/c/abi.h>

#include <vector>

#include "tharsis/memory/column.h"
#include "tharsis/memory/value.h"
#include "tharsis/types/meta.h"

namespace tharsis::io {

struct ImportedFrame {
  Schema schema;
  std::vector<memory::Batch> batches;
};

/// Takes over an Arrow stream of another library and reads it to its end. Dictionaries become
/// categories; whole numbers with gaps become float64 in NumPy's flavour. Fixed-width values are
/// not copied.
ImportedFrame import_stream(ArrowArrayStream* stream, Flavour flavour);

/// `value`, a frame, as an Arrow stream that keeps its chunks alive; `names` are those of the
/// columns.
void export_stream(std::shared_ptr<const memory::Value> value,
                   const std::vector<std::string>& names, bool nan_is_null, ArrowArrayStream* out);

}  // namespace tharsis::io
