#include "tharsis/kernels/calendar.h"

#include <gtest/gtest.h>

#include <vector>

#include "tharsis/kernels/target.h"

namespace tharsis::kernels {
namespace {

class BothTargets : public testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    if (!force_target(GetParam())) GTEST_SKIP() << "not on this machine";
  }
  void TearDown() override { force_target({}); }
};
INSTANTIATE_TEST_SUITE_P(Calendar, BothTargets, testing::Values(Target::kAvx2, Target::kAvx512));

// Day by day through leap years and centuries, against a calendar that counts.
TEST_P(BothTargets, DatesFollowEachOther) {
  constexpr int32_t kFirst = -719'162;  // 0001-01-01
  std::vector<int32_t> days(1'200'000), year(days.size()), month(days.size()), day(days.size());
  for (size_t i = 0; i < days.size(); ++i) days[i] = kFirst + static_cast<int32_t>(i);
  civil_dates(days.data(), static_cast<int64_t>(days.size()), year.data(), month.data(),
              day.data());
  constexpr int32_t kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int32_t y = 1, m = 1, d = 1;
  for (size_t i = 0; i < days.size(); ++i) {
    ASSERT_EQ(year[i], y) << days[i];
    ASSERT_EQ(month[i], m) << days[i];
    ASSERT_EQ(day[i], d) << days[i];
    const bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    if (++d > kLengths[m - 1] + (m == 2 && leap)) {
      d = 1;
      if (++m > 12) {
        m = 1;
        ++y;
      }
    }
  }
}

TEST_P(BothTargets, SecondsAreSplitDownwards) {
  std::vector<int64_t> seconds;
  for (int64_t i = -300; i < 300; ++i) {
    for (const int64_t j : {-1, 0, 1, 43'200}) seconds.push_back(i * 86'400 * 7'777 + j);
  }
  const auto n = static_cast<int64_t>(seconds.size());
  std::vector<int32_t> days(seconds.size()), rest(seconds.size());
  ASSERT_EQ(split_days(seconds.data(), n, days.data(), rest.data()), n);
  for (size_t i = 0; i < seconds.size(); ++i) {
    ASSERT_EQ(int64_t{days[i]} * 86'400 + rest[i], seconds[i]);
    ASSERT_TRUE(rest[i] >= 0 && rest[i] < 86'400);
  }
  seconds[700] = int64_t{1} << 60;
  EXPECT_EQ(split_days(seconds.data(), n, days.data(), rest.data()), 700);
}

TEST_P(BothTargets, StepsAreAddedFromTheirStart) {
  std::vector<int64_t> seconds;
  for (int64_t i = 0; i < 2'000; ++i) seconds.push_back(i - 1'000);
  const int64_t starts[] = {-500, 0, 600};
  const int32_t steps[] = {10, -20, 100};
  std::vector<int64_t> out = seconds;
  add_steps(starts, steps, 3, out.data(), static_cast<int64_t>(out.size()));
  for (size_t i = 0; i < out.size(); ++i) {
    int64_t want = seconds[i];
    for (int k = 0; k < 3; ++k) want += seconds[i] >= starts[k] ? steps[k] : 0;
    ASSERT_EQ(out[i], want);
  }
  int64_t least = 0, largest = 0;
  range_of(seconds.data(), 2'000, &least, &largest);
  EXPECT_EQ(least, -1'000);
  EXPECT_EQ(largest, 999);
}

}  // namespace
}  // namespace tharsis::kernels
