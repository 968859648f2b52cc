#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tharsis/graph/expr.h"

namespace tharsis {

/// The graph below `roots` as bytes: calls as they are, with their keys and what is known of their
/// outputs, without the lines of the user. Of a stored value only its key and its meta travel.
std::string encode_graph(const std::vector<Expr>& roots);

/// The roots of what encode_graph wrote. `stored` finds the value of a key, or null, which is an
/// error. A StorageError when the bytes are cut off, of another version, or name an operator that
/// is not there.
using FindStored = std::function<std::shared_ptr<const memory::Value>(const Key& key)>;
std::vector<Expr> decode_graph(std::string_view bytes, const FindStored& stored);

}  // namespace tharsis
