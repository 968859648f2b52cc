#include <algorithm>
#include <array>

#include "tharsis/plan/rules.h"

namespace tharsis::plan {

std::span<const Rule> rules() {
  // What nobody looks at goes first, so that it does not stand in the way of the others.
  static constexpr std::array<Rule, 7> kRecipe{{
      {"common", common},
      {"fold_constants", fold_constants},
      {"prune_columns", prune_columns},
      {"order", order},
      {"push_filters", push_filters},
      {"limit", limit},
      {"prune_columns", prune_columns},
  }};
  return kRecipe;
}

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const Rule& rule : rules()) {
    if (std::find(names.begin(), names.end(), rule.name) == names.end())
      names.emplace_back(rule.name);
  }
  names.emplace_back(kFuseMaps);
  names.emplace_back(kShare);
  return names;
}

}  // namespace tharsis::plan
