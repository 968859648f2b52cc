#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "tharsis/graph/flow.h"
#include "tharsis/plan/estimate.h"
#include "tharsis/plan/fragment.h"

namespace tharsis::runtime {

/// One line of a pass, as it was measured: what reads, a program, a step or a sink.
struct StepReport {
  std::string text;
  int depth = 0;
  int64_t rows_in = -1;  // -1: has none
  int64_t rows_out = 0;
  int64_t bytes_out = 0;
  double rows_estimated = -1;  // of rows_out, before it ran; -1: none
  double seconds = 0;          // of all threads together, without what it called
  int64_t spilled_bytes = 0;   // written while it ran, by whatever had to give way
};

/// The lines of one pass, outermost first. Made for a run that is analyzed, and only then.
class Profile {
 public:
  Profile(const plan::Fragment& fragment, const plan::Estimates& estimates);
  Profile(const plan::ArrayFragment& fragment, const plan::Estimates& estimates);

  /// Of a fragment (its reading), segment, exit, sink, zone or selection.
  int line(const void* part) const { return number_.at(part); }
  /// What a sink made in the end.
  void set_result(const void* sink, int64_t rows, int64_t bytes);
  std::vector<StepReport> take() { return std::move(lines_); }

 private:
  friend class Meter;
  void add(const void* part, StepReport line);
  void add(const plan::Segment& segment, const plan::Fragment& fragment,
           const plan::Estimates& estimates, int depth, double rows);

  std::unordered_map<const void*, int> number_;
  std::mutex mutex_;
  std::vector<StepReport> lines_;  // guarded by mutex_ while the pass runs
};

/// What one thread measures of a pass. Charges time and spilled bytes to the line that runs; with
/// no profile it does nothing.
class Meter {
 public:
  explicit Meter(Profile* profile) : profile_(profile) {
    if (profile_ != nullptr) start();
  }
  ~Meter() {
    if (profile_ != nullptr) stop();
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  bool on() const { return profile_ != nullptr; }
  void came(const void* part, int64_t rows) {
    if (Tally* line = tally(part)) line->rows_in += rows;
  }
  void left(const void* part, const Batch& batch, size_t first_column = 0);
  void left(const void* part, int64_t rows) {
    if (Tally* line = tally(part)) line->rows_out += rows;
  }

  /// `part` runs while it lives; what ran before goes on afterwards.
  class Span {
   public:
    Span(Meter& meter, const void* part) : meter_(meter) {
      if (meter_.on()) before_ = meter_.enter(meter_.profile_->line(part));
    }
    ~Span() {
      if (meter_.on()) meter_.enter(before_);
    }
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;

   private:
    Meter& meter_;
    int before_ = -1;
  };

 private:
  using Clock = std::chrono::steady_clock;
  struct Tally {
    int64_t rows_in = 0, rows_out = 0, bytes_out = 0, spilled_bytes = 0;
    Clock::duration time{};
  };
  // Null: nothing is measured, or the part has no line.
  Tally* tally(const void* part) {
    const int number = on() ? profile_->line(part) : -1;
    return number < 0 ? nullptr : &lines_[number];
  }
  void start();
  void stop();
  int enter(int line);

  Profile* const profile_;
  std::vector<Tally> lines_;
  int running_ = -1;  // no line
  Clock::time_point since_;
  int64_t spilled_since_ = 0;
};

}  // namespace tharsis::runtime
