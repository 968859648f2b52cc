#pragma once

#include <optional>

#include "bindings.h"
#include "tharsis/ops/elementwise.h"

namespace tharsis::python {

/// A scalar function of arrays and numbers; small arrays that are there already give theirs at
/// once.
Expr compute_array(std::string_view function, std::vector<ops::Argument> arguments);
/// A tensor's expression, or a number; nothing for other objects.
std::optional<ops::Argument> argument_of(PyObject* object);
/// An object of the facade's class.
nb::object wrap_tensor(Expr expr);

/// What `call` answers; nothing where it declines or fails. Exceptions of C++ do not leave a slot
/// of Python: what fails here is tried again with care, and fails there with words for the user.
template <class Call>
nb::object tried(const Call& call) {
  try {
    return call();
  } catch (const std::exception&) {
    PyErr_Clear();
    return {};
  }
}

void bind_tensor_base(nb::module_& m);
void bind_ufunc_base(nb::module_& m);

}  // namespace tharsis::python
