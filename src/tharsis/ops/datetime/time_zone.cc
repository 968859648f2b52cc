#include "tharsis/ops/datetime/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>

#include "tharsis/base/error.h"
#include "tharsis/kernels/calendar.h"
#include "tharsis/ops/datetime/civil.h"
#include "tharsis/ops/datetime/zone_rule.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kCycle = 146'097 * kSecondsPerDay;  // 400 years
constexpr size_t kFew = 12;  // changes of the clock that are looked at one by one
constexpr int64_t kFar = std::numeric_limits<int64_t>::max();

struct Zones {
  std::mutex mutex;
  std::map<std::string, Ref<TimeZone>, std::less<>> by_name;
  std::string folder;
};

Zones& zones() {
  static auto* const instance = new Zones;
  return *instance;
}

// Big-endian fields of a TZif file.
class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}
  std::string_view take(size_t size) {
    require(size <= rest_.size(), ErrorCode::kStorage, "time zone: its file is cut off");
    const std::string_view head = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return head;
  }
  int64_t number(size_t size) {
    int64_t value = 0;
    const std::string_view bytes = take(size);
    for (size_t i = 0; i < size; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[i]);
      value = i == 0 ? static_cast<signed char>(byte) : value * 256 + byte;
    }
    return value;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Counts {
  int64_t utc_marks, standard_marks, leaps, times, types, chars;
};

Counts read_header(Bytes& in) {
  require(in.take(4) == "TZif", ErrorCode::kStorage, "time zone: its file is no TZif file");
  in.take(16);
  Counts counts{};
  counts.utc_marks = in.number(4);
  counts.standard_marks = in.number(4);
  counts.leaps = in.number(4);
  counts.times = in.number(4);
  counts.types = in.number(4);
  counts.chars = in.number(4);
  return counts;
}

std::optional<int32_t> fixed_offset(std::string_view name) {
  if (name.starts_with("UTC") || name.starts_with("GMT")) name.remove_prefix(3);
  if (name.empty()) return 0;
  if (name.size() < 3 || (name[0] != '+' && name[0] != '-')) return std::nullopt;
  int32_t digits[4] = {}, count = 0;
  for (const char c : name.substr(1)) {
    if (c == ':' && count == 2) continue;
    if (c < '0' || c > '9' || count == 4) return std::nullopt;
    digits[count++] = c - '0';
  }
  if (count != 2 && count != 4) return std::nullopt;
  const int32_t seconds = (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60;
  return name[0] == '-' ? -seconds : seconds;
}

std::optional<std::string> zone_file(std::string_view name, const std::string& folder) {
  const bool strange = name.empty() || name[0] == '/' || name.find("..") != std::string_view::npos;
  if (strange) return std::nullopt;
  std::vector<std::string> folders{folder};
  if (const char* set = std::getenv("TZDIR")) folders.emplace_back(set);
  for (const char* usual :
       {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"}) {
    folders.emplace_back(usual);
  }
  for (const std::string& each : folders) {
    if (each.empty()) continue;
    const std::filesystem::path path = std::filesystem::path(each) / name;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) continue;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return std::move(bytes).str();
  }
  return std::nullopt;
}

}  // namespace

TimeZone::TimeZone(std::string_view tzif) {
  Bytes in(tzif);
  Counts counts = read_header(in);
  // The first block has 32-bit times; the second one, with 64 bits, says all it says.
  in.take(static_cast<size_t>(counts.times * 5 + counts.types * 6 + counts.chars +
                              counts.leaps * 8 + counts.standard_marks + counts.utc_marks));
  counts = read_header(in);
  for (int64_t i = 0; i < counts.times; ++i) begins_.push_back(in.number(8));
  std::vector<size_t> kinds;
  for (int64_t i = 0; i < counts.times; ++i) {
    kinds.push_back(static_cast<unsigned char>(in.take(1)[0]));
  }
  std::vector<int32_t> offsets;
  size_t before = 0;  // the first type without summer time holds before all changes
  bool found = false;
  for (int64_t i = 0; i < counts.types; ++i) {
    offsets.push_back(static_cast<int32_t>(in.number(4)));
    const bool summer = in.take(1)[0] != 0;
    in.take(1);
    if (!summer && !found) {
      before = static_cast<size_t>(i);
      found = true;
    }
  }
  require(!offsets.empty(), ErrorCode::kStorage, "time zone: its file has no types");
  offsets_.push_back(offsets[before]);
  for (const size_t kind : kinds) {
    require(kind < offsets.size(), ErrorCode::kStorage, "time zone: its file names no such type");
    offsets_.push_back(offsets[kind]);
  }
  in.take(static_cast<size_t>(counts.chars + counts.leaps * 12 + counts.standard_marks +
                              counts.utc_marks));
  std::string_view rule = in.rest();
  if (rule.starts_with('\n')) rule.remove_prefix(1);
  append_rules(rule.substr(0, rule.find('\n')));
}

// Four hundred years and some of the rule; then all repeats.
void TimeZone::append_rules(std::string_view text) {
  const auto rule = ZoneRule::parse(text);
  if (!rule || !rule->has_summer_time()) return;
  const int64_t last = begins_.empty() ? 0 : begins_.back();
  const int64_t year = civil_from_days(floor_quotient(last, kSecondsPerDay)).year;
  for (int64_t i = year; i <= year + 402; ++i) {
    ZoneRule::Change changes[2];
    rule->changes_of(i, &changes[0], &changes[1]);
    for (const auto& change : changes) {
      if (!begins_.empty() && change.utc_seconds <= begins_.back()) continue;
      begins_.push_back(change.utc_seconds);
      offsets_.push_back(change.offset);
    }
  }
  repeats_ = true;
}

// A time after the last beginning, moved back by whole cycles of the calendar.
int64_t TimeZone::folded(int64_t seconds, int64_t end) {
  const int64_t cycles = (seconds - end) / kCycle + 1;
  return seconds - cycles * kCycle;
}

size_t TimeZone::interval_at(int64_t utc_seconds) const {
  if (begins_.empty()) return 0;
  if (repeats_ && utc_seconds >= begins_.back()) utc_seconds = folded(utc_seconds, begins_.back());
  const auto at = std::upper_bound(begins_.begin(), begins_.end(), utc_seconds);
  return static_cast<size_t>(at - begins_.begin());
}

void TimeZone::add_offsets(int64_t* seconds, int64_t n) const {
  if (n == 0) return;
  if (begins_.empty()) {
    for (int64_t i = 0; i < n; ++i) seconds[i] += offsets_[0];
    return;
  }
  int64_t least = 0, largest = 0;
  kernels::range_of(seconds, n, &least, &largest);
  const bool folds = repeats_ && largest >= begins_.back();
  const size_t first = interval_at(least), last = folds ? first + kFew : interval_at(largest);
  if (last - first >= kFew) {
    Cursor cursor(*this);
    for (int64_t i = 0; i < n; ++i) seconds[i] += cursor.offset_at(seconds[i]);
    return;
  }
  // The first offset for all, then what each change adds to it.
  int64_t starts[kFew + 1] = {std::numeric_limits<int64_t>::min()};
  int32_t steps[kFew + 1] = {offsets_[first]};
  for (size_t i = first; i < last; ++i) {
    starts[i - first + 1] = begins_[i];
    steps[i - first + 1] = offsets_[i + 1] - offsets_[i];
  }
  kernels::add_steps(starts, steps, static_cast<int64_t>(last - first + 1), seconds, n);
}

void TimeZone::Cursor::move(int64_t utc_seconds) {
  const size_t at = zone_.interval_at(utc_seconds);
  offset_ = zone_.offsets_[at];
  const auto& begins = zone_.begins_;
  if (zone_.repeats_ && utc_seconds >= begins.back()) {
    begin_ = utc_seconds;  // centuries ahead: found again each time
    end_ = utc_seconds + 1;
    return;
  }
  begin_ = at == 0 ? std::numeric_limits<int64_t>::min() : begins[at - 1];
  end_ = at == begins.size() ? kFar : begins[at];
}

TimeZone::Moment TimeZone::moment_of(int64_t local_seconds) const {
  if (begins_.empty()) return {Reading::kOne, offsets_[0], offsets_[0], 0};
  int64_t moved = 0;
  // A day is more than any offset.
  const int64_t end = begins_.back() - kSecondsPerDay;
  if (repeats_ && local_seconds >= end) {
    moved = local_seconds - folded(local_seconds, end);
    local_seconds -= moved;
  }
  // Of the changes near the reading, the last one after which the clock has reached it.
  size_t at = interval_at(local_seconds - kSecondsPerDay);
  while (at < begins_.size() &&
         begins_[at] + std::min(offsets_[at], offsets_[at + 1]) <= local_seconds) {
    ++at;
  }
  Moment moment{Reading::kOne, offsets_[at], offsets_[at], 0};
  if (at == 0) return moment;
  const int64_t change = begins_[at - 1];
  const int32_t before = offsets_[at - 1], after = offsets_[at];
  if (local_seconds >= change + std::max(before, after)) return moment;
  moment.reading = after > before ? Reading::kNone : Reading::kTwo;
  moment.earlier = before;
  moment.later = after;
  moment.change_utc = change + moved;
  return moment;
}

bool TimeZone::offsets_of_readings(const int64_t* local_seconds, int64_t n, int64_t* offsets,
                                   uint8_t* doubtful) const {
  int64_t least = 0, largest = 0;
  if (n > 0) kernels::range_of(local_seconds, n, &least, &largest);
  if (!begins_.empty() && repeats_ && largest >= begins_.back() - kSecondsPerDay) return false;
  // A day is more than any offset.
  const size_t first = interval_at(least - kSecondsPerDay);
  const size_t last = interval_at(largest + kSecondsPerDay);
  if (last - first >= kFew) return false;
  int64_t starts[kFew + 1] = {std::numeric_limits<int64_t>::min()};
  int32_t steps[kFew + 1] = {offsets_[first]};
  for (int64_t i = 0; i < n; ++i) doubtful[i] = 0;
  for (size_t i = first; i < last; ++i) {
    const int64_t from = begins_[i] + std::min(offsets_[i], offsets_[i + 1]);
    const int64_t to = begins_[i] + std::max(offsets_[i], offsets_[i + 1]);
    starts[i - first + 1] = to;
    steps[i - first + 1] = offsets_[i + 1] - offsets_[i];
    for (int64_t k = 0; k < n; ++k) {
      doubtful[k] |= static_cast<uint8_t>(local_seconds[k] >= from) &
                     static_cast<uint8_t>(local_seconds[k] < to);
    }
  }
  std::copy_n(local_seconds, n, offsets);
  kernels::add_steps(starts, steps, static_cast<int64_t>(last - first + 1), offsets, n);
  for (int64_t i = 0; i < n; ++i) offsets[i] -= local_seconds[i];
  return true;
}

TimeZone::Readings TimeZone::plain_readings(int64_t local_seconds) const {
  const Moment moment = moment_of(local_seconds);
  Readings out{local_seconds, local_seconds + 1, moment.earlier};
  if (moment.reading != Reading::kOne) return {};
  const size_t at = interval_at(local_seconds - moment.earlier);
  const bool far = repeats_ && local_seconds >= begins_.back() - kSecondsPerDay;
  if (far || offsets_[at] != moment.earlier) return out;
  if (at > 0) out.begin = begins_[at - 1] + std::max(offsets_[at - 1], offsets_[at]);
  if (at < begins_.size()) out.end = begins_[at] + std::min(offsets_[at], offsets_[at + 1]);
  if (at == 0) out.begin = std::numeric_limits<int64_t>::min();
  if (at == begins_.size()) out.end = kFar;
  return out;
}

Ref<TimeZone> TimeZone::named(std::string_view name) {
  Zones& all = zones();
  const std::lock_guard lock(all.mutex);
  if (const auto at = all.by_name.find(name); at != all.by_name.end()) return at->second;
  Ref<TimeZone> zone;
  if (const auto offset = fixed_offset(name)) {
    zone = std::make_shared<const TimeZone>(*offset);
  } else if (const auto bytes = zone_file(name, all.folder)) {
    zone = std::make_shared<const TimeZone>(std::string_view(*bytes));
  }
  require(zone != nullptr, ErrorCode::kInvalidArgument, "there is no time zone '{}'", name);
  all.by_name.emplace(name, zone);
  return zone;
}

void set_zone_folder(std::string folder) {
  const std::lock_guard lock(zones().mutex);
  zones().folder = std::move(folder);
}

}  // namespace tharsis::ops
