#include "tharsis/ops/learn.h"
#include "bindings.h"
#include "tharsis/api/column_moments.h"
#include "tharsis/api/kmeans.h"
#include "tharsis/api/pca.h"
#include "tharsis/api/row_panels.h"

namespace tharsis::python {
namespace {

using Numbers = std::vector<double>;

nb::tuple column_moments(const Expr& x, const std::optional<Expr>& weight, Numbers count,
                         Numbers mean, Numbers variance) {
  const UserLine line;
  engine::Session& now = session();
  api::ColumnMoments moments{std::move(count), std::move(mean), std::move(variance)};
  {
    const nb::gil_scoped_release released;
    moments = api::column_moments(now, x, weight.value_or(Expr()), moments);
  }
  return nb::make_tuple(moments.count, moments.mean, moments.variance);
}

nb::tuple kmeans(const Expr& x, const std::optional<Expr>& weight, const std::vector<Expr>& starts,
                 int64_t clusters, int64_t max_iter, double tol) {
  const UserLine line;
  engine::Session& now = session();
  api::KMeansModel model;
  {
    const nb::gil_scoped_release released;
    model = api::kmeans(now, x, weight.value_or(Expr()), starts, {clusters, max_iter, tol});
  }
  return nb::make_tuple(model.centers, model.labels, model.inertia, model.iterations, model.used);
}

nb::tuple pca(const Expr& x, bool covariance, double keep) {
  const UserLine line;
  engine::Session& now = session();
  const auto solver = covariance ? api::PcaSolver::kCovariance : api::PcaSolver::kFull;
  api::PcaModel model;
  {
    const nb::gil_scoped_release released;
    model = api::pca(now, x, solver, keep);
  }
  return nb::make_tuple(model.mean, model.components, model.variance, model.ratio, model.singular,
                        model.noise_variance, model.count);
}

}  // namespace

void bind_learn(nb::module_& parent) {
  ops::register_learn_ops();
  nb::module_ m = parent.def_submodule("learn", "What estimators compute: see src/tharsis/api.");
  m.def("column_moments", &column_moments, nb::arg("x"), nb::arg("weight").none(), nb::arg("count"),
        nb::arg("mean"), nb::arg("variance"));
  m.def("kmeans", &kmeans, nb::arg("x"), nb::arg("weight").none(), nb::arg("starts"),
        nb::arg("clusters"), nb::arg("max_iter"), nb::arg("tol"));
  m.def("kmeans_trials", &api::kmeans_trials);
  m.def("nearest_center", [](const Expr& x, const Expr& centers) {
    const UserLine line;
    engine::Session& now = session();
    const nb::gil_scoped_release released;
    return api::nearest_center(now, x, centers);
  });
  m.def(
      "inertia",
      [](const Expr& x, const Expr& centers, const std::optional<Expr>& weight) {
        const UserLine line;
        engine::Session& now = session();
        const nb::gil_scoped_release released;
        return api::inertia(now, x, centers, weight.value_or(Expr()));
      },
      nb::arg("x"), nb::arg("centers"), nb::arg("weight").none());
  m.def("times", [](const Expr& x, const Expr& matrix) {
    const UserLine line;
    engine::Session& now = session();
    const nb::gil_scoped_release released;
    return api::times(now, x, matrix);
  });
  m.def("pca", &pca, nb::arg("x"), nb::arg("covariance"), nb::arg("keep"));
}

}  // namespace tharsis::python
