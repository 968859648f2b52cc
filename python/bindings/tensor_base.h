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

void bind_tensor_base(nb::module_& m);
void bind_ufunc_base(nb::module_& m);

}  // namespace tharsis::python
