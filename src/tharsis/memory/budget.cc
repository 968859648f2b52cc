#include "tharsis/memory/budget.h"

#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>

#include "tharsis/base/error.h"

namespace tharsis::memory {
bool Budget::fits_after_taking(int64_t bytes) {
  int64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (used + bytes > limit_bytes()) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (used + bytes > peak && !peak_.compare_exchange_weak(peak, used + bytes)) {
  }
  return true;
}

bool Budget::try_take(int64_t bytes) {
  if (fits_after_taking(bytes)) return true;
  // Warm pages are counted by the system, not by us, but a machine this full wants them back.
  shrink_warm_buffers(limit_bytes() / kWarmPart);
  while (reclaimer_) {
    // Another thread may have made room meanwhile: then nothing is missing, but it must be taken.
    const int64_t missing = used_bytes() + bytes - limit_bytes();
    const bool freed = missing <= 0 || reclaimer_(missing) > 0;
    if (fits_after_taking(bytes)) return true;
    if (!freed) break;
  }
  // Somebody else holds it: the largest state that can spill is asked to.
  const std::lock_guard lock(mutex_);
  Reservation* largest = nullptr;
  for (Reservation* holder : holders_) {
    if (!holder->spillable_) continue;
    if (largest == nullptr || holder->charged_bytes() > largest->charged_bytes()) largest = holder;
  }
  if (largest != nullptr) largest->asked_.store(true, std::memory_order_relaxed);
  return false;
}

void Budget::take(int64_t bytes) {
  const int64_t used = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t peak = peak_.load(std::memory_order_relaxed);
  while (used > peak && !peak_.compare_exchange_weak(peak, used)) {
  }
}

void Budget::fail_for(std::string_view asker, int64_t bytes) const {
  std::vector<std::pair<int64_t, std::string>> holders;
  {
    const std::lock_guard lock(mutex_);
    for (const Reservation* holder : holders_) {
      holders.emplace_back(holder->charged_bytes(), holder->name());
    }
  }
  std::sort(holders.rbegin(), holders.rend());
  if (holders.size() > 5) holders.resize(5);
  std::string list;
  for (const auto& [held, name] : holders)
    list += fmt::format("\n    {:>10}  {}", bytes_text(held), name);
  fail(ErrorCode::kBudget,
       "{} needs {} more, but {} of the memory limit of {} are in use; the largest holders:{}\n"
       "  raise th.options.memory_limit, or drop results that are kept",
       asker, bytes_text(bytes), bytes_text(used_bytes()), bytes_text(limit_bytes()), list);
}

Reservation::Reservation(Budget& budget, std::string name, bool spillable)
    : budget_(budget), name_(std::move(name)), spillable_(spillable) {
  const std::lock_guard lock(budget_.mutex_);
  budget_.holders_.push_back(this);
}

Reservation::~Reservation() {
  budget_.give(reserved_.load());
  const std::lock_guard lock(budget_.mutex_);
  budget_.holders_.remove(this);
}

bool Reservation::ensure(int64_t bytes) {
  const int64_t spare = reserved_.load(std::memory_order_relaxed) - charged_bytes();
  if (spare >= bytes) return true;
  const int64_t deny = budget_.deny_every_.load(std::memory_order_relaxed);
  if (spillable_ && deny > 0 && budget_.asked_.fetch_add(1) % deny == deny - 1) return false;
  // Taking a quarter more than asked keeps the shared counter out of the common case.
  const int64_t missing = bytes - spare;
  const int64_t generous = missing + charged_bytes() / 4;
  if (generous > missing && budget_.fits_after_taking(generous)) {
    reserved_.fetch_add(generous, std::memory_order_relaxed);
    return true;
  }
  if (!budget_.try_take(missing)) return false;
  reserved_.fetch_add(missing, std::memory_order_relaxed);
  return true;
}

void Reservation::ensure_or_fail(int64_t bytes) {
  if (!ensure(bytes)) budget_.fail_for(name_, bytes);
}

void Reservation::charge(int64_t bytes) {
  const int64_t charged = charged_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const int64_t over = charged - reserved_.load(std::memory_order_relaxed);
  if (over <= 0) return;
  budget_.take(over);
  reserved_.fetch_add(over, std::memory_order_relaxed);
}

void Reservation::release(int64_t bytes) { charged_.fetch_sub(bytes, std::memory_order_relaxed); }

void Reservation::trim() {
  const int64_t spare = reserved_.load() - charged_bytes();
  if (spare <= 0) return;
  reserved_.fetch_sub(spare);
  budget_.give(spare);
}

int64_t parse_bytes(std::string_view text) {
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, text.data() + text.size() - end);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},      {"B", 1},        {"KB", 1e3},     {"MB", 1e6},     {"GB", 1e9},
      {"TB", 1e12}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}};
  for (const auto& [name, factor] : kUnits) {
    const bool same = name.size() == unit.size() &&
                      std::equal(name.begin(), name.end(), unit.begin(),
                                 [](char a, char b) { return std::tolower(a) == std::tolower(b); });
    if (failed == std::errc() && same && number > 0) return static_cast<int64_t>(number * factor);
  }
  fail(ErrorCode::kInvalidArgument, "'{}' is not a number of bytes, as in '512MB' or '2GiB'", text);
}

std::string bytes_text(int64_t bytes) {
  constexpr const char* kNames[] = {"B", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1000 && unit < 4) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kNames[unit]);
}

namespace {

int64_t read_number(const char* path) {
  std::ifstream file(path);
  int64_t value = -1;
  return file >> value ? value : -1;
}

}  // namespace

int64_t machine_memory_bytes() {
  struct sysinfo info{};
  sysinfo(&info);
  int64_t bytes = static_cast<int64_t>(info.totalram) * info.mem_unit;
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    if (const int64_t limit = read_number(path); limit > 0) bytes = std::min(bytes, limit);
  }
  return bytes;
}

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

int64_t resident_peak_bytes() {
  struct rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace tharsis::memory
