#include "tharsis/engine/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "tharsis/engine/explain.h"
#include "tharsis/memory/budget.h"

namespace tharsis::engine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirst{1000};
constexpr milliseconds kBetween{200};
constexpr std::string_view kClear = "\r\x1b[K";

}  // namespace

Progress::~Progress() {
  if (visible_) out_(kClear);
}

void Progress::tick(const runtime::PassProgress& pass, int64_t spilled_bytes,
                    Clock::time_point now) {
  if (now - begin_ < kFirst || (visible_ && now - shown_ < kBetween)) return;
  shown_ = now;
  visible_ = true;
  const int64_t splits = pass.splits.load(std::memory_order_relaxed);
  const int64_t done = pass.done.load(std::memory_order_relaxed);
  std::string line =
      fmt::format("{}pass {}: {} % of {} splits, {} rows, {:.1f} s", kClear, pass.passes.load(),
                  splits == 0 ? 100 : std::min<int64_t>(100, done * 100 / splits), grouped(splits),
                  grouped(pass.rows.load(std::memory_order_relaxed)),
                  std::chrono::duration<double>(now - begin_).count());
  if (spilled_bytes > 0) line += ", " + memory::bytes_text(spilled_bytes) + " spilled";
  out_(line);
}

bool has_terminal() { return isatty(STDERR_FILENO) == 1; }

void write_to_terminal(std::string_view text) {
  // A terminal that takes nothing is no reason to stop.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace tharsis::engine
