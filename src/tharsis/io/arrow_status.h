#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <string_view>
#include <utility>

namespace tharsis::io {

/// The one way in which a failure inside Arrow becomes an Error; `who` begins the sentence.
void require_ok(const arrow::Status& status, std::string_view who);

template <class T>
T value_or_throw(arrow::Result<T> result, std::string_view who) {
  require_ok(result.status(), who);
  return std::move(result).ValueUnsafe();
}

}  // namespace tharsis::io
