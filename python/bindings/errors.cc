#include "bindings.h"
#include "tharsis/base/error.h"

namespace tharsis::python {
namespace {

// Raises the class that tharsis.errors has for the code, with the user's line as the last note.
void raise(const Error& error) {
  if (error.code() == ErrorCode::kCancelled && PyErr_Occurred() != nullptr)
    return;  // Ctrl-C is set
  std::string text = error.what();
  if (const std::string line = origin_text(error.origin()); !line.empty()) text += "\n  " + line;
  const nb::object classes = nb::module_::import_("tharsis.errors");
  const nb::object cls = classes.attr(std::string(error_code_name(error.code())).c_str());
  PyErr_SetObject(cls.ptr(), nb::str(text.c_str(), text.size()).ptr());
}

}  // namespace

void bind_errors(nb::module_&) {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    }
  });
}

}  // namespace tharsis::python
