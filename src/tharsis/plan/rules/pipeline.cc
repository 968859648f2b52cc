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

}  // namespace tharsis::plan
