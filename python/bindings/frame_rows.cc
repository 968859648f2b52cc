#include "frame_arguments.h"

namespace tharsis::python {
namespace {

std::optional<std::vector<Label>> columns_from(nb::handle columns) {
  if (columns.is_none()) return std::nullopt;
  return labels_from(nb::borrow<nb::list>(columns));
}

std::optional<Scalar> bound_from(nb::handle object) {
  if (object.is_none()) return std::nullopt;
  return scalar_from_python(object, "loc");
}

void bind_along(nb::module_& m) {
  m.def(
      "running",
      [](const Expr& frame, const std::string& function, const nb::list& keys, nb::handle columns,
         bool backwards, bool dropna) {
        const UserLine line;
        api::RunningOptions options;
        options.keys = keys_from(keys);
        options.columns = columns_from(columns);
        options.function = function;
        options.backwards = backwards;
        options.dropna = dropna;
        return api::running(session(), frame, std::move(options));
      },
      nb::arg("frame"), nb::arg("function"), nb::arg("keys") = nb::list(),
      nb::arg("columns").none() = nb::none(), nb::arg("backwards") = false,
      nb::arg("dropna") = true);
  m.def(
      "shift",
      [](const Expr& frame, int64_t periods, nb::handle fill, const nb::list& keys,
         nb::handle columns, bool dropna) {
        const UserLine line;
        api::ShiftOptions options;
        options.keys = keys_from(keys);
        options.columns = columns_from(columns);
        options.periods = periods;
        options.dropna = dropna;
        if (!fill.is_none()) options.fill = scalar_from_python(fill, "shift");
        return api::shift(frame, std::move(options));
      },
      nb::arg("frame"), nb::arg("periods"), nb::arg("fill").none() = nb::none(),
      nb::arg("keys") = nb::list(), nb::arg("columns").none() = nb::none(),
      nb::arg("dropna") = true);
  m.def(
      "rank",
      [](const Expr& frame, const nb::list& keys, nb::handle columns, const std::string& method,
         const std::string& missing, bool ascending, bool percent, bool dropna) {
        const UserLine line;
        api::RankOptions options;
        options.keys = keys_from(keys);
        options.columns = columns_from(columns);
        options.method = method;
        options.missing = missing;
        options.ascending = ascending;
        options.percent = percent;
        options.dropna = dropna;
        return api::rank(frame, std::move(options));
      },
      nb::arg("frame"), nb::arg("keys"), nb::arg("columns").none(), nb::arg("method"),
      nb::arg("missing"), nb::arg("ascending"), nb::arg("percent"), nb::arg("dropna") = true);
  m.def("transform", [](const Expr& frame, const nb::list& keys, const nb::list& aggregates,
                        bool dropna) {
    const UserLine line;
    return api::transform(session(), frame, keys_from(keys), aggregates_from(aggregates), dropna);
  });
  m.def("group_number", [](const Expr& frame, const nb::list& keys, bool sort, bool dropna) {
    const UserLine line;
    return api::group_number(session(), frame, keys_from(keys), sort, dropna);
  });
}

void bind_chosen(nb::module_& m) {
  m.def("duplicated", [](const Expr& frame, const nb::list& subset, const std::string& keep) {
    const UserLine line;
    return api::duplicated(frame, labels_from(subset), keep);
  });
  m.def("with_index",
        [](const Expr& frame, const std::vector<Expr>& levels, const nb::list& names, bool append) {
          const UserLine line;
          return api::with_index(frame, levels, labels_from(names), append);
        });
  m.def("take", [](const Expr& frame, const Expr& positions) {
    const UserLine line;
    return api::take(frame, positions);
  });
  m.def("side_by_side", [](const Expr& a, const Expr& b) {
    const UserLine line;
    return api::side_by_side(a, b);
  });
  m.def("positions", [](const Expr& frame) {
    const UserLine line;
    return api::positions(frame);
  });
  m.def("rows_of_labels", [](const Expr& frame, const nb::list& labels) {
    const UserLine line;
    return api::rows_of_labels(session(), frame, scalars_from(labels, "loc", true));
  });
  m.def(
      "rows_between",
      [](const Expr& frame, nb::handle first, nb::handle last) {
        const UserLine line;
        return api::rows_between(session(), frame, bound_from(first), bound_from(last));
      },
      nb::arg("frame"), nb::arg("first").none(), nb::arg("last").none());
  m.def("monotonic", [](const Expr& series) {
    const UserLine line;
    const auto [up, down] = api::monotonic(session(), series);
    return nb::make_tuple(up, down);
  });
}

}  // namespace

void bind_frame_rows(nb::module_& m) {
  bind_along(m);
  bind_chosen(m);
}

}  // namespace tharsis::python
