#include "tharsis/ops/elementwise/time_units.h"

#include <algorithm>
#include <limits>

#include "tharsis/base/error.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

void to_finer(const Column& column, int64_t factor, int64_t rows, int64_t* out, Overflow overflow,
              TimeUnit unit, std::string_view who) {
  const int64_t limit = kMax / factor;
  const auto* values = column.values<int64_t>();
  bool fits = true;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t clamped = std::clamp(values[i], -limit, limit);
    fits &= clamped == values[i];
    out[i] = clamped * factor;
  }
  if (fits || overflow == Overflow::kSaturate) return;
  for (int64_t i = 0; i < rows; ++i) {
    require(!column.valid(i) || std::abs(values[i]) <= limit, ErrorCode::kOverflow,
            "{}: the {} value {} does not fit into 64 bits in unit {}", who, column.dtype.name(),
            values[i], unit_name(unit));
  }
}

void to_coarser(const Column& column, int64_t factor, int64_t rows, int64_t* out) {
  const auto* values = column.values<int64_t>();
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t quotient = values[i] / factor;
    out[i] = quotient - (values[i] - quotient * factor < 0);
  }
}

}  // namespace

Column in_unit(const Column& column, TimeUnit unit, int64_t rows, memory::Arena& arena,
               std::string_view who, Overflow overflow) {
  if (column.dtype.unit == unit) return column;
  if (column.encoding == Encoding::kConstant) rows = 1;
  Column out = column;
  out.dtype.unit = unit;
  out.owner.reset();
  auto* data = arena.take_as<int64_t>(rows);
  const int64_t from = units_per_second(column.dtype.unit), to = units_per_second(unit);
  if (to > from) {
    to_finer(column, to / from, rows, data, overflow, unit, who);
  } else {
    to_coarser(column, from / to, rows, data);
  }
  out.data = data;
  return out;
}

TimeUnit finest_unit(std::span<const DType> in) {
  TimeUnit unit = TimeUnit::kSecond;
  for (const DType& type : in) {
    if (type.is_time()) unit = std::max(unit, type.unit);
  }
  return unit;
}

}  // namespace tharsis::ops
