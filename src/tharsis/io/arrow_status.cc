#include "tharsis/io/arrow_status.h"

#include "tharsis/base/error.h"

namespace tharsis::io {
namespace {

ErrorCode code_of(const arrow::Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::OutOfMemory:
      return ErrorCode::kBudget;
    case arrow::StatusCode::TypeError:
      return ErrorCode::kDType;
    case arrow::StatusCode::NotImplemented:
      return ErrorCode::kUnsupported;
    case arrow::StatusCode::IndexError:
      return ErrorCode::kIndex;
    case arrow::StatusCode::KeyError:
      return ErrorCode::kColumnNotFound;
    case arrow::StatusCode::Cancelled:
      return ErrorCode::kCancelled;
    default:
      return ErrorCode::kStorage;
  }
}

}  // namespace

void require_ok(const arrow::Status& status, std::string_view who) {
  if (status.ok()) return;
  // What the system said, such as that the disk is full, stands in the detail.
  const auto& detail = status.detail();
  fail(code_of(status), "{}: {}{}{}", who, status.message(), detail ? ". " : "",
       detail ? detail->ToString() : "");
}

}  // namespace tharsis::io
