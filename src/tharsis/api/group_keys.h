#pragma once

#include <vector>

#include "tharsis/api/frame.h"

namespace tharsis::api {

/// The frame with the series among the keys as further columns; answers the field of each key.
Expr with_keys(const Expr& frame, const std::vector<KeySpec>& keys, std::vector<int64_t>* fields);
/// Whether a row has a missing value in one of these fields; looks at the data where types allow
/// it.
bool any_missing(engine::Session& session, const Expr& frame, const std::vector<int64_t>& fields);

}  // namespace tharsis::api
