#include <string>

#include "tensor_base.h"
#include "tharsis/base/error.h"

// A call of a universal function on tensors and numbers goes straight to the engine. The facade's
// method `_with_care` takes the rest: keywords, lists, several results, whatever is wrong.

namespace tharsis::python {
namespace {

struct UfuncBase {
  std::string function;  // empty: all calls take care
  Py_ssize_t inputs = 0;
};

// Nothing where care is needed.
nb::object call_at_once(const UfuncBase& ufunc, PyObject* args) {
  std::vector<ops::Argument> arguments;
  bool tensors = false;
  for (Py_ssize_t i = 0; i < ufunc.inputs; ++i) {
    auto argument = argument_of(PyTuple_GET_ITEM(args, i));
    if (!argument) return {};
    tensors = tensors || argument->expr;
    arguments.push_back(*std::move(argument));
  }
  if (!tensors) return {};
  return wrap_tensor(compute_array(ufunc.function, std::move(arguments)));
}

PyObject* call(PyObject* self, PyObject* args, PyObject* kwargs) {
  const auto& ufunc = *nb::inst_ptr<UfuncBase>(nb::handle(self));
  const bool plain = kwargs == nullptr || PyDict_GET_SIZE(kwargs) == 0;
  if (plain && !ufunc.function.empty() && PyTuple_GET_SIZE(args) == ufunc.inputs) {
    nb::object out = tried([&] { return call_at_once(ufunc, args); });
    if (out.is_valid()) return out.release().ptr();
  }
  PyObject* with_care = PyObject_GetAttrString(self, "_with_care");
  if (with_care == nullptr) return nullptr;
  PyObject* out = PyObject_Call(with_care, args, kwargs);
  Py_DECREF(with_care);
  return out;
}

}  // namespace

void bind_ufunc_base(nb::module_& m) {
  static PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(call)}, {0, nullptr}};
  nb::class_<UfuncBase>(m, "UfuncBase", nb::type_slots(slots),
                        "What calls of a universal function need: its name and its inputs.")
      .def("__init__", [](UfuncBase* self, std::string function, Py_ssize_t inputs) {
        new (self) UfuncBase{std::move(function), inputs};
      });
}

}  // namespace tharsis::python
