#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "tharsis/plan/estimate.h"

namespace tharsis::engine {

/// A value that several others are made from, and what became of it.
struct SharedValue {
  std::string text;
  int uses = 0;
  int passes = 0;       // that computed it
  bool stored = false;  // and then read by the others
  double make_ns = 0;   // estimates: to compute it once more …
  double store_ns = 0;  // … and to write and read it

  /// "a branch of one pass", "computed 2 times", "stored".
  std::string decision() const;
};

/// Follows the values of a run that are used more than once.
class Sharing {
 public:
  /// Finds those in the graph as it is now. Lowering makes new ones: called in every round.
  void look(const std::vector<Expr>& roots, const plan::Estimates& estimates);
  void computed(const Node& node);
  void stored(const Node& node);
  /// Those that were computed, in the order in which they were found.
  std::vector<SharedValue> report() const;

 private:
  std::unordered_map<Key, size_t> number_;
  std::vector<SharedValue> values_;
};

}  // namespace tharsis::engine
