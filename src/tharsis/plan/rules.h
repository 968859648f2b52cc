#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::plan {

using Graph = std::vector<Expr>;

/// One rewrite of the graph. Pure; can be switched off by its name, and the answer stays the same.
struct Rule {
  std::string_view name;
  Graph (*apply)(const Graph& roots, const Facts& facts) = nullptr;
};

Graph common(const Graph& roots, const Facts& facts);
Graph fold_constants(const Graph& roots, const Facts& facts);
Graph prune_columns(const Graph& roots, const Facts& facts);
Graph push_filters(const Graph& roots, const Facts& facts);
Graph limit(const Graph& roots, const Facts& facts);
Graph order(const Graph& roots, const Facts& facts);
/// Not optional: filters of one row space by one mask become one, so that their rows flow together.
Graph merge_filters(const Graph& roots);

/// The recipe, in order.
std::span<const Rule> rules();

/// Rules of the cut (CutOptions): they change no graph, but what runs in one pass.
inline constexpr std::string_view kFuseMaps = "fuse_maps";
inline constexpr std::string_view kShare = "share";

/// Of all that can be switched off, each once.
std::vector<std::string> rule_names();

}  // namespace tharsis::plan
