#include "frame_arguments.h"

namespace tharsis::python {

std::vector<Label> labels_from(const nb::list& objects) {
  std::vector<Label> out;
  for (nb::handle object : objects) out.push_back(label_from_python(object));
  return out;
}

api::Argument argument_from(nb::handle object, std::string_view who) {
  if (nb::isinstance<Expr>(object)) return nb::cast<Expr>(object);
  return scalar_from_python(object, who);
}

std::vector<Scalar> scalars_from(const nb::list& objects, std::string_view who, bool strong) {
  std::vector<Scalar> out;
  for (nb::handle object : objects) {
    out.push_back(scalar_from_python(object, who));
    if (strong) out.back().weak = false;
  }
  return out;
}

std::vector<api::KeySpec> keys_from(const nb::list& objects) {
  std::vector<api::KeySpec> out;
  for (nb::handle object : objects) {
    api::KeySpec key;
    if (nb::isinstance<Expr>(object)) {
      key.series = nb::cast<Expr>(object);
    } else {
      key.label = label_from_python(object);
    }
    out.push_back(std::move(key));
  }
  return out;
}

std::vector<api::AggregateSpec> aggregates_from(const nb::list& objects) {
  std::vector<api::AggregateSpec> out;
  for (nb::handle object : objects) {
    const nb::tuple parts = nb::borrow<nb::tuple>(object);
    api::AggregateSpec spec;
    spec.column = label_from_python(parts[0]);
    spec.function = nb::cast<std::string>(parts[1]);
    spec.label = label_from_python(parts[2]);
    const nb::dict options = nb::borrow<nb::dict>(parts[3]);
    if (options.contains("ddof")) spec.ddof = nb::cast<int64_t>(options["ddof"]);
    if (options.contains("min_count")) spec.min_count = nb::cast<int64_t>(options["min_count"]);
    if (options.contains("quantile")) spec.quantile = nb::cast<double>(options["quantile"]);
    if (options.contains("position")) spec.position = nb::cast<int64_t>(options["position"]);
    if (options.contains("interpolation"))
      spec.interpolation = nb::cast<std::string>(options["interpolation"]);
    out.push_back(std::move(spec));
  }
  return out;
}

}  // namespace tharsis::python
