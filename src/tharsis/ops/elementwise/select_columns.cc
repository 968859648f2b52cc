#include "tharsis/ops/elementwise/select_columns.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/kernels/select.h"
#include "tharsis/ops/elementwise/categories.h"
#include "tharsis/ops/elementwise/lanes.h"
#include "tharsis/ops/elementwise/time_units.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

// One label as its code. A missing one stays missing.
Column code_constant(const Column& column, const DType& category, std::string_view who) {
  const Scalar value = memory::scalar_at(column, 0);
  if (value.missing()) return constant_column(missing_scalar(category));
  const auto code = code_of(value, category.categories());
  require(code.has_value(), ErrorCode::kInvalidArgument,
          "{}: {} is not among the categories; add it first", who, value.text());
  return constant_column({category, int64_t{*code}});
}

Validity validity_of(const Column& column) { return {column.validity, column.validity_offset}; }

// The presence of one side over all rows.
const uint8_t* presence(const Column& column, const Arguments& args) {
  if (column.encoding == Encoding::kConstant) {
    auto* bytes = args.room<uint8_t>();
    std::fill_n(bytes, args.rows(), column.valid(0));
    return bytes;
  }
  return present_bytes(validity_of(column), args.rows(), args.arena());
}

}  // namespace

DType either_type(const DType& a, const DType& b, std::string_view who) {
  if (a.is_category() && !b.is_category() && (b.is_string() || b.is_number() || b.is_bool())) {
    return a;
  }
  return promote(a, b, who);
}

Column in_type(const Column& column, const DType& type, int64_t rows, memory::Arena& arena,
               std::string_view who) {
  if (column.dtype.id == TypeId::kNull) return constant_column(missing_scalar(type));
  if (type.is_category() && !column.dtype.is_category()) {
    require(column.encoding == Encoding::kConstant, ErrorCode::kUnsupported,
            "{}: a category column and a column of {}; cast one of them", who, column.dtype.name());
    return code_constant(column, type, who);
  }
  Column out = column;
  if (type.is_time()) {
    out = in_unit(column, type.unit, rows, arena, who);
  } else if (type.is_number() || type.is_bool()) {
    out = converted(column, type.id, rows, arena);
    if (type.nan_is_missing() && out.validity != nullptr) {
      // Missing values of another type become NaN where that is what missing means.
      Batch batch;
      batch.rows = rows;
      auto* data = static_cast<char*>(arena.take(rows * type.width()));
      const Column flat = repeated(out, rows, arena);
      std::copy_n(static_cast<const char*>(flat.data), rows * type.width(), data);
      for (int64_t i = 0; i < rows; ++i) {
        if (flat.valid(i)) continue;
        if (type.id == TypeId::kFloat64) {
          reinterpret_cast<double*>(data)[i] = std::numeric_limits<double>::quiet_NaN();
        } else {
          reinterpret_cast<float*>(data)[i] = std::numeric_limits<float>::quiet_NaN();
        }
      }
      out = flat;
      out.data = data;
      out.validity = nullptr;
    }
  }
  out.dtype = type;
  return out;
}

Column selected(const uint8_t* condition, const Column& a, const Column& b, const DType& out,
                const Arguments& args) {
  const int64_t rows = args.rows();
  const int64_t step_a = a.encoding == Encoding::kConstant ? 0 : 1;
  const int64_t step_b = b.encoding == Encoding::kConstant ? 0 : 1;
  void* data = args.room(out);
  kernels::select(out.width(), condition, a.data, step_a, b.data, step_b, data, rows);
  Validity validity;
  if (a.validity != nullptr || b.validity != nullptr) {
    auto* present = args.room<uint8_t>();
    kernels::select(1, condition, presence(a, args), 1, presence(b, args), 1, present, rows);
    validity = validity_from_bytes(present, rows, args.arena());
  }
  return args.result(out, data, validity);
}

}  // namespace tharsis::ops
