#pragma once

#include <unordered_map>
#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/plan/fragment.h"

namespace tharsis::plan {

/// Behind which selection the elements of an array flow.
struct Behind {
  Expr mask;  // empty: none
  std::vector<int64_t> domain;
  friend bool operator==(const Behind&, const Behind&) = default;
};

/// What is decided of one array node.
struct Stage {
  std::vector<int64_t> shape;  // -1: not known before something has run
  Behind behind;
  int level = 0;        // of the first pass that can make it
  bool stored = false;  // already
  bool kept = false;    // will be stored by its pass; later passes read it
  bool ready = true;    // can be made without another round
  int64_t weight = 0;   // instructions to make it from what is stored, counted as a tree
  double cost_ns = 0;   // the same in time per element

  /// The first pass that can read it as an operand.
  int readable_at() const { return stored ? 0 : level + 1; }
};

/// Decides for all nodes below `targets` which are stored on the way, and which pass makes what.
class Stages {
 public:
  Stages(const std::vector<Expr>& targets, const CutOptions& options);

  const Stage& at(const Node* node) const { return stages_.at(node); }
  const std::vector<const Node*>& order() const { return order_; }
  /// What the passes of this round store, inputs before consumers.
  std::vector<Expr> kept() const;
  /// The shape that a target's pass iterates over.
  std::vector<int64_t> domain(const Node* node) const;
  std::vector<int64_t> shape_of(const Expr& expr) const;
  /// Whether a map runs on the way to another one, and whether values are stored for several.
  bool fused_maps() const { return fused_maps_; }
  bool shared() const { return shared_; }

 private:
  void decide(const Node* node);
  void decide_flowing(const Node* node, Stage& stage, const Traits& traits);
  void decide_selection(const Node* node, Stage& stage);
  void decide_reduction(const Node* node, Stage& stage);
  void keep(const Node* node);
  bool flows_behind(const Node* node, Stage& stage);
  std::vector<int64_t> known(const Meta& meta) const;
  const Node* worth_keeping() const;
  void decide_all();

  const CutOptions options_;
  bool fused_maps_ = false;
  bool shared_ = false;
  std::vector<const Node*> order_;
  std::unordered_map<const Node*, Stage> stages_;
  std::vector<const Node*> wanted_;                // kept because somebody asked
  std::unordered_map<uint64_t, int64_t> lengths_;  // of symbols
};

}  // namespace tharsis::plan
