#include "tharsis/api/metrics.h"

#include "bindings.h"

namespace tharsis::python {
namespace {

using Measure = double (*)(engine::Session&, const Expr&, const Expr&, const Expr&);

void bind_measure(nb::module_& m, const char* name, Measure measure) {
  m.def(
      name,
      [measure](const Expr& truth, const Expr& score, const std::optional<Expr>& weight) {
        const UserLine line;
        engine::Session& now = session();
        const nb::gil_scoped_release released;
        return measure(now, truth, score, weight.value_or(Expr()));
      },
      nb::arg("truth"), nb::arg("score"), nb::arg("weight").none() = nb::none());
}

}  // namespace

void bind_metrics(nb::module_& parent) {
  nb::module_ m = parent.def_submodule("metrics", "scikit-learn's measures: see api/metrics.h.");
  bind_measure(m, "roc_auc", &api::roc_auc);
  bind_measure(m, "average_precision", &api::average_precision);
}

}  // namespace tharsis::python
