#include "tharsis/ops/datetime/time_zone.h"

#include <gtest/gtest.h>

#include <random>

#include "tharsis/base/error.h"
#include "tharsis/ops/datetime/civil.h"
#include "tharsis/ops/datetime/zone_rule.h"
#include "tharsis/ops/elementwise/scalar_testing.h"

namespace tharsis::ops {
namespace {

using testing::ScalarRun;
using testing::text;

int64_t at(int64_t year, int32_t month, int32_t day, int32_t hour = 0, int32_t minute = 0) {
  return days_from_civil(year, month, day) * kSecondsPerDay + hour * 3600 + minute * 60;
}

TEST(Civil, GoesThereAndBack) {
  for (int64_t days = -800'000; days < 800'000; days += 37) {
    const CivilDay civil = civil_from_days(days);
    ASSERT_EQ(days_from_civil(civil.year, civil.month, civil.day), days);
    ASSERT_LE(civil.day, days_in_month(civil.year, civil.month));
  }
  EXPECT_EQ(weekday(0), 3);  // a Thursday
}

TEST(TimeZone, KnowsSummerInThePastAndInCenturies) {
  const auto zone = TimeZone::named("America/New_York");
  EXPECT_EQ(zone->offset_at(at(2017, 1, 1)), -5 * 3600);
  EXPECT_EQ(zone->offset_at(at(2017, 7, 1)), -4 * 3600);
  EXPECT_EQ(zone->offset_at(at(2017, 3, 12, 6, 59)), -5 * 3600);
  EXPECT_EQ(zone->offset_at(at(2017, 3, 12, 7, 0)), -4 * 3600);
  EXPECT_EQ(zone->offset_at(at(2090, 7, 1)), -4 * 3600);
  EXPECT_EQ(zone->offset_at(at(5090, 7, 1)), -4 * 3600);
  EXPECT_EQ(zone->offset_at(at(5090, 12, 1)), -5 * 3600);
  EXPECT_EQ(zone->offset_at(at(1850, 1, 1)), -17'762);  // local mean time
  EXPECT_EQ(TimeZone::named("UTC+05:30")->offset_at(0), 19'800);
  EXPECT_THROW(TimeZone::named("Mars/Tharsis"), Error);
  EXPECT_THROW(TimeZone::named("../etc/passwd"), Error);
}

TEST(TimeZone, ReadingsOfNoneOneAndTwoMoments) {
  const auto zone = TimeZone::named("Europe/Rome");
  using Reading = TimeZone::Reading;
  EXPECT_EQ(zone->moment_of(at(2020, 3, 29, 1, 59)).reading, Reading::kOne);
  EXPECT_EQ(zone->moment_of(at(2020, 3, 29, 2, 0)).reading, Reading::kNone);
  EXPECT_EQ(zone->moment_of(at(2020, 3, 29, 2, 59)).reading, Reading::kNone);
  EXPECT_EQ(zone->moment_of(at(2020, 3, 29, 3, 0)).reading, Reading::kOne);
  EXPECT_EQ(zone->moment_of(at(2020, 10, 25, 2, 0)).reading, Reading::kTwo);
  EXPECT_EQ(zone->moment_of(at(2020, 10, 25, 3, 0)).reading, Reading::kOne);
  EXPECT_EQ(zone->moment_of(at(3020, 7, 1)).earlier, 7200);
}

// The two directions are one map, and cursors find what searches find.
TEST(TimeZone, ReadingsAndMomentsAgree) {
  std::mt19937_64 random(5);
  for (const char* name : {"Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo",
                           "Africa/Casablanca", "Pacific/Apia"}) {
    const auto zone = TimeZone::named(name);
    TimeZone::Cursor cursor(*zone);
    for (int i = 0; i < 20'000; ++i) {
      const auto utc = static_cast<int64_t>(random() % 15'000'000'000) - 5'000'000'000;
      const int32_t offset = zone->offset_at(utc);
      ASSERT_EQ(cursor.offset_at(utc), offset);
      const TimeZone::Moment moment = zone->moment_of(utc + offset);
      ASSERT_NE(moment.reading, TimeZone::Reading::kNone) << name << " " << utc;
      ASSERT_TRUE(moment.earlier == offset || moment.later == offset) << name << " " << utc;
      const TimeZone::Readings plain = zone->plain_readings(utc + offset);
      if (moment.reading != TimeZone::Reading::kOne) continue;
      ASSERT_EQ(plain.offset, offset);
      ASSERT_TRUE(plain.begin <= utc + offset && utc + offset < plain.end);
    }
  }
}

TEST(ZoneRule, ReadsWhatFilesEndWith) {
  EXPECT_FALSE(ZoneRule::parse("no rule at all"));
  EXPECT_EQ(ZoneRule::parse("<+0530>-5:30")->standard_offset(), 19'800);
  const auto rome = ZoneRule::parse("CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(rome);
  ZoneRule::Change first, second;
  rome->changes_of(2020, &first, &second);
  EXPECT_EQ(first.utc_seconds, at(2020, 3, 29, 1));
  EXPECT_EQ(second.utc_seconds, at(2020, 10, 25, 1));
}

TEST(Zones, LocaliseConvertAndRead) {
  ScalarRun run;
  const Column wall = run.flat<int64_t>(timestamp_type(TimeUnit::kSecond),
                                        {at(2017, 1, 1, 1), at(2017, 7, 1, 3), std::nullopt});
  const Column utc = run.run("tz_localize", {wall}, 3, {text("UTC")});
  EXPECT_EQ(utc.dtype.name(), "datetime64[s, UTC]");
  const Column york = run.run("tz_convert", {utc}, 3, {text("America/New_York")});
  EXPECT_EQ(ScalarRun::text(run.run("hour", {york}, 3), 3), "20 23 -");
  EXPECT_EQ(ScalarRun::text(run.run("day_of_week", {york}, 3), 3), "5 4 -");
  const Column plain = run.run("tz_localize", {york}, 3, {missing_scalar(TypeId::kNull)});
  EXPECT_EQ(plain.dtype.name(), "datetime64[s]");
  EXPECT_EQ(plain.values<int64_t>()[0], at(2016, 12, 31, 20));
  EXPECT_THROW(run.run("tz_localize", {york}, 3, {text("UTC")}), Error);
  EXPECT_THROW(run.run("tz_convert", {wall}, 3, {text("UTC")}), Error);
}

TEST(Zones, DoubtfulReadingsAreErrorsUnlessTold) {
  ScalarRun run;
  const Column gap =
      run.flat<int64_t>(timestamp_type(TimeUnit::kMilli), {at(2020, 3, 29, 2, 30) * 1000});
  const Column twice =
      run.flat<int64_t>(timestamp_type(TimeUnit::kMilli), {at(2020, 10, 25, 2, 30) * 1000});
  const auto localised = [&](const Column& column, const char* ambiguous, const char* none) {
    const Column out =
        run.run("tz_localize", {column}, 1, {text("Europe/Rome"), text(ambiguous), text(none)});
    return out.valid(0) ? out.values<int64_t>()[0] / 1000 : -1;
  };
  EXPECT_THROW(localised(gap, "raise", "raise"), Error);
  EXPECT_THROW(localised(twice, "raise", "NaT"), Error);
  EXPECT_EQ(localised(gap, "raise", "NaT"), -1);
  EXPECT_EQ(localised(gap, "raise", "shift_forward"), at(2020, 3, 29, 1));
  EXPECT_EQ(localised(twice, "earlier", "raise"), at(2020, 10, 25, 0, 30));
  EXPECT_EQ(localised(twice, "later", "raise"), at(2020, 10, 25, 1, 30));
}

TEST(Rounding, HalfGoesToTheEvenMultiple) {
  ScalarRun run;
  const Column times =
      run.flat<int64_t>(timestamp_type(TimeUnit::kSecond), {1800, 5400, -1, std::nullopt});
  EXPECT_EQ(ScalarRun::text(run.run("round_time", {times}, 4, {text("h")}), 4), "0 7200 0 -");
  EXPECT_EQ(ScalarRun::text(run.run("floor_time", {times}, 4, {text("h")}), 4), "0 3600 -3600 -");
  EXPECT_EQ(ScalarRun::text(run.run("ceil_time", {times}, 4, {text("30min")}), 4), "1800 5400 0 -");
  EXPECT_THROW(run.run("floor_time", {times}, 4, {text("month")}), Error);
}

}  // namespace
}  // namespace tharsis::ops
