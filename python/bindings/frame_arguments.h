#pragma once

#include <string_view>
#include <vector>

#include "bindings.h"
#include "tharsis/api/frame.h"

/// What the calls of frames take from Python.
namespace tharsis::python {

std::vector<Label> labels_from(const nb::list& objects);
/// An expression of the facade or a constant.
api::Argument argument_from(nb::handle object, std::string_view who);
/// Constants; `strong` ones keep the types that Python gives them.
std::vector<Scalar> scalars_from(const nb::list& objects, std::string_view who, bool strong);
/// Labels or series.
std::vector<api::KeySpec> keys_from(const nb::list& objects);
/// (column, function, label, {options}) per aggregate; a column is a label, or with the option
/// `position` the one that stands there.
std::vector<api::AggregateSpec> aggregates_from(const nb::list& objects);

void bind_frame_rows(nb::module_& m);

}  // namespace tharsis::python
