#pragma once

#include <span>
#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/plan/fragment.h"

namespace tharsis::engine {

/// One call of Session::run: rounds of lower, cut and run until the roots are stored. Writes what
/// it does to `report`.
class Session::Run {
 public:
  Run(Session& session, RunReport& report);

  std::vector<Ref<Value>> operator()(std::span<const Expr> roots);

 private:
  using Graph = std::vector<Expr>;

  Graph reuse_kept(Graph graph) const;
  Graph lower(Graph& graph);
  void step(const Graph& targets);
  void run(const plan::Fragment& fragment);
  void run(const plan::ArrayFragment& fragment);
  template <class Fragment, class Pass>
  std::vector<std::shared_ptr<Value>> measured(const Fragment& fragment, const Pass& pass);
  void evaluate(const Expr& expr);
  void keep(const Node& node, std::shared_ptr<const Value> value);

  Session& session_;
  RunReport& report_;
  runtime::RunOptions options_;
  // Only analyzed:
  std::unique_ptr<plan::Estimates> estimates_;  // of the graph of this round
  Sharing sharing_;
};

}  // namespace tharsis::engine
