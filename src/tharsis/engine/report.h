#pragma once

#include <map>
#include <string>
#include <vector>

#include "tharsis/engine/sharing.h"
#include "tharsis/runtime/run_fragment.h"

namespace tharsis::engine {

/// A call that ran on stored inputs, in one piece.
struct WholeReport {
  std::string text;
  size_t after = 0;  // how many passes came before
  int64_t rows_out = 0;
  int64_t bytes_out = 0;
  double rows_estimated = -1;  // only analyzed
  double seconds = 0;
  int64_t spilled_bytes = 0;
};

/// What one run did, for explain(analyze=True) and for tests that ask whether something took
/// effect.
struct RunReport {
  bool analyzed = false;                         // steps, estimates and shared values are filled in
  std::string graph;                             // as optimized, one node per line
  std::vector<std::string> rules_fired;          // in the order of the recipe
  std::map<std::string, int64_t> nodes_changed;  // by rule; only analyzed
  std::vector<runtime::FragmentReport> fragments;
  std::vector<WholeReport> whole;
  std::vector<SharedValue> shared;  // only analyzed
  int64_t rows_read = 0;            // by all fragments
  int64_t spilled_bytes = 0;
  int64_t wire_bytes = 0;
  int64_t peak_bytes = 0;  // of the budget
  double seconds = 0;
  int rounds = 0;

  /// For people.
  std::string text() const;
};

}  // namespace tharsis::engine
