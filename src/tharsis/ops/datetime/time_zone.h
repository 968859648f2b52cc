#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tharsis/base/ref.h"

namespace tharsis::ops {

/// The clock of a place: its offsets from UTC over time. From the IANA database of the machine
/// (TZDIR, /usr/share/zoneinfo and its usual neighbours, or the folder that Python's tzdata brings,
/// see `set_zone_folder`), read by our own code: the rules at the end of a zone's file go on for
/// ever. Immutable; any thread.
class TimeZone {
 public:
  /// "Europe/Rome", "UTC", "+02:00", "UTC+02:00"; an InvalidArgument error if there is no such
  /// zone. Loaded once.
  static Ref<TimeZone> named(std::string_view name);

  explicit TimeZone(int32_t fixed_offset) : offsets_{fixed_offset} {}
  /// From the bytes of a TZif file.
  explicit TimeZone(std::string_view tzif);

  bool fixed() const { return begins_.empty(); }

  /// Seconds to add to UTC to read the clock.
  int32_t offset_at(int64_t utc_seconds) const { return offsets_[interval_at(utc_seconds)]; }

  /// Adds its offset to each of the UTC seconds. Times within a few years of each other cost about
  /// a nanosecond, others a search.
  void add_offsets(int64_t* seconds, int64_t n) const;

  /// What a reading of the clock means: one moment, none (the clock was put forward) or two (it was
  /// put back): `earlier` and `later` are the offsets before and after the change.
  enum class Reading : uint8_t { kOne, kNone, kTwo };
  struct Moment {
    Reading reading = Reading::kOne;
    int32_t earlier = 0;
    int32_t later = 0;
    int64_t change_utc = 0;  // when the clock was put, where it was
  };
  Moment moment_of(int64_t local_seconds) const;

  /// The offsets of readings that lie within a few years of each other; `doubtful` are those that
  /// mean no moment or two (their offsets mean nothing). False, and nothing done, for others.
  bool offsets_of_readings(const int64_t* local_seconds, int64_t n, int64_t* offsets,
                           uint8_t* doubtful) const;

  /// The readings around one that mean one moment each: from the interval's first unambiguous
  /// reading to the last. Empty where `local_seconds` is not such a reading.
  struct Readings {
    int64_t begin = 1;
    int64_t end = 0;
    int32_t offset = 0;
  };
  Readings plain_readings(int64_t local_seconds) const;

  /// Finds offsets of times that are near each other without a search.
  class Cursor {
   public:
    explicit Cursor(const TimeZone& zone) : zone_(zone) {}
    int32_t offset_at(int64_t utc_seconds) {
      if (utc_seconds < begin_ || utc_seconds >= end_) move(utc_seconds);
      return offset_;
    }

   private:
    void move(int64_t utc_seconds);
    const TimeZone& zone_;
    int64_t begin_ = 1;
    int64_t end_ = 0;
    int32_t offset_ = 0;
  };

 private:
  size_t interval_at(int64_t utc_seconds) const;
  static int64_t folded(int64_t seconds, int64_t end);
  void append_rules(std::string_view rule);

  // Interval i has offsets_[i] and begins at begins_[i - 1]; the first has no beginning. After the
  // last beginning the rules repeat with the calendar, every 400 years.
  std::vector<int64_t> begins_;
  std::vector<int32_t> offsets_;
  bool repeats_ = false;
};

/// Where to look for zones besides the machine's own folders.
void set_zone_folder(std::string folder);

}  // namespace tharsis::ops
