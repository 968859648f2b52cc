#pragma once

#include <optional>
#include <string>

#include "tharsis/base/error.h"
#include "tharsis/graph/program.h"

namespace tharsis::ops {

// Parameters of a call by position; a missing value is one that was left out.

inline bool has_param(const ScalarCall& call, size_t i) {
  return i < call.params.size() && !call.params[i].missing();
}

/// Text; "" where it was left out.
inline std::string text_param(const ScalarCall& call, size_t i) {
  if (!has_param(call, i)) return {};
  const auto* text = std::get_if<std::string>(&call.params[i].value);
  require(text != nullptr, ErrorCode::kDType, "{}: expected text, got {}", call.function->name(),
          call.params[i].text());
  return *text;
}

inline std::optional<int64_t> integer_param(const ScalarCall& call, size_t i) {
  if (!has_param(call, i)) return std::nullopt;
  const DType& type = call.params[i].dtype;
  require(type.is_integer() || type.is_bool(), ErrorCode::kDType, "{}: expected an integer, got {}",
          call.function->name(), call.params[i].text());
  return call.params[i].as_int();
}

inline bool bool_param(const ScalarCall& call, size_t i, bool otherwise) {
  return has_param(call, i) ? call.params[i].as_int() != 0 : otherwise;
}

}  // namespace tharsis::ops
