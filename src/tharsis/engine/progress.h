#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "tharsis/runtime/run_fragment.h"

namespace tharsis::engine {

/// One line on a terminal that tells how far a run has come: first one second after it began, five
/// times a second from then on, and gone when it ends. Belongs to the thread that waits.
class Progress {
 public:
  using Out = std::function<void(std::string_view)>;
  using Clock = std::chrono::steady_clock;

  explicit Progress(Out out, Clock::time_point begin = Clock::now())
      : out_(std::move(out)), begin_(begin) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows the line where it is time to.
  void tick(const runtime::PassProgress& pass, int64_t spilled_bytes,
            Clock::time_point now = Clock::now());

 private:
  const Out out_;
  const Clock::time_point begin_;
  Clock::time_point shown_;
  bool visible_ = false;
};

/// Whether the process talks to a terminal.
bool has_terminal();
/// Writes to standard error, past all buffers.
void write_to_terminal(std::string_view text);

}  // namespace tharsis::engine
