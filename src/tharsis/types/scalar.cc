#include "tharsis/types/scalar.h"

#include "tharsis/base/error.h"

namespace tharsis {

double Scalar::as_double() const {
  switch (value.index()) {
    case 1:
      return std::get<bool>(value);
    case 2:
      return static_cast<double>(std::get<int64_t>(value));
    case 3:
      return static_cast<double>(std::get<uint64_t>(value));
    case 4:
      return std::get<double>(value);
    default:
      fail(ErrorCode::kDType, "{} is not a number", text());
  }
}

int64_t Scalar::as_int() const {
  switch (value.index()) {
    case 1:
      return std::get<bool>(value);
    case 2:
      return std::get<int64_t>(value);
    case 3:
      return static_cast<int64_t>(std::get<uint64_t>(value));
    case 4:
      return static_cast<int64_t>(std::get<double>(value));
    default:
      fail(ErrorCode::kDType, "{} is not an integer", text());
  }
}

std::string Scalar::text() const {
  switch (value.index()) {
    case 1:
      return std::get<bool>(value) ? "True" : "False";
    case 2:
      return std::to_string(std::get<int64_t>(value));
    case 3:
      return std::to_string(std::get<uint64_t>(value));
    case 4:
      return fmt::format("{}", std::get<double>(value));
    case 5:
      return "'" + std::get<std::string>(value) + "'";
    default:
      return "missing";
  }
}

Scalar missing_scalar(DType dtype) { return {std::move(dtype), std::monostate{}, false}; }

void put_scalar(WireWriter& out, const Scalar& scalar) {
  put_dtype(out, scalar.dtype);
  out.put<uint8_t>(scalar.weak);
  out.put<uint8_t>(static_cast<uint8_t>(scalar.value.index()));
  switch (scalar.value.index()) {
    case 1:
      out.put<uint8_t>(std::get<bool>(scalar.value));
      break;
    case 2:
      out.put(std::get<int64_t>(scalar.value));
      break;
    case 3:
      out.put(std::get<uint64_t>(scalar.value));
      break;
    case 4:
      out.put(std::get<double>(scalar.value));
      break;
    case 5:
      out.put_string(std::get<std::string>(scalar.value));
      break;
    default:
      break;
  }
}

Scalar get_scalar(WireReader& in) {
  Scalar out;
  out.dtype = get_dtype(in);
  out.weak = in.get<uint8_t>() != 0;
  switch (in.get<uint8_t>()) {
    case 0:
      break;
    case 1:
      out.value = in.get<uint8_t>() != 0;
      break;
    case 2:
      out.value = in.get<int64_t>();
      break;
    case 3:
      out.value = in.get<uint64_t>();
      break;
    case 4:
      out.value = in.get<double>();
      break;
    case 5:
      out.value = std::string(in.get_string());
      break;
    default:
      fail(ErrorCode::kStorage, "wire: a scalar of an unknown kind");
  }
  return out;
}

Scalar label_scalar(const Label& label) {
  switch (label.index()) {
    case 1:
      return {TypeId::kBool, std::get<bool>(label)};
    case 2:
      return {TypeId::kInt64, std::get<int64_t>(label)};
    case 3:
      return {TypeId::kFloat64, std::get<double>(label)};
    case 4:
      return {TypeId::kString, std::get<std::string>(label)};
    default:
      return missing_scalar(TypeId::kString);
  }
}

Label scalar_label(const Scalar& scalar) {
  switch (scalar.value.index()) {
    case 1:
      return Label(std::get<bool>(scalar.value));
    case 2:
      return Label(std::get<int64_t>(scalar.value));
    case 3:
      return Label(static_cast<int64_t>(std::get<uint64_t>(scalar.value)));
    case 4:
      return Label(std::get<double>(scalar.value));
    case 5:
      return Label(std::get<std::string>(scalar.value));
    default:
      return {};
  }
}

}  // namespace tharsis
