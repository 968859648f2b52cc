#include "tensor_base.h"

#include <array>

#include "tharsis/base/error.h"
#include "tharsis/ops/elementwise.h"

// What Python calls for x + y stands here and not in Python, because for ten elements the call is
// most of the work.

namespace tharsis::python {
namespace {

struct TensorBase {
  Expr expr;

  // The expression, with all its lengths where its result is there.
  const Expr& current() {
    const auto& value = stored_value(expr);
    if (value != nullptr && !sizes_known(expr.meta()))
      expr = stored_leaf(value, expr.node->key, expr.node->origin);
    return expr;
  }
};

// The class of the facade, and what it does where an operand is no tensor and no number or
// something is wrong: a function of (name, x, y). Set once, and never freed.
PyTypeObject* tensor_type = nullptr;
PyObject* careful = nullptr;

TensorBase* base_of(PyObject* object) {
  if (!PyObject_TypeCheck(object, tensor_type)) return nullptr;
  return nb::inst_ptr<TensorBase>(nb::handle(object));
}

bool is_number(PyObject* object) {
  return PyFloat_Check(object) || PyLong_Check(object) ||
         (nb::hasattr(object, "dtype") && nb::hasattr(object, "item") &&
          nb::cast<int>(nb::handle(object).attr("ndim")) == 0 && base_of(object) == nullptr &&
          !nb::hasattr(object, "_expr"));
}

PyObject* with_care(const char* name, PyObject* a, PyObject* b) {
  return PyObject_CallFunction(careful, b == nullptr ? "sO" : "sOO", name, a, b);
}

PyObject* binary(const char* name, PyObject* a, PyObject* b) {
  for (PyObject* operand : {a, b}) {
    if (base_of(operand) == nullptr && nb::hasattr(operand, "_expr")) Py_RETURN_NOTIMPLEMENTED;
  }
  nb::object out = tried([&]() -> nb::object {
    std::vector<ops::Argument> arguments;
    arguments.reserve(2);
    for (PyObject* operand : {a, b}) {
      auto argument = argument_of(operand);
      if (!argument) return {};
      arguments.push_back(std::move(*argument));
    }
    return wrap_tensor(compute_array(name, std::move(arguments)));
  });
  return out.is_valid() ? out.release().ptr() : with_care(name, a, b);
}

template <const char* const* kName>
PyObject* binary_slot(PyObject* a, PyObject* b) {
  return binary(*kName, a, b);
}

constexpr const char* kAdd = "add";
constexpr const char* kSubtract = "subtract";
constexpr const char* kMultiply = "multiply";
constexpr const char* kDivide = "divide";
constexpr const char* kFloorDivide = "floor_divide";
constexpr const char* kRemainder = "remainder";
constexpr const char* kAnd = "bitwise_and";
constexpr const char* kOr = "bitwise_or";
constexpr const char* kXor = "bitwise_xor";
constexpr const char* kLeft = "left_shift";
constexpr const char* kRight = "right_shift";

PyObject* power_slot(PyObject* a, PyObject* b, PyObject* modulus) {
  if (modulus != Py_None) Py_RETURN_NOTIMPLEMENTED;
  return binary("power", a, b);
}

PyObject* compare_slot(PyObject* a, PyObject* b, int how) {
  constexpr std::array<const char*, 6> kNames = {"less",      "less_equal", "equal",
                                                 "not_equal", "greater",    "greater_equal"};
  return binary(kNames[how], a, b);
}

PyObject* negative_slot(PyObject* a) { return with_care("negative", a, nullptr); }
PyObject* absolute_slot(PyObject* a) { return with_care("absolute", a, nullptr); }
PyObject* invert_slot(PyObject* a) { return with_care("invert", a, nullptr); }

template <const char* const* kName>
constexpr PyType_Slot slot(int which) {
  return {which, reinterpret_cast<void*>(binary_slot<kName>)};
}

}  // namespace

std::optional<ops::Argument> argument_of(PyObject* object) {
  if (TensorBase* base = base_of(object)) return ops::Argument(base->current());
  if (PyFloat_CheckExact(object))
    return ops::Argument(Scalar{TypeId::kFloat64, PyFloat_AS_DOUBLE(object), true});
  if (is_number(object)) return ops::Argument(scalar_from_python(object, "operator"));
  return std::nullopt;
}

Expr compute_array(std::string_view function, std::vector<ops::Argument> arguments) {
  if (auto small = session().small_arrays().compute(function, arguments)) return *std::move(small);
  const UserLine line;
  return ops::compute(function, std::move(arguments));
}

nb::object wrap_tensor(Expr expr) {
  nb::object out = nb::inst_alloc(reinterpret_cast<PyObject*>(tensor_type));
  new (nb::inst_ptr<TensorBase>(out)) TensorBase{std::move(expr)};
  nb::inst_mark_ready(out);
  return out;
}

void bind_tensor_base(nb::module_& m) {
  static PyType_Slot slots[] = {slot<&kAdd>(Py_nb_add),
                                slot<&kSubtract>(Py_nb_subtract),
                                slot<&kMultiply>(Py_nb_multiply),
                                slot<&kDivide>(Py_nb_true_divide),
                                slot<&kFloorDivide>(Py_nb_floor_divide),
                                slot<&kRemainder>(Py_nb_remainder),
                                slot<&kAnd>(Py_nb_and),
                                slot<&kOr>(Py_nb_or),
                                slot<&kXor>(Py_nb_xor),
                                slot<&kLeft>(Py_nb_lshift),
                                slot<&kRight>(Py_nb_rshift),
                                {Py_nb_power, reinterpret_cast<void*>(power_slot)},
                                {Py_nb_negative, reinterpret_cast<void*>(negative_slot)},
                                {Py_nb_absolute, reinterpret_cast<void*>(absolute_slot)},
                                {Py_nb_invert, reinterpret_cast<void*>(invert_slot)},
                                {Py_tp_richcompare, reinterpret_cast<void*>(compare_slot)},
                                {0, nullptr}};
  nb::class_<TensorBase>(m, "Base", nb::type_slots(slots), "What a Tensor holds: its expression.")
      .def(nb::init<Expr>())
      .def_prop_rw(
          "_expr", [](TensorBase& self) { return self.current(); },
          [](TensorBase& self, Expr expr) { self.expr = std::move(expr); })
      .def(
          "execute",
          [](nb::handle self) {
            TensorBase* base = base_of(self.ptr());
            if (base == nullptr) throw nb::type_error("execute: this is not a Tensor");
            const Expr& expr = base->current();
            if (stored_value(expr) == nullptr) run_released({expr});
            return nb::borrow(self);
          },
          nb::sig("def execute(self) -> Any"), "Computes all of it, keeps it, and returns it.");
  m.def("wrap", [](const Expr& expr) { return wrap_tensor(expr); }, "A Tensor of an expression.");
  m.def(
      "set_facade",
      [](nb::handle type, nb::handle function) {
        tensor_type = reinterpret_cast<PyTypeObject*>(type.inc_ref().ptr());
        careful = function.inc_ref().ptr();
      },
      "The class of tensors, and a function (name, x, y) for what operators leave to it.");
}

}  // namespace tharsis::python
