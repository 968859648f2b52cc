#pragma once

#include <string>
#include <vector>

#include "tharsis/runtime/run_fragment.h"

namespace tharsis::engine {

/// What one run did, for explain(analyze=True) and for tests that ask whether something took
/// effect.
struct RunReport {
  std::string graph;                     // as optimized, one node per line
  std::vector<std::string> rules_fired;  // in the order of the recipe
  std::vector<runtime::FragmentReport> fragments;
  std::vector<std::string> whole;  // calls that ran in one piece
  int64_t rows_read = 0;           // by all fragments
  int64_t spilled_bytes = 0;
  int64_t wire_bytes = 0;
  int64_t peak_bytes = 0;  // of the budget
  double seconds = 0;
  int rounds = 0;

  /// For people.
  std::string text() const;
};

}  // namespace tharsis::engine
