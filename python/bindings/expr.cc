#include "bindings.h"
#include "tharsis/base/error.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/elementwise.h"

namespace tharsis::python {
namespace {

const Op& require_op(const std::string& name) {
  if (const Op* op = find_op(name)) return *op;
  std::vector<std::string> names;
  for (const Op* op : all_ops()) names.emplace_back(op->name());
  const auto near = near_names(name, names);
  fail(ErrorCode::kUnsupported, "there is no operator '{}'{}", name,
       near.empty() ? "" : "; did you mean '" + near.front() + "'?");
}

Expr build(const std::string& name, const std::vector<Expr>& inputs, const nb::kwargs& keywords) {
  const UserLine line;
  const Op& op = require_op(name);
  return op.build(attrs_from_python(op, keywords), inputs);
}

Expr compute(const std::string& function, const nb::args& args, const nb::object& label,
             const nb::list& params) {
  const UserLine line;
  std::vector<ops::Argument> arguments;
  for (nb::handle arg : args) {
    if (nb::isinstance<Expr>(arg)) {
      arguments.emplace_back(nb::cast<Expr>(arg));
    } else {
      arguments.emplace_back(scalar_from_python(arg, function));
    }
  }
  std::vector<Scalar> values;
  for (nb::handle param : params) {
    if (nb::isinstance<DType>(param)) {  // a type is told as a missing value of it
      values.push_back(missing_scalar(nb::cast<DType>(param)));
      continue;
    }
    Scalar value = scalar_from_python(param, function);
    value.weak = false;
    values.push_back(std::move(value));
  }
  return ops::compute(function, std::move(arguments), label_from_python(label), std::move(values));
}

// The number of rows or the length of an axis, None where it is not known yet.
nb::object length_to_python(const Dim& dim) {
  return dim.known() ? nb::object(nb::int_(dim.size)) : nb::object(nb::none());
}

nb::list field_labels(const Expr& expr) {
  nb::list out;
  for (size_t i = 0; i < expr.meta().num_fields(); ++i)
    out.append(label_to_python(expr.meta().field(i).label));
  return out;
}

nb::list field_dtypes(const Expr& expr) {
  nb::list out;
  for (size_t i = 0; i < expr.meta().num_fields(); ++i)
    out.append(nb::cast(expr.meta().field(i).dtype));
  return out;
}

nb::tuple shape(const Expr& expr) {
  const auto& stored = stored_value(expr);
  nb::list out;
  for (const Dim& dim : stored != nullptr ? stored->meta.shape : expr.meta().shape)
    out.append(length_to_python(dim));
  return nb::tuple(out);
}

void bind_dtype(nb::module_& m) {
  nb::class_<DType>(m, "DType", "The type of the values of a column or a tensor.")
      .def("__init__", [](DType* self, nb::handle of) { new (self) DType(dtype_from_python(of)); })
      .def_prop_ro("name", &DType::name)
      .def("__str__", &DType::name)
      .def("__repr__", [](const DType& dtype) { return "DType('" + dtype.name() + "')"; })
      .def("__eq__",
           [](const DType& a, nb::handle b) {
             return nb::isinstance<DType>(b) && a == nb::cast<DType>(b);
           })
      .def("__hash__", [](const DType& dtype) { return std::hash<std::string>()(dtype.name()); })
      .def_prop_ro("is_bool", &DType::is_bool)
      .def_prop_ro("is_integer", &DType::is_integer)
      .def_prop_ro("is_float", &DType::is_float)
      .def_prop_ro("is_number", &DType::is_number)
      .def_prop_ro("is_string", &DType::is_string)
      .def_prop_ro("is_timestamp",
                   [](const DType& dtype) { return dtype.id == TypeId::kTimestamp; })
      .def_prop_ro("is_duration", [](const DType& dtype) { return dtype.id == TypeId::kDuration; })
      .def_prop_ro("is_category", &DType::is_category)
      .def_prop_ro("is_nullable",
                   [](const DType& dtype) { return dtype.flavour != Flavour::kNumpy; })
      .def_prop_ro("ordered", &DType::ordered)
      .def_prop_ro("timezone", [](const DType& dtype) { return std::string(dtype.timezone()); })
      .def_prop_ro("unit", [](const DType& dtype) { return std::string(unit_name(dtype.unit)); })
      .def_prop_ro("categories", [](const DType& dtype) {
        nb::list out;
        for (const Label& label : dtype.categories()) out.append(label_to_python(label));
        return out;
      });
  m.def("category_dtype", [](const nb::list& labels, bool ordered) {
    std::vector<Label> categories;
    for (nb::handle label : labels) categories.push_back(label_from_python(label));
    return category_type(std::move(categories), ordered);
  });
}

}  // namespace

void bind_expr(nb::module_& m) {
  bind_dtype(m);
  nb::class_<Expr>(m, "Expr", "One output of a node of the lazy graph.")
      .def_prop_ro(
          "kind",
          [](const Expr& expr) {
            const Kind kind = expr.meta().kind;
            return kind == Kind::kFrame ? "frame" : kind == Kind::kTensor ? "tensor" : "object";
          })
      .def_prop_ro(
          "dtype", [](const Expr& expr) { return expr.meta().dtype; }, "Of a tensor.")
      .def_prop_ro("ndim", [](const Expr& expr) { return expr.meta().shape.size(); })
      .def_prop_ro("shape", &shape, "Lengths; None where one is not known yet.")
      .def_prop_ro("labels", &field_labels, "Of all fields, index levels first.")
      .def_prop_ro("dtypes", &field_dtypes, "Of all fields, index levels first.")
      .def_prop_ro("index_levels", [](const Expr& expr) { return expr.meta().index_levels; })
      .def_prop_ro("series", [](const Expr& expr) { return expr.meta().series; })
      .def_prop_ro("range",
                   [](const Expr& expr) {
                     return nb::make_tuple(expr.meta().labels.start, expr.meta().labels.step);
                   })
      .def_prop_ro("columns_name",
                   [](const Expr& expr) { return label_to_python(expr.meta().columns_name); })
      .def_prop_ro("stored", [](const Expr& expr) { return stored_value(expr) != nullptr; })
      .def_prop_ro("nbytes",
                   [](const Expr& expr) -> int64_t {
                     const auto& value = stored_value(expr);
                     return value == nullptr ? -1 : value->bytes();
                   })
      .def(
          "same_rows",
          [](const Expr& a, const Expr& b) { return a.meta().row_space == b.meta().row_space; },
          "Whether the rows of both frames are aligned by construction.")
      .def("same", [](const Expr& a, const Expr& b) { return a == b; })
      .def(
          "column",
          [](const Expr& expr, nb::handle label, const std::string& who) {
            return require_column(expr.meta(), label_from_python(label), who);
          },
          "Position of the first data field with this label; an error with near names if there is "
          "none.")
      .def("__repr__", [](const Expr& expr) { return expr.meta().text(); });
  m.def("call", &build, nb::arg("op"), nb::arg("inputs"), nb::arg("keywords"),
        "The operator `op` on `inputs`, with its attributes as keywords.");
  m.def("compute", &compute, nb::arg("function"), nb::arg("args"), nb::kw_only(),
        nb::arg("label") = nb::none(), nb::arg("params") = nb::list(),
        "A scalar function of series, tensors and constants.");
  m.def(
      "ops",
      [] {
        nb::list out;
        for (const Op* op : all_ops()) out.append(nb::str(std::string(op->name()).c_str()));
        return out;
      },
      "The names of all operators.");
}

}  // namespace tharsis::python
