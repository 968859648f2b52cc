#include <array>

#include "tharsis/plan/rules.h"

namespace tharsis::plan {

std::span<const Rule> rules() {
  static constexpr std::array<Rule, 2> kRecipe{{
      {"common", common},
      {"prune_columns", prune_columns},
  }};
  return kRecipe;
}

}  // namespace tharsis::plan
