#include "tharsis/ops/elementwise/categories.h"

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/kernels/select.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

bool is_number(const Scalar& value) { return value.dtype.is_number() || value.dtype.is_bool(); }

bool equal_values(const Scalar& a, const Scalar& b) {
  if (a.missing() || b.missing()) return false;
  if (is_number(a) && is_number(b)) {
    const bool whole = !a.dtype.is_float() && !b.dtype.is_float();
    return whole ? a.as_int() == b.as_int() : a.as_double() == b.as_double();
  }
  if (!a.dtype.is_string() || !b.dtype.is_string()) return false;
  return std::get<std::string>(a.value) == std::get<std::string>(b.value);
}

// The labels as values in memory. Text stays where the labels hold it.
void* label_values(const std::vector<Label>& labels, const DType& type, memory::Arena& arena) {
  const auto count = static_cast<int64_t>(labels.size());
  void* out = arena.take(count * type.width());
  for (int64_t i = 0; i < count; ++i) {
    const Label& label = labels[static_cast<size_t>(i)];
    if (type.is_string()) {
      static_cast<StringRef*>(out)[i] = StringRef(std::get<std::string>(label));
    } else if (type.is_float()) {
      static_cast<double*>(out)[i] = label_scalar(label).as_double();
    } else if (type.is_bool()) {
      static_cast<uint8_t*>(out)[i] = std::get<bool>(label);
    } else {
      static_cast<int64_t*>(out)[i] = label_scalar(label).as_int();
    }
  }
  return out;
}

}  // namespace

std::optional<int32_t> code_of(const Scalar& value, const std::vector<Label>& categories) {
  for (size_t i = 0; i < categories.size(); ++i) {
    if (equal_values(value, label_scalar(categories[i]))) return static_cast<int32_t>(i);
  }
  return std::nullopt;
}

DType label_type(const std::vector<Label>& labels, std::string_view who) {
  DType type(TypeId::kString);
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool known = labels[i].index() >= 1 && labels[i].index() <= 4;
    const auto next = known ? (i == 0 ? label_scalar(labels[i]).dtype
                                      : promoted(type, label_scalar(labels[i]).dtype))
                            : std::nullopt;
    require(next.has_value(), ErrorCode::kDType, "{}: the categories have no common type", who);
    type = *next;
  }
  return type;
}

Column category_values(const Column& column, int64_t rows, memory::Arena& arena,
                       std::string_view who) {
  const std::vector<Label>& labels = column.dtype.categories();
  Column out = column;
  out.dtype = label_type(labels, who);
  if (column.encoding == Encoding::kConstant) rows = 1;
  const void* values = label_values(labels, out.dtype, arena);
  void* data = arena.take(rows * out.dtype.width());
  kernels::gather(out.dtype.width(), values, static_cast<int64_t>(labels.size()),
                  column.values<int32_t>(), data, rows);
  out.data = data;
  return out;
}

}  // namespace tharsis::ops
