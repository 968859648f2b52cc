#include <algorithm>

#include "tensor_base.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/array_source.h"
#include "tharsis/ops/bridge.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/indexing.h"
#include "tharsis/ops/linalg.h"
#include "tharsis/ops/random.h"
#include "tharsis/ops/reduction.h"

namespace tharsis::python {
namespace {

using Shape = std::vector<int64_t>;

Scalar strong_scalar(nb::handle object, std::string_view who) {
  Scalar scalar = scalar_from_python(object, who);
  scalar.weak = false;
  return scalar;
}

std::optional<int64_t> bound(nb::handle object) {
  if (object.is_none()) return std::nullopt;
  if (!PyIndex_Check(object.ptr()))
    throw nb::type_error("slice indices must be integers or None or have an __index__ method");
  return nb::cast<int64_t>(object.attr("__index__")());
}

// An item of x[…]: an integer, a slice, None or an ellipsis.
ops::Index index_item(nb::handle object) {
  ops::Index item;
  if (object.is_none()) {
    item.kind = ops::Index::kNewAxis;
  } else if (object.ptr() == Py_Ellipsis) {
    item.kind = ops::Index::kEllipsis;
  } else if (PySlice_Check(object.ptr())) {
    item.start = bound(object.attr("start"));
    item.stop = bound(object.attr("stop"));
    item.step = bound(object.attr("step")).value_or(1);
  } else {
    item.kind = ops::Index::kAt;
    item.at = *bound(object);
  }
  return item;
}

// What is small and there already is computed now.
Expr small(Expr expr) { return session().small_arrays().settled(std::move(expr)); }

Expr compute(const std::string& function, const nb::args& args) {
  std::vector<ops::Argument> arguments;
  arguments.reserve(args.size());
  for (nb::handle arg : args) {
    if (nb::isinstance<Expr>(arg)) {
      arguments.emplace_back(*nb::inst_ptr<Expr>(arg));
    } else {
      arguments.emplace_back(scalar_from_python(arg, function));
    }
  }
  return compute_array(function, std::move(arguments));
}

Expr index(const Expr& x, const nb::tuple& items) {
  const UserLine line;
  std::vector<ops::Index> parsed;
  for (nb::handle item : items) parsed.push_back(index_item(item));
  return small(ops::index(x, parsed));
}

Expr reduce(const std::string& name, const Expr& x, const nb::object& axes, bool keepdims,
            int64_t ddof) {
  const UserLine line;
  const size_t rank = x.meta().shape.size();
  ops::ReduceAttrs attrs;
  attrs.keepdims = keepdims;
  attrs.ddof = ddof;
  if (axes.is_none()) {
    for (size_t i = 0; i < rank; ++i) attrs.axes.push_back(static_cast<int64_t>(i));
  } else {
    for (const int64_t axis : nb::cast<Shape>(axes))
      attrs.axes.push_back(ops::normalized_axis(axis, rank, name));
    std::sort(attrs.axes.begin(), attrs.axes.end());
  }
  return small(ops::reduce(name, x, std::move(attrs)));
}

// All outputs of an operator.
nb::tuple outputs(const Op& op, Attrs attrs, std::vector<Expr> inputs) {
  const UserLine line;
  const Ref<Node> node = call_node(op, std::move(attrs), std::move(inputs));
  nb::list out;
  for (uint16_t i = 0; i < node->out.size(); ++i) out.append(nb::cast(Expr{node, i}));
  return nb::tuple(out);
}

void bind_sources(nb::module_& m) {
  m.def("full", [](Shape shape, nb::handle value) {
    const UserLine line;
    return ops::full(std::move(shape), strong_scalar(value, "full"));
  });
  m.def("arange", [](nb::handle start, nb::handle delta, int64_t count) {
    const UserLine line;
    return ops::arange(strong_scalar(start, "arange"), strong_scalar(delta, "arange"), count);
  });
  m.def("linspace", [](double start, double stop, int64_t count, bool endpoint) {
    const UserLine line;
    return ops::linspace(start, stop, count, endpoint);
  });
  m.def("eye", [](int64_t rows, int64_t columns, int64_t diagonal, nb::handle dtype) {
    const UserLine line;
    return ops::eye(rows, columns, diagonal, dtype_from_python(dtype));
  });
  m.def("load_npy", [](const std::string& path) {
    const UserLine line;
    return ops::load_npy(path);
  });
}

void bind_views(nb::module_& m) {
  m.def("index", &index);
  m.def("transpose", [](const Expr& x, const Shape& axes) {
    const UserLine line;
    return small(ops::transpose(x, axes));
  });
  m.def("broadcast_to", [](const Expr& x, const Shape& shape) {
    const UserLine line;
    return small(ops::broadcast_to(x, shape));
  });
  m.def("reshape", [](const Expr& x, Shape shape) {
    const UserLine line;
    return small(ops::reshape(x, std::move(shape)));
  });
  m.def("concatenate", [](std::vector<Expr> arrays, int64_t axis) {
    const UserLine line;
    return small(ops::concatenate(std::move(arrays), axis));
  });
  m.def("select", [](const Expr& x, const Expr& mask) {
    const UserLine line;
    return ops::select(x, mask);
  });
  m.def("take_rows", [](const Expr& x, const Expr& positions) {
    const UserLine line;
    return ops::take_rows(x, positions);
  });
  m.def(
      "settled",
      [](const Expr& x) {
        Ref<Value> value = run_released({x})[0];
        return stored_leaf(std::move(value), x.node->key, x.node->origin);
      },
      "The array, stored: all its lengths are known.");
  m.def("cast", [](const Expr& x, nb::handle dtype) {
    const UserLine line;
    return ops::cast(x, dtype_from_python(dtype));
  });
}

void bind_linalg(nb::module_& m) {
  m.def("matmul", [](const Expr& a, const Expr& b) {
    const UserLine line;
    return ops::matmul(a, b);
  });
  m.def("dot", [](const Expr& a, const Expr& b) {
    const UserLine line;
    return ops::dot(a, b);
  });
  m.def("eigh", [](const Expr& x, bool lower) {
    return outputs(ops::eigh_op(), ops::EighAttrs{lower}, {x});
  });
  m.def("svd",
        [](const Expr& x, bool full) { return outputs(ops::svd_op(), ops::SvdAttrs{full}, {x}); });
  m.def("qr", [](const Expr& x) { return outputs(ops::qr_op(), ops::QrAttrs{}, {x}); });
  m.def("solve", [](const Expr& a, const Expr& b) {
    const UserLine line;
    return call(ops::solve_op(), ops::SolveAttrs{}, {a, b});
  });
}

void bind_bridge(nb::module_& m) {
  m.def(
      "to_array",
      [](const Expr& frame, int rank, nb::handle dtype) {
        const UserLine line;
        return ops::to_array(frame, rank, dtype.is_none() ? DType() : dtype_from_python(dtype));
      },
      nb::arg("frame"), nb::arg("rank") = -1, nb::arg("dtype") = nb::none(),
      "The data columns of a frame as an array.");
  m.def(
      "from_arrays",
      [](std::vector<Expr> arrays, const nb::list& labels, bool series) {
        const UserLine line;
        std::vector<Label> given;
        for (nb::handle label : labels) given.push_back(label_from_python(label));
        return ops::from_arrays(std::move(arrays), std::move(given), series);
      },
      nb::arg("arrays"), nb::arg("labels"), nb::arg("series") = false,
      "Arrays of one length as the columns of a frame.");
}

kernels::uint128 integer128(nb::handle object) {
  const auto part = [&](int shift) {
    const nb::object bits =
        object.attr("__rshift__")(shift).attr("__and__")(nb::int_(uint64_t{0xFFFFFFFFFFFFFFFF}));
    return nb::cast<uint64_t>(bits);
  };
  return (kernels::uint128{part(64)} << 64) | part(0);
}

nb::object integer_to_python(kernels::uint128 value) {
  return nb::int_(static_cast<uint64_t>(value >> 64))
      .attr("__lshift__")(64)
      .attr("__or__")(nb::int_(static_cast<uint64_t>(value)));
}

void bind_generator(nb::module_& m) {
  using ops::Generator;
  nb::class_<Generator>(m, "Generator", "The state of numpy.random.default_rng.")
      .def("__init__", [](Generator* self,
                          const std::vector<uint32_t>& entropy) { new (self) Generator(entropy); })
      .def_static("from_state",
                  [](nb::handle state, nb::handle increment) {
                    return Generator(kernels::Pcg64{integer128(state), integer128(increment)});
                  })
      .def_prop_ro("state",
                   [](const Generator& self) {
                     return nb::make_tuple(integer_to_python(self.state().state),
                                           integer_to_python(self.state().increment));
                   })
      .def("random",
           [](Generator& self, Shape shape, nb::handle dtype) {
             const UserLine line;
             return self.random(std::move(shape), dtype_from_python(dtype));
           })
      .def("uniform",
           [](Generator& self, double low, double high, Shape shape) {
             const UserLine line;
             return self.uniform(low, high, std::move(shape));
           })
      .def("standard_normal",
           [](Generator& self, Shape shape, nb::handle dtype) {
             const UserLine line;
             return self.standard_normal(std::move(shape), dtype_from_python(dtype));
           })
      .def("normal",
           [](Generator& self, double mean, double deviation, Shape shape) {
             const UserLine line;
             return self.normal(mean, deviation, std::move(shape));
           })
      .def("integers",
           [](Generator& self, int64_t low, uint64_t range, Shape shape, nb::handle dtype) {
             const UserLine line;
             return self.integers(low, range, std::move(shape), dtype_from_python(dtype));
           });
}

}  // namespace

void bind_tensor(nb::module_& module) {
  ops::register_array_source_ops();
  ops::register_bridge_ops();
  ops::register_indexing_ops();
  ops::register_linalg_ops();
  ops::register_random_ops();
  ops::register_reduction_ops();
  nb::module_ m = module.def_submodule("tensor", "Arrays: sources, views, reductions, products.");
  bind_tensor_base(m);
  bind_ufunc_base(m);
  bind_sources(m);
  m.def("compute", &compute, nb::arg("function"), nb::arg("args"));
  bind_views(m);
  m.def("reduce", &reduce, nb::arg("name"), nb::arg("x"), nb::arg("axes") = nb::none(),
        nb::arg("keepdims") = false, nb::arg("ddof") = 0);
  bind_linalg(m);
  bind_bridge(m);
  bind_generator(m);
}

}  // namespace tharsis::python
