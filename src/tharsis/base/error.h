#pragma once

#include <fmt/format.h>

#include <exception>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tharsis {

/// What went wrong, in the words a caller can act on; each is one class in Python.
enum class ErrorCode : uint8_t {
  kInternal,         // our own mistake
  kInvalidArgument,  // a value that no meaning can be given to
  kAxis,             // an axis out of range or named twice
  kShape,            // lengths that do not fit each other
  kDType,            // an operation that the type does not have
  kColumnNotFound,   // a label that no column has
  kIndex,            // a position or label out of range
  kUnsupported,      // valid, but not something the engine does natively
  kOverflow,         // a value that its type cannot hold
  kStorage,          // files: missing, unreadable, corrupted, disk full
  kBudget,           // the memory limit
  kCancelled,        // stopped by the user
};

std::string_view error_code_name(ErrorCode code);

/// The one exception of the engine: a code, a sentence, and notes added on the way up (the user's
/// line).
class Error final : public std::exception {
 public:
  Error(ErrorCode code, std::string message);

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::vector<std::string>& notes() const { return notes_; }

  /// Appends a note; used where more is known about the place than where the error arose.
  Error&& with_note(std::string note) &&;
  void add_note(std::string note);

  /// The number of the user's line that built what failed (see OriginScope); 0: not known. The
  /// first one that is set stays: it is the nearest to the failure.
  uint32_t origin() const { return origin_; }
  void set_origin(uint32_t origin) {
    if (origin_ == 0) origin_ = origin;
  }

  /// Message and notes, one per line.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<std::string> notes_;
  std::string text_;
  uint32_t origin_ = 0;
};

template <class... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

/// For what a user can get wrong.
template <class... Args>
void require(bool condition, ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) [[unlikely]] {
    fail(code, format, std::forward<Args>(args)...);
  }
}

[[noreturn]] void fail_check(std::string_view what, std::source_location where);

/// For what only we can get wrong; stays on in release.
inline void check(bool condition, std::string_view what,
                  std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]] {
    fail_check(what, where);
  }
}

/// "did you mean …": the candidates nearest to `name` by edit distance, best first, at most three.
std::vector<std::string> near_names(std::string_view name,
                                    const std::vector<std::string>& candidates);

}  // namespace tharsis
