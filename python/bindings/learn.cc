#include "bindings.h"
#include "tharsis/api/column_moments.h"

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

}  // namespace

void bind_learn(nb::module_& parent) {
  nb::module_ m = parent.def_submodule("learn", "What estimators compute: see src/tharsis/api.");
  m.def("column_moments", &column_moments, nb::arg("x"), nb::arg("weight").none(), nb::arg("count"),
        nb::arg("mean"), nb::arg("variance"));
}

}  // namespace tharsis::python
