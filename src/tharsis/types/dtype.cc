#include "tharsis/types/dtype.h"

#include <array>
#include <optional>

#include "tharsis/base/error.h"

namespace tharsis {
namespace {

struct TypeName {
  TypeId id;
  std::string_view numpy;
  std::string_view nullable;  // empty: pandas has no such extension type
};

constexpr std::array kTypeNames{
    TypeName{TypeId::kNull, "object", ""},
    TypeName{TypeId::kBool, "bool", "boolean"},
    TypeName{TypeId::kInt8, "int8", "Int8"},
    TypeName{TypeId::kInt16, "int16", "Int16"},
    TypeName{TypeId::kInt32, "int32", "Int32"},
    TypeName{TypeId::kInt64, "int64", "Int64"},
    TypeName{TypeId::kUInt8, "uint8", "UInt8"},
    TypeName{TypeId::kUInt16, "uint16", "UInt16"},
    TypeName{TypeId::kUInt32, "uint32", "UInt32"},
    TypeName{TypeId::kUInt64, "uint64", "UInt64"},
    TypeName{TypeId::kFloat32, "float32", "Float32"},
    TypeName{TypeId::kFloat64, "float64", "Float64"},
    TypeName{TypeId::kString, "str", "string"},
};

constexpr std::array<std::string_view, 4> kUnitNames{"s", "ms", "us", "ns"};

std::optional<TimeUnit> find_unit(std::string_view name) {
  for (size_t i = 0; i < kUnitNames.size(); ++i) {
    if (kUnitNames[i] == name) return static_cast<TimeUnit>(i);
  }
  return std::nullopt;
}

// "datetime64[ns, Europe/Rome]" or "timedelta64[us]".
std::optional<DType> parse_time(std::string_view name) {
  const bool timestamp = name.starts_with("datetime64[");
  if ((!timestamp && !name.starts_with("timedelta64[")) || !name.ends_with(']'))
    return std::nullopt;
  std::string_view inside = name.substr(name.find('[') + 1);
  inside.remove_suffix(1);
  const size_t comma = inside.find(',');
  const auto unit = find_unit(inside.substr(0, comma));
  if (!unit) return std::nullopt;
  if (!timestamp) return duration_type(*unit);
  std::string_view zone = comma == std::string_view::npos ? "" : inside.substr(comma + 1);
  while (zone.starts_with(' ')) zone.remove_prefix(1);
  return timestamp_type(*unit, std::string(zone));
}

}  // namespace

bool operator==(const DType& a, const DType& b) {
  if (a.id != b.id || a.flavour != b.flavour) return false;
  if (a.is_time() && a.unit != b.unit) return false;
  if (a.extra == b.extra) return true;
  static const TypeExtra none;
  return (a.extra ? *a.extra : none) == (b.extra ? *b.extra : none);
}

int64_t DType::width() const {
  switch (id) {
    case TypeId::kNull:
    case TypeId::kBool:
    case TypeId::kInt8:
    case TypeId::kUInt8:
      return 1;
    case TypeId::kInt16:
    case TypeId::kUInt16:
      return 2;
    case TypeId::kInt32:
    case TypeId::kUInt32:
    case TypeId::kFloat32:
    case TypeId::kCategory:
      return 4;
    case TypeId::kInt64:
    case TypeId::kUInt64:
    case TypeId::kFloat64:
    case TypeId::kTimestamp:
    case TypeId::kDuration:
      return 8;
    case TypeId::kString:
      return 16;
  }
  return 0;
}

std::string_view DType::timezone() const { return extra ? extra->timezone : std::string_view{}; }

const std::vector<Label>& DType::categories() const {
  static const std::vector<Label> none;
  return extra ? extra->categories : none;
}

std::string DType::name() const {
  if (id == TypeId::kTimestamp) {
    return timezone().empty() ? fmt::format("datetime64[{}]", unit_name(unit))
                              : fmt::format("datetime64[{}, {}]", unit_name(unit), timezone());
  }
  if (id == TypeId::kDuration) return fmt::format("timedelta64[{}]", unit_name(unit));
  if (id == TypeId::kCategory) return "category";
  for (const TypeName& entry : kTypeNames) {
    if (entry.id != id) continue;
    return std::string(flavour == Flavour::kNullable && !entry.nullable.empty() ? entry.nullable
                                                                                : entry.numpy);
  }
  return "object";
}

DType DType::with_flavour(Flavour f) const {
  DType out = *this;
  out.flavour = f;
  return out;
}

DType timestamp_type(TimeUnit unit, std::string timezone) {
  DType out(TypeId::kTimestamp);
  out.unit = unit;
  if (!timezone.empty()) {
    auto extra = std::make_shared<TypeExtra>();
    extra->timezone = std::move(timezone);
    out.extra = std::move(extra);
  }
  return out;
}

DType duration_type(TimeUnit unit) {
  DType out(TypeId::kDuration);
  out.unit = unit;
  return out;
}

DType category_type(std::vector<Label> categories, bool ordered) {
  DType out(TypeId::kCategory);
  auto extra = std::make_shared<TypeExtra>();
  extra->categories = std::move(categories);
  extra->ordered = ordered;
  out.extra = std::move(extra);
  return out;
}

DType parse_dtype(std::string_view name) {
  for (const TypeName& entry : kTypeNames) {
    if (entry.numpy == name && entry.id != TypeId::kNull) return DType(entry.id);
    if (entry.nullable == name && !entry.nullable.empty()) {
      return DType(entry.id).with_flavour(Flavour::kNullable);
    }
  }
  if (name == "float") return TypeId::kFloat64;
  if (name == "int") return TypeId::kInt64;
  if (name == "datetime64") return timestamp_type(TimeUnit::kNano);
  if (name == "timedelta64") return duration_type(TimeUnit::kNano);
  if (auto time = parse_time(name)) return *time;
  std::vector<std::string> known;
  for (const TypeName& entry : kTypeNames) known.emplace_back(entry.numpy);
  const auto near = near_names(name, known);
  fail(ErrorCode::kDType, "dtype '{}' is not understood{}", name,
       near.empty() ? "" : "; did you mean '" + near[0] + "'?");
}

std::string_view unit_name(TimeUnit unit) { return kUnitNames[static_cast<size_t>(unit)]; }

int64_t units_per_second(TimeUnit unit) {
  constexpr std::array<int64_t, 4> per_second{1, 1'000, 1'000'000, 1'000'000'000};
  return per_second[static_cast<size_t>(unit)];
}

void put_dtype(WireWriter& out, const DType& dtype) {
  out.put(dtype.id);
  out.put(dtype.unit);
  out.put(dtype.flavour);
  out.put<uint8_t>(dtype.extra != nullptr);
  if (dtype.extra == nullptr) return;
  out.put_string(dtype.extra->timezone);
  out.put<uint8_t>(dtype.extra->ordered);
  out.put<uint64_t>(dtype.extra->categories.size());
  for (const Label& value : dtype.extra->categories) put_label(out, value);
}

DType get_dtype(WireReader& in) {
  DType out;
  out.id = in.get<TypeId>();
  out.unit = in.get<TimeUnit>();
  out.flavour = in.get<Flavour>();
  if (in.get<uint8_t>() == 0) return out;
  auto extra = std::make_shared<TypeExtra>();
  extra->timezone = in.get_string();
  extra->ordered = in.get<uint8_t>() != 0;
  const auto count = in.get_count();
  for (uint64_t i = 0; i < count; ++i) extra->categories.push_back(get_label(in));
  out.extra = std::move(extra);
  return out;
}

}  // namespace tharsis
