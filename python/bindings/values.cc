
#include "bindings.h"
#include "tharsis/base/error.h"
#include "tharsis/base/ref.h"

namespace tharsis::python {
namespace {

std::string class_name(nb::handle object) {
  return nb::cast<std::string>(nb::str(nb::handle(object.type()).attr("__qualname__")));
}

std::string module_name(nb::handle object) {
  const nb::object module = nb::getattr(nb::handle(object.type()), "__module__", nb::str(""));
  return nb::isinstance<nb::str>(module) ? nb::cast<std::string>(module) : std::string();
}

Scalar integer(nb::handle object, bool weak) {
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  if (overflow == 0) return {TypeId::kInt64, int64_t{value}, weak};
  const unsigned long long wide = PyLong_AsUnsignedLongLong(object.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    fail(ErrorCode::kOverflow, "the number {} fits neither int64 nor uint64",
         nb::cast<std::string>(nb::str(object)));
  }
  return {TypeId::kUInt64, uint64_t{wide}, weak};
}

// numpy.generic: its dtype is strong.
Scalar numpy_scalar(nb::handle object) {
  const DType dtype = dtype_from_python(object.attr("dtype"));
  if (dtype.is_time()) {
    const nb::object number = object.attr("astype")("int64").attr("item")();
    const auto value = nb::cast<int64_t>(number);
    return value == INT64_MIN ? missing_scalar(dtype) : Scalar{dtype, value};
  }
  const nb::object item = object.attr("item")();
  if (dtype.is_bool()) return {dtype, nb::cast<bool>(item)};
  if (dtype.is_float()) return {dtype, nb::cast<double>(item)};
  if (dtype.is_string()) return {dtype, nb::cast<std::string>(item)};
  Scalar out = integer(item, false);
  out.dtype = dtype;
  return out;
}

// datetime, date, pandas.Timestamp: wall clock, or UTC with a zone.
Scalar timestamp(nb::handle object) {
  const nb::object stamp = nb::module_::import_("pandas").attr("Timestamp")(object);
  const auto unit = nb::cast<std::string>(stamp.attr("unit"));
  std::string zone;
  if (!stamp.attr("tzinfo").is_none()) zone = nb::cast<std::string>(nb::str(stamp.attr("tzinfo")));
  const DType dtype = parse_dtype(zone.empty() ? "datetime64[" + unit + "]"
                                               : "datetime64[" + unit + ", " + zone + "]");
  return {dtype, nb::cast<int64_t>(stamp.attr("_value"))};
}

Scalar duration(nb::handle object) {
  const nb::object delta = nb::module_::import_("pandas").attr("Timedelta")(object);
  const auto unit = nb::cast<std::string>(delta.attr("unit"));
  return {parse_dtype("timedelta64[" + unit + "]"), nb::cast<int64_t>(delta.attr("_value"))};
}

Label label_at(nb::handle object, int depth) {
  require(depth <= kLabelDepthMax, ErrorCode::kInvalidArgument, "a label of tuples {} deep", depth);
  if (object.is_none()) return {};
  if (PyBool_Check(object.ptr())) return Label(object.ptr() == Py_True);
  if (PyLong_Check(object.ptr())) {
    const Scalar number = integer(object, true);
    require(number.dtype.id == TypeId::kInt64, ErrorCode::kOverflow,
            "the label {} does not fit int64", number.text());
    return Label(std::get<int64_t>(number.value));
  }
  if (PyFloat_Check(object.ptr())) return Label(PyFloat_AS_DOUBLE(object.ptr()));
  if (nb::isinstance<nb::str>(object)) return Label(nb::cast<std::string>(object));
  if (nb::isinstance<nb::tuple>(object)) {
    LabelTuple parts;
    for (nb::handle part : nb::borrow<nb::tuple>(object))
      parts.parts.push_back(label_at(part, depth + 1));
    return Label(std::make_shared<const LabelTuple>(std::move(parts)));
  }
  if (nb::hasattr(object, "item") && nb::hasattr(object, "dtype"))
    return label_at(object.attr("item")(), depth + 1);
  fail(ErrorCode::kDType, "a label must be None, bool, int, float, str or a tuple of these, got {}",
       class_name(object));
}

}  // namespace

Label label_from_python(nb::handle object) { return label_at(object, 0); }

nb::object label_to_python(const Label& label) {
  if (const auto* truth = std::get_if<bool>(&label)) return nb::bool_(*truth);
  if (const auto* number = std::get_if<int64_t>(&label)) return nb::int_(*number);
  if (const auto* number = std::get_if<double>(&label)) return nb::float_(*number);
  if (const auto* text = std::get_if<std::string>(&label))
    return nb::str(text->data(), text->size());
  if (const auto* tuple = std::get_if<Ref<LabelTuple>>(&label)) {
    nb::list parts;
    for (const Label& part : (*tuple)->parts) parts.append(label_to_python(part));
    return nb::tuple(parts);
  }
  return nb::none();
}

Scalar scalar_from_python(nb::handle object, std::string_view who) {
  PyObject* const raw = object.ptr();
  if (object.is_none()) return missing_scalar(TypeId::kNull);
  if (PyBool_Check(raw)) return {TypeId::kBool, raw == Py_True};
  if (PyLong_Check(raw)) return integer(object, true);
  if (PyFloat_CheckExact(raw)) return {TypeId::kFloat64, PyFloat_AS_DOUBLE(raw), true};
  if (nb::isinstance<nb::str>(object)) return {TypeId::kString, nb::cast<std::string>(object)};
  const std::string module = module_name(object);
  if (module == "numpy" && nb::hasattr(object, "dtype")) return numpy_scalar(object);
  if (module.starts_with("pandas") &&
      (class_name(object) == "NaTType" || class_name(object) == "NAType")) {
    return missing_scalar(TypeId::kNull);
  }
  if (nb::hasattr(object, "tzinfo") || (module == "datetime" && class_name(object) == "date"))
    return timestamp(object);
  if (nb::hasattr(object, "total_seconds")) return duration(object);
  if (PyFloat_Check(raw)) return {TypeId::kFloat64, PyFloat_AS_DOUBLE(raw), true};
  fail(ErrorCode::kDType, "{}: a value of type {} has no column type", who, class_name(object));
}

nb::object scalar_to_python(const Scalar& scalar) {
  if (scalar.missing()) {
    if (scalar.dtype.is_time()) return nb::module_::import_("pandas").attr("NaT");
    if (scalar.dtype.nan_is_missing() || scalar.dtype.is_string())
      return nb::float_(std::numeric_limits<double>::quiet_NaN());
    return nb::module_::import_("pandas").attr("NA");
  }
  if (scalar.dtype.is_time()) {
    const nb::object pandas = nb::module_::import_("pandas");
    const char* name = scalar.dtype.id == TypeId::kTimestamp ? "Timestamp" : "Timedelta";
    const std::string unit(unit_name(scalar.dtype.unit));
    const int64_t value = scalar.as_int();
    nb::object out = pandas.attr(name)(value, nb::arg("unit") = unit.c_str());
    out = out.attr("as_unit")(unit.c_str());
    if (!scalar.dtype.timezone().empty()) {
      out = out.attr("tz_localize")("UTC").attr("tz_convert")(
          std::string(scalar.dtype.timezone()).c_str());
    }
    return out;
  }
  if (const auto* truth = std::get_if<bool>(&scalar.value)) return nb::bool_(*truth);
  if (const auto* number = std::get_if<int64_t>(&scalar.value)) {
    return scalar.dtype.is_bool() ? nb::object(nb::bool_(*number != 0))
                                  : nb::object(nb::int_(*number));
  }
  if (const auto* number = std::get_if<uint64_t>(&scalar.value)) return nb::int_(*number);
  if (const auto* number = std::get_if<double>(&scalar.value)) return nb::float_(*number);
  const auto& text = std::get<std::string>(scalar.value);
  return nb::str(text.data(), text.size());
}

DType dtype_from_python(nb::handle object) {
  if (nb::isinstance<nb::str>(object)) return parse_dtype(nb::cast<std::string>(object));
  if (object.ptr() == reinterpret_cast<PyObject*>(&PyLong_Type)) return TypeId::kInt64;
  if (object.ptr() == reinterpret_cast<PyObject*>(&PyFloat_Type)) return TypeId::kFloat64;
  if (object.ptr() == reinterpret_cast<PyObject*>(&PyBool_Type)) return TypeId::kBool;
  if (object.ptr() == reinterpret_cast<PyObject*>(&PyUnicode_Type)) return TypeId::kString;
  // numpy.dtype and numpy's scalar types have a name; pandas' extension types print theirs.
  if (nb::hasattr(object, "name") && nb::isinstance<nb::str>(object.attr("name"))) {
    std::string name = nb::cast<std::string>(object.attr("name"));
    if (nb::hasattr(object, "kind") && nb::hasattr(object, "itemsize")) {
      const std::string kind = nb::cast<std::string>(nb::str(object.attr("kind")));
      if (kind == "U" || kind == "T") return TypeId::kString;
    }
    return parse_dtype(name);
  }
  if (nb::hasattr(object, "__name__"))
    return parse_dtype(nb::cast<std::string>(object.attr("__name__")));
  return parse_dtype(nb::cast<std::string>(nb::str(object)));
}

}  // namespace tharsis::python
