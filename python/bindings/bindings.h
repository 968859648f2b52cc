#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/graph/expr.h"
#include "tharsis/graph/op.h"
#include "tharsis/types/label.h"
#include "tharsis/types/scalar.h"

namespace tharsis::python {

namespace nb = nanobind;

/// The session of this process, made at first use and again after a fork.
engine::Session& session();

/// None, bool, int, float, str and tuples of them.
Label label_from_python(nb::handle object);
nb::object label_to_python(const Label& label);

/// A Python or NumPy number, a str, None, NaT, a datetime or timedelta of Python, NumPy or pandas.
/// Bare Python numbers are weak. A DType error for anything else; `who` begins it.
Scalar scalar_from_python(nb::handle object, std::string_view who);
/// The value as a Python object: int, float, bool, str, None, pandas.Timestamp, pandas.Timedelta.
nb::object scalar_to_python(const Scalar& scalar);

/// A dtype as a name, a NumPy dtype, a Python type or a pandas dtype.
DType dtype_from_python(nb::handle object);

/// The attributes of an operator from keyword arguments by their names; an InvalidArgument error
/// names keywords the operator does not have.
Attrs attrs_from_python(const Op& op, const nb::dict& keywords);

/// The number of the line of user code that is running: the innermost frame outside of this
/// package.
uint32_t user_origin();
/// "built at report.py:41: spread = x.var(axis=2)"; empty if the number is not known.
std::string origin_text(uint32_t origin);
/// Nodes built while it lives carry the line of the user.
class UserLine {
 public:
  UserLine() : scope_(user_origin()) {}

 private:
  OriginScope scope_;
};

/// Runs with the lock of the interpreter released, and answers Ctrl-C.
std::vector<Ref<Value>> run_released(const std::vector<Expr>& roots);

void bind_arrow(nb::module_& m);
void bind_errors(nb::module_& m);
void bind_expr(nb::module_& m);
void bind_files(nb::module_& m);
void bind_frame(nb::module_& m);
void bind_learn(nb::module_& m);
void bind_metrics(nb::module_& m);
void bind_origin(nb::module_& m);
void bind_session(nb::module_& m);
void bind_tensor(nb::module_& m);

}  // namespace tharsis::python
