#include <arrow/api.h>

#include "tharsis/base/error.h"
#include "tharsis/io/arrow_column.h"

namespace tharsis::io {
namespace {

TimeUnit unit_from(arrow::TimeUnit::type unit) { return static_cast<TimeUnit>(unit); }
arrow::TimeUnit::type unit_to(TimeUnit unit) { return static_cast<arrow::TimeUnit::type>(unit); }

static_assert(static_cast<int>(arrow::TimeUnit::SECOND) == static_cast<int>(TimeUnit::kSecond));
static_assert(static_cast<int>(arrow::TimeUnit::NANO) == static_cast<int>(TimeUnit::kNano));

TypeId id_from(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return TypeId::kBool;
    case arrow::Type::INT8:
      return TypeId::kInt8;
    case arrow::Type::INT16:
      return TypeId::kInt16;
    case arrow::Type::INT32:
      return TypeId::kInt32;
    case arrow::Type::INT64:
      return TypeId::kInt64;
    case arrow::Type::UINT8:
      return TypeId::kUInt8;
    case arrow::Type::UINT16:
      return TypeId::kUInt16;
    case arrow::Type::UINT32:
      return TypeId::kUInt32;
    case arrow::Type::UINT64:
      return TypeId::kUInt64;
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
      return TypeId::kFloat32;
    case arrow::Type::DOUBLE:
      return TypeId::kFloat64;
    case arrow::Type::NA:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return TypeId::kString;
    default:
      fail(ErrorCode::kUnsupported, "columns of the Arrow type {} are not supported",
           type.ToString());
  }
}

}  // namespace

DType with_gaps(const DType& dtype) {
  if (dtype.is_integer()) return TypeId::kFloat64;
  return dtype.is_bool() ? dtype.with_flavour(Flavour::kNullable) : dtype;
}

DType dtype_from_arrow(const arrow::DataType& type, Flavour flavour) {
  switch (type.id()) {
    case arrow::Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      return timestamp_type(unit_from(timestamp.unit()), timestamp.timezone())
          .with_flavour(flavour);
    }
    case arrow::Type::DATE32:
      return timestamp_type(TimeUnit::kSecond).with_flavour(flavour);
    case arrow::Type::DATE64:
      return timestamp_type(TimeUnit::kMilli).with_flavour(flavour);
    case arrow::Type::DURATION:
      return duration_type(unit_from(static_cast<const arrow::DurationType&>(type).unit()))
          .with_flavour(flavour);
    case arrow::Type::DICTIONARY:
      return dtype_from_arrow(*static_cast<const arrow::DictionaryType&>(type).value_type(),
                              flavour);
    default:
      return DType(id_from(type)).with_flavour(flavour);
  }
}

std::shared_ptr<arrow::DataType> dtype_to_arrow(const DType& dtype) {
  switch (dtype.id) {
    case TypeId::kNull:
      return arrow::null();
    case TypeId::kBool:
      return arrow::boolean();
    case TypeId::kInt8:
      return arrow::int8();
    case TypeId::kInt16:
      return arrow::int16();
    case TypeId::kInt32:
      return arrow::int32();
    case TypeId::kInt64:
      return arrow::int64();
    case TypeId::kUInt8:
      return arrow::uint8();
    case TypeId::kUInt16:
      return arrow::uint16();
    case TypeId::kUInt32:
      return arrow::uint32();
    case TypeId::kUInt64:
      return arrow::uint64();
    case TypeId::kFloat32:
      return arrow::float32();
    case TypeId::kFloat64:
      return arrow::float64();
    case TypeId::kString:
      return arrow::large_utf8();
    case TypeId::kTimestamp:
      return arrow::timestamp(unit_to(dtype.unit), std::string(dtype.timezone()));
    case TypeId::kDuration:
      return arrow::duration(unit_to(dtype.unit));
    case TypeId::kCategory: {
      bool text = true;
      for (const Label& label : dtype.categories())
        text = text && std::holds_alternative<std::string>(label);
      bool floats = !text;
      for (const Label& label : dtype.categories())
        floats = floats && std::holds_alternative<double>(label);
      return arrow::dictionary(arrow::int32(),
                               text     ? arrow::large_utf8()
                               : floats ? arrow::float64()
                                        : arrow::int64(),
                               dtype.ordered());
    }
  }
  return arrow::null();
}

std::shared_ptr<arrow::Schema> schema_to_arrow(const Schema& schema) {
  arrow::FieldVector fields;
  for (const Field& field : schema)
    fields.push_back(arrow::field(label_plain(field.label), dtype_to_arrow(field.dtype)));
  return arrow::schema(std::move(fields));
}

}  // namespace tharsis::io
