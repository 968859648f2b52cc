#include "tharsis/ops/datetime/written.h"

#include "tharsis/ops/datetime/parse.h"
#include "tharsis/ops/datetime/time_zone.h"

namespace tharsis::ops {
namespace {

TimeUnit unit_for(int fraction_digits, TimeUnit at_least) {
  const TimeUnit needed = fraction_digits == 0   ? TimeUnit::kSecond
                          : fraction_digits <= 3 ? TimeUnit::kMilli
                          : fraction_digits <= 6 ? TimeUnit::kMicro
                                                 : TimeUnit::kNano;
  return std::max(needed, at_least);
}

std::optional<int64_t> in_unit(int64_t seconds, int32_t nanos, TimeUnit unit) {
  const int64_t per_second = units_per_second(unit);
  int64_t out = 0;
  if (__builtin_mul_overflow(seconds, per_second, &out)) return std::nullopt;
  if (__builtin_add_overflow(out, nanos / (1'000'000'000 / per_second), &out)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Scalar> time_from_text(std::string_view text, const DType& like) {
  DType type = like;
  if (is_missing_text(text)) return missing_scalar(type);
  if (like.id == TypeId::kDuration) {
    const auto nanos = parse_duration_ns(text);
    type.unit = TimeUnit::kNano;
    return nanos ? std::optional(Scalar{type, *nanos}) : std::nullopt;
  }
  const auto written = parse_timestamp(text);
  if (!written || (written->utc_offset_seconds && like.timezone().empty())) return std::nullopt;
  int64_t seconds = written->seconds;
  if (written->utc_offset_seconds) {
    seconds -= *written->utc_offset_seconds;
  } else if (!like.timezone().empty()) {
    // A reading that means two moments or none is none of ours to guess.
    const TimeZone::Moment moment = TimeZone::named(like.timezone())->moment_of(seconds);
    if (moment.reading != TimeZone::Reading::kOne) return std::nullopt;
    seconds -= moment.earlier;
  }
  // A coarse unit holds years that nanoseconds cannot: comparisons bring both to the finer one.
  type.unit = unit_for(written->fraction_digits, TimeUnit::kSecond);
  const auto value = in_unit(seconds, written->nanos, type.unit);
  return value ? std::optional(Scalar{type, *value}) : std::nullopt;
}

}  // namespace tharsis::ops
