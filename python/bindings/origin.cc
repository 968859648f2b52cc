#include <Python.h>
#include <frameobject.h>

#include <mutex>
#include <unordered_map>

#include "bindings.h"

namespace tharsis::python {
namespace {

struct Place {
  PyCodeObject* code = nullptr;  // kept alive: its file and lines are asked for later
  int instruction = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

struct PlaceHash {
  size_t operator()(const Place& place) const {
    return reinterpret_cast<size_t>(place.code) * 31 + static_cast<size_t>(place.instruction);
  }
};

// Guarded by the lock of the interpreter.
struct Places {
  std::vector<Place> by_number{Place{}};
  std::unordered_map<Place, uint32_t, PlaceHash> numbers;
  std::unordered_map<PyCodeObject*, bool> ours;
  std::string package;  // the folder of this package
};

Places& places() {
  static Places* const instance = new Places;
  return *instance;
}

bool is_ours(PyCodeObject* code) {
  Places& all = places();
  const auto [at, fresh] = all.ours.try_emplace(code, false);
  if (fresh) {
    Py_INCREF(code);
    const char* file = PyUnicode_AsUTF8(code->co_filename);
    at->second = file != nullptr && std::string_view(file).starts_with(all.package);
  }
  return at->second;
}

uint32_t number_of(PyCodeObject* code, int instruction) {
  Places& all = places();
  const auto [at, fresh] = all.numbers.try_emplace({code, instruction}, all.by_number.size());
  if (fresh) {
    Py_INCREF(code);
    all.by_number.push_back({code, instruction});
  }
  return at->second;
}

}  // namespace

uint32_t user_origin() {
  if (places().package.empty()) return 0;
  PyFrameObject* frame = PyEval_GetFrame();
  Py_XINCREF(frame);
  while (frame != nullptr) {
    PyCodeObject* const code = PyFrame_GetCode(frame);
    const bool ours = is_ours(code);
    const uint32_t number = ours ? 0 : number_of(code, PyFrame_GetLasti(frame));
    Py_DECREF(code);
    if (!ours) {
      Py_DECREF(frame);
      return number;
    }
    PyFrameObject* const back = PyFrame_GetBack(frame);
    Py_DECREF(frame);
    frame = back;
  }
  return 0;
}

std::string origin_text(uint32_t origin) {
  if (origin == 0 || origin >= places().by_number.size()) return {};
  const Place& place = places().by_number[origin];
  const int line = PyCode_Addr2Line(place.code, place.instruction);
  const std::string file = nb::cast<std::string>(nb::str(nb::handle(place.code->co_filename)));
  std::string source;
  try {
    const nb::object text = nb::module_::import_("linecache").attr("getline")(file.c_str(), line);
    source = nb::cast<std::string>(nb::str(text.attr("strip")()));
  } catch (nb::python_error&) {
    // A message without its source line is still a message.
  }
  const std::string name = file.substr(file.find_last_of('/') + 1);
  return "built at " + name + ":" + std::to_string(line) + (source.empty() ? "" : ": " + source);
}

void bind_origin(nb::module_& m) {
  m.def("set_package", [](const std::string& folder) { places().package = folder; });
  m.def("user_origin", &user_origin);
  m.def("origin_text", &origin_text);
}

}  // namespace tharsis::python
