#pragma once

#include <memory>
#include <vector>

#include "tharsis/plan/array_fragment.h"
#include "tharsis/runtime/run_fragment.h"

namespace tharsis::runtime {

/// Runs one pass over an index space; answers the values of its sinks in order, with their metas.
/// Results are the same bits for any splits, workers, nodes, spills and instruction sets.
std::vector<std::shared_ptr<Value>> run_array_fragment(const plan::ArrayFragment& fragment,
                                                       Pool& pool, CancelToken& cancel,
                                                       const RunOptions& options,
                                                       FragmentReport* report);

}  // namespace tharsis::runtime
