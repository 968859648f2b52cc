#include "tharsis/ops/elementwise/value_index.h"

#include <bit>
#include <cmath>

#include "tharsis/base/error.h"
#include "tharsis/ops/datetime/written.h"
#include "tharsis/ops/elementwise/categories.h"
#include "tharsis/ops/elementwise/lanes.h"

namespace tharsis::ops {
namespace {

// -0 is 0. NaN never gets here.
int64_t real_key(double value) { return std::bit_cast<int64_t>(value + 0.0); }

uint64_t mixed(uint64_t key) {
  key *= 0x9E3779B97F4A7C15u;
  return key ^ (key >> 32);
}

uint64_t text_hash(std::string_view text) {
  uint64_t hash = text.size() * 0xD6E8FEB86659FD93u;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    hash = mixed(hash ^ word);
  }
  uint64_t word = 0;
  std::memcpy(&word, text.data() + i, text.size() - i);
  return mixed(hash ^ word);
}

bool is_missing(const Scalar& value) {
  const auto* real = std::get_if<double>(&value.value);
  return value.missing() || (real != nullptr && std::isnan(*real));
}

// The integer that a whole number of a type without fractions has.
std::optional<int64_t> whole_key(const Scalar& value) {
  if (const auto* real = std::get_if<double>(&value.value)) {
    if (*real != std::floor(*real) || std::fabs(*real) >= 0x1p63) return std::nullopt;
    return static_cast<int64_t>(*real);
  }
  return value.as_int();
}

// A time among the values, in the unit of the column; nothing where it falls between its units.
std::optional<int64_t> time_key(const Scalar& value, const DType& type) {
  Scalar time = value;
  if (value.dtype.is_string()) {
    auto written = time_from_text(std::get<std::string>(value.value), type);
    if (!written || written->missing()) return std::nullopt;
    time = std::move(*written);
  }
  if (time.dtype.id != type.id) return std::nullopt;
  const int64_t from = units_per_second(time.dtype.unit), to = units_per_second(type.unit);
  int64_t key = time.as_int();
  if (to >= from) {
    return __builtin_mul_overflow(key, to / from, &key) ? std::nullopt : std::optional(key);
  }
  return key % (from / to) == 0 ? std::optional(key / (from / to)) : std::nullopt;
}

}  // namespace

ValueIndex::ValueIndex(const std::vector<Scalar>& values, const DType& type, std::string_view who)
    : type_(type.is_category() ? label_type(type.categories(), who) : type),
      real_(type_.is_float()) {
  resize(values.size());
  texts_.resize(type_.is_string() ? values.size() : 0);
  for (size_t i = 0; i < values.size(); ++i) {
    const Scalar& value = values[i];
    const auto position = static_cast<int32_t>(i);
    if (is_missing(value)) {
      if (missing_ < 0) missing_ = position;
    } else if (type_.is_string()) {
      if (const auto* text = std::get_if<std::string>(&value.value)) add_text(*text, position);
    } else if (type_.is_time()) {
      if (const auto key = time_key(value, type_)) add_number(*key, position);
    } else if (value.dtype.is_number() || value.dtype.is_bool()) {
      const auto key = real_ ? std::optional(real_key(value.as_double())) : whole_key(value);
      if (key) add_number(*key, position);
    }
  }
}

void ValueIndex::resize(size_t values) {
  const size_t size = std::bit_ceil(std::max<size_t>(values * 2, 8));
  slots_.assign(size, Slot{0, -1});
  shift_ = 64 - std::countr_zero(size);
}

void ValueIndex::add_number(int64_t key, int32_t position) {
  size_t at = mixed(static_cast<uint64_t>(key)) >> shift_;
  for (; slots_[at].position >= 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].key == key) return;
  }
  slots_[at] = {key, position};
}

void ValueIndex::add_text(std::string_view text, int32_t position) {
  if (find_text(StringRef(text)) >= 0) return;
  const uint64_t hash = text_hash(text);
  size_t at = hash >> shift_;
  while (slots_[at].position >= 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {static_cast<int64_t>(hash), position};
  texts_[static_cast<size_t>(position)] = text;
}

int32_t ValueIndex::find_number(int64_t key) const {
  size_t at = mixed(static_cast<uint64_t>(key)) >> shift_;
  for (; slots_[at].position >= 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].key == key) return slots_[at].position;
  }
  return -1;
}

int32_t ValueIndex::find_text(const StringRef& text) const {
  const uint64_t hash = text_hash(text.view());
  size_t at = hash >> shift_;
  for (; slots_[at].position >= 0; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.key == static_cast<int64_t>(hash) &&
        texts_[static_cast<size_t>(slot.position)] == text.view()) {
      return slot.position;
    }
  }
  return -1;
}

Column ValueIndex::keys_of(const Arguments& args) const {
  Column column = args[0];
  if (column.dtype.is_category()) {
    column = category_values(column, args.rows(), args.arena(), "isin");
  }
  if (type_.is_string()) return column;
  const TypeId lane = real_ ? TypeId::kFloat64 : TypeId::kInt64;
  return converted(column, lane, args.rows(), args.arena());
}

int32_t* ValueIndex::positions(const Arguments& args) const {
  auto* out = args.room<int32_t>();
  const Column keys = keys_of(args);
  const Validity present = args.present_of(0, false);
  const bool text = type_.is_string();
  for (int64_t i = 0; i < args.rows(); ++i) {
    if (!present.at(i)) {
      out[i] = missing_;
    } else if (text) {
      out[i] = find_text(keys.values<StringRef>()[i]);
    } else if (real_) {
      const double value = keys.values<double>()[i];
      out[i] = value != value ? missing_ : find_number(real_key(value));
    } else {
      out[i] = find_number(keys.values<int64_t>()[i]);
    }
  }
  return out;
}

TypeId code_type(size_t categories) {
  if (categories <= 127) return TypeId::kInt8;
  return categories <= 32'767 ? TypeId::kInt16 : TypeId::kInt32;
}

std::vector<Scalar> label_scalars(const std::vector<Label>& labels) {
  std::vector<Scalar> out;
  for (const Label& label : labels) out.push_back(label_scalar(label));
  return out;
}

}  // namespace tharsis::ops
