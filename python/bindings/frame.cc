#include "tharsis/api/frame.h"

#include "frame_arguments.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/relational.h"

namespace tharsis::python {
namespace {

void bind_selection(nb::module_& m) {
  m.def(
      "has_column",
      [](const Expr& frame, nb::handle label) {
        try {
          return api::find_data(frame.meta(), label_from_python(label)).has_value();
        } catch (const Error&) {
          return false;  // what is no label is no column
        }
      },
      nb::arg("frame"), nb::arg("label").none());
  m.def(
      "column",
      [](const Expr& frame, nb::handle label, const std::string& who) {
        const UserLine line;
        return api::column(frame, label_from_python(label), who);
      },
      nb::arg("frame"), nb::arg("label").none(), nb::arg("who") = "column");
  m.def(
      "columns",
      [](const Expr& frame, const nb::list& labels, const std::string& who) {
        const UserLine line;
        return api::columns(frame, labels_from(labels), who);
      },
      nb::arg("frame"), nb::arg("labels"), nb::arg("who") = "columns");
  m.def("column_at", [](const Expr& frame, int64_t position) {
    const UserLine line;
    return api::column_at(frame, position);
  });
  m.def("drop_columns", [](const Expr& frame, const nb::list& labels, bool ignore) {
    const UserLine line;
    return api::drop_columns(frame, labels_from(labels), ignore);
  });
  m.def(
      "to_frame",
      [](const Expr& series, nb::handle label) {
        const UserLine line;
        return api::to_frame(series, label_from_python(label));
      },
      nb::arg("series"), nb::arg("label").none());
  m.def(
      "to_series",
      [](const Expr& frame, nb::handle label) {
        const UserLine line;
        return api::to_series(frame, label_from_python(label));
      },
      nb::arg("frame"), nb::arg("label").none());
  m.def("rename", [](const Expr& frame, const nb::dict& names, bool strict) {
    const UserLine line;
    std::vector<std::pair<Label, Label>> pairs;
    for (const auto& [old, fresh] : names)
      pairs.emplace_back(label_from_python(old), label_from_python(fresh));
    return api::rename(frame, pairs, strict);
  });
  m.def("relabel", [](const Expr& frame, const nb::list& labels) {
    const UserLine line;
    return api::relabel(frame, labels_from(labels));
  });
  m.def("rename_index", [](const Expr& frame, const nb::list& names) {
    const UserLine line;
    return api::rename_index(frame, labels_from(names));
  });
  m.def("filter", [](const Expr& frame, const Expr& mask) {
    const UserLine line;
    return api::filter(frame, mask);
  });
  m.def(
      "slice",
      [](const Expr& frame, std::optional<int64_t> start, std::optional<int64_t> stop,
         int64_t step) {
        const UserLine line;
        return api::slice(frame, start, stop, step);
      },
      nb::arg("frame"), nb::arg("start").none(), nb::arg("stop").none(), nb::arg("step") = 1);
}

void bind_index(nb::module_& m) {
  m.def("set_index", [](const Expr& frame, const nb::list& labels, bool drop, bool append) {
    const UserLine line;
    return api::set_index(frame, labels_from(labels), drop, append);
  });
  m.def("reset_index", [](const Expr& frame, bool drop) {
    const UserLine line;
    return api::reset_index(frame, drop);
  });
  m.def("index_frame", [](const Expr& frame) {
    const UserLine line;
    return api::index_frame(frame);
  });
  m.def("sort_values", [](const Expr& frame, const nb::list& by, const std::vector<bool>& ascending,
                          bool missing_first, bool ignore_index) {
    const UserLine line;
    return api::sort_values(frame, labels_from(by), ascending, missing_first, ignore_index);
  });
  m.def("sort_index", [](const Expr& frame, bool ascending, bool missing_first) {
    const UserLine line;
    return api::sort_index(frame, ascending, missing_first);
  });
}

void bind_computing(nb::module_& m) {
  m.def(
      "binary",
      [](const std::string& function, nb::handle a, nb::handle b) {
        const UserLine line;
        return api::binary(function, argument_from(a, function), argument_from(b, function));
      },
      nb::arg("function"), nb::arg("a").none(), nb::arg("b").none());
  m.def(
      "unary",
      [](const std::string& function, const Expr& x, const nb::list& params, const nb::list& more) {
        const UserLine line;
        return api::unary(function, x, scalars_from(params, function, true),
                          scalars_from(more, function, false));
      },
      nb::arg("function"), nb::arg("x"), nb::arg("params") = nb::list(),
      nb::arg("more") = nb::list());
  m.def(
      "apply",
      [](const std::string& function, const nb::list& arguments, const nb::list& params) {
        const UserLine line;
        std::vector<api::Argument> all;
        for (nb::handle argument : arguments) all.push_back(argument_from(argument, function));
        return api::apply(function, std::move(all), scalars_from(params, function, true));
      },
      nb::arg("function"), nb::arg("arguments"), nb::arg("params") = nb::list());
  m.def(
      "where",
      [](const Expr& x, nb::handle condition, nb::handle other) {
        const UserLine line;
        return api::where(x, argument_from(condition, "where"), argument_from(other, "where"));
      },
      nb::arg("x"), nb::arg("condition"), nb::arg("other").none());
  m.def("fold", [](const std::string& function, const Expr& frame) {
    const UserLine line;
    return api::fold(function, frame);
  });
  m.def(
      "assign",
      [](const Expr& frame, nb::handle label, nb::handle value) {
        const UserLine line;
        return api::assign(frame, label_from_python(label), argument_from(value, "assign"));
      },
      nb::arg("frame"), nb::arg("label").none(), nb::arg("value").none());
  m.def(
      "assign_columns",
      [](const Expr& frame, const nb::dict& columns) {
        const UserLine line;
        std::vector<std::pair<Label, api::Argument>> pairs;
        for (const auto& [label, value] : columns)
          pairs.emplace_back(label_from_python(label), argument_from(value, "assign"));
        return api::assign(frame, pairs);
      },
      "Several columns at once, by label.");
  m.def("astype", [](const Expr& x, nb::handle dtype) {
    const UserLine line;
    return api::astype(
        x, nb::isinstance<DType>(dtype) ? nb::cast<DType>(dtype) : dtype_from_python(dtype));
  });
  m.def("astype_category", [](const Expr& series) {
    const UserLine line;
    return api::astype_category(session(), series);
  });
  m.def("aligned_with", [](const Expr& frame, const Expr& other) {
    const UserLine line;
    return api::aligned_with(frame, other);
  });
  m.def(
      "rebase",
      [](const Expr& other, const Expr& frame) {
        const UserLine line;
        return ops::rebase(other, frame.meta());
      },
      "The rows of `other`, declared to be those of `frame`.");
}

void bind_groups(nb::module_& m) {
  m.def("group_by", [](const Expr& frame, const nb::list& keys, const nb::list& aggregates,
                       bool sort, bool as_index, bool dropna, bool series) {
    const UserLine line;
    return api::group_by(frame, keys_from(keys), aggregates_from(aggregates),
                         {sort, as_index, dropna, series});
  });
  m.def("reduce_many", [](const Expr& frame, const nb::list& aggregates) {
    const UserLine line;
    return api::reduce_many(frame, aggregates_from(aggregates));
  });
  m.def(
      "reduce",
      [](const Expr& frame, const std::string& function, int64_t ddof, int64_t min_count) {
        const UserLine line;
        return api::reduce(frame, function, ddof, min_count);
      },
      nb::arg("frame"), nb::arg("function"), nb::arg("ddof") = 1, nb::arg("min_count") = 0);
  m.def(
      "pivot_table",
      [](const Expr& frame, const nb::list& index, nb::handle columns, nb::handle values,
         const std::string& function, nb::handle fill) {
        const UserLine line;
        std::optional<Scalar> filled;
        if (!fill.is_none()) filled = scalar_from_python(fill, "pivot_table");
        return api::pivot_table(session(), frame, labels_from(index), label_from_python(columns),
                                label_from_python(values), function, filled);
      },
      nb::arg("frame"), nb::arg("index"), nb::arg("columns"), nb::arg("values"),
      nb::arg("function"), nb::arg("fill").none());
}

void bind_joins(nb::module_& m) {
  m.def("merge",
        [](const Expr& left, const Expr& right, const std::string& how, const nb::list& left_on,
           const nb::list& right_on, bool left_index, bool right_index,
           const std::string& left_suffix, const std::string& right_suffix, bool sort,
           const std::optional<std::string>& indicator) {
          const UserLine line;
          api::MergeOptions options;
          options.sort = sort;
          if (indicator) options.indicator = Label(*indicator);
          options.how = how;
          options.left_on = labels_from(left_on);
          options.right_on = labels_from(right_on);
          options.left_index = left_index;
          options.right_index = right_index;
          options.left_suffix = left_suffix;
          options.right_suffix = right_suffix;
          return api::merge(session(), left, right, options);
        });
  m.def("unique_rows", [](const Expr& frame, const nb::list& on, bool by_index) {
    const UserLine line;
    return api::unique_rows(session(), frame, labels_from(on), by_index);
  });
}

void bind_rows(nb::module_& m) {
  m.def("concat_rows",
        [](const std::vector<Expr>& frames, bool ignore_index, const std::string& join) {
          const UserLine line;
          return api::concat_rows(frames, ignore_index, join == "inner");
        });
  m.def("distinct_rows", [](const Expr& frame) {
    const UserLine line;
    return api::distinct_rows(frame);
  });
}

void bind_looking(nb::module_& m) {
  m.def(
      "values",
      [](const Expr& series) {
        nb::list out;
        std::vector<Scalar> values;
        {
          run_released({series});
          values = api::values(session(), series);
        }
        for (const Scalar& value : values) out.append(scalar_to_python(value));
        return out;
      },
      "The values of a series as Python objects.");
  m.def(
      "row",
      [](const Expr& frame) {
        run_released({frame});
        nb::list out;
        for (const Scalar& value : api::row(session(), frame)) out.append(scalar_to_python(value));
        return out;
      },
      "The values of a frame of one row as Python objects.");
  m.def("row_count", [](const Expr& frame) {
    const UserLine line;
    engine::Session& now = session();
    const nb::gil_scoped_release released;
    return api::row_count(now, frame);
  });
}

}  // namespace

void bind_frame(nb::module_& parent) {
  nb::module_ m = parent.def_submodule("frame", "pandas' words over expressions: see api/frame.h.");
  bind_selection(m);
  bind_index(m);
  bind_computing(m);
  bind_groups(m);
  bind_joins(m);
  bind_rows(m);
  bind_looking(m);
  bind_frame_rows(m);
}

}  // namespace tharsis::python
