#include <gtest/gtest.h>

#include <random>

#include "tharsis/base/error.h"
#include "tharsis/kernels/target.h"
#include "tharsis/ops/elementwise/scalar_testing.h"

namespace tharsis::ops {
namespace {

using testing::Maybe;
using testing::ScalarRun;
using testing::text;
using testing::weak;

const DType kNullableInt = DType(TypeId::kInt64).with_flavour(Flavour::kNullable);
const DType kNullableBool = DType(TypeId::kBool).with_flavour(Flavour::kNullable);

TEST(Arithmetic, NarrowTypesWrapAndPromote) {
  ScalarRun run;
  const Column a = run.flat<int8_t>(TypeId::kInt8, {100, -128, 7});
  const Column b = run.flat<uint8_t>(TypeId::kUInt8, {100, 255, 0});
  const Column same = run.run("add", {a, a}, 3);
  EXPECT_EQ(same.dtype.name(), "int8");
  EXPECT_EQ(ScalarRun::text(same, 3), "-56 0 14");
  const Column mixed = run.run("subtract", {a, b}, 3);
  EXPECT_EQ(mixed.dtype.name(), "int16");
  EXPECT_EQ(ScalarRun::text(mixed, 3), "0 -383 7");
  EXPECT_EQ(ScalarRun::text(run.run("floor_divide", {a, weak(int64_t{-1})}, 3), 3), "-100 -128 -7");
  EXPECT_THROW(run.run("add", {a, weak(int64_t{300})}, 3), Error);
}

// More rows than a chunk, a constant, and a conversion on each side.
TEST(Arithmetic, ChunksMeetWithoutSeam) {
  for (const auto target : {kernels::Target::kAvx2, kernels::Target::kAvx512}) {
    if (!kernels::force_target(target)) continue;
    ScalarRun run;
    std::mt19937_64 random(3);
    Maybe<int16_t> a;
    Maybe<double> b;
    for (int i = 0; i < 5000; ++i) {
      a.push_back(static_cast<int16_t>(random()));
      b.push_back(static_cast<double>(random() % 1000) / 8);
    }
    const Column x = run.flat<int16_t>(TypeId::kInt16, a);
    const Column y = run.flat<double>(TypeId::kFloat64, b);
    const Column sum = run.run("add", {x, y}, 5000);
    const Column twice = run.run("multiply", {sum, weak(int64_t{2})}, 5000);
    const Column less = run.run("less", {x, y}, 5000);
    for (size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(twice.values<double>()[i], (*a[i] + *b[i]) * 2);
      ASSERT_EQ(less.values<uint8_t>()[i], *a[i] < *b[i]);
    }
  }
  kernels::force_target({});
}

TEST(Arithmetic, MissingStaysMissing) {
  ScalarRun run;
  const Column a = run.flat<int64_t>(kNullableInt, {1, std::nullopt, 3});
  const Column b = run.flat<int64_t>(kNullableInt, {std::nullopt, 2, 0});
  EXPECT_EQ(ScalarRun::text(run.run("add", {a, b}, 3), 3), "- - 3");
  const Column ratio = run.run("divide", {a, b}, 3);
  EXPECT_EQ(ratio.dtype.name(), "Float64");
  EXPECT_EQ(ScalarRun::text(ratio, 3), "- - inf");
  // A NaN of NumPy's flavour is a missing value next to a nullable type.
  const Column nan = run.flat<double>(TypeId::kFloat64, {std::nan(""), 1.0, 1.0});
  EXPECT_EQ(ScalarRun::text(run.run("add", {nan, a}, 3), 3), "- - 4");
  // 1 to anything and anything to 0 are 1.
  EXPECT_EQ(ScalarRun::text(run.run("power", {a, b}, 3), 3), "1 - 1");
  EXPECT_THROW(run.run("power", {b, weak(int64_t{-1})}, 3), Error);
}

TEST(Arithmetic, ZeroDivisorsAsTheDoorAsks) {
  ScalarRun run;
  const Column a = run.flat<int64_t>(TypeId::kInt64, {7, -7, 0});
  const Column b = run.flat<int64_t>(TypeId::kInt64, {2, 0, 0});
  EXPECT_EQ(ScalarRun::text(run.run("floor_divide", {a, b}, 3), 3), "3 0 0");
  EXPECT_EQ(ScalarRun::text(run.run("floor_divide", {a, b}, 3, {text("float")}), 3), "3 -inf -");
  EXPECT_EQ(ScalarRun::text(run.run("remainder", {a, b}, 3, {text("float")}), 3), "1 - -");
  EXPECT_THROW(run.run("remainder", {a, b}, 3, {text("raise")}), Error);
}

TEST(Arithmetic, TimesHaveUnitsAndZones) {
  ScalarRun run;
  const Column when = run.flat<int64_t>(timestamp_type(TimeUnit::kSecond), {10, std::nullopt, 20});
  const Column step = run.flat<int64_t>(duration_type(TimeUnit::kMilli), {1500, 1, -1500});
  const Column later = run.run("add", {when, step}, 3);
  EXPECT_EQ(later.dtype.name(), "datetime64[ms]");
  EXPECT_EQ(ScalarRun::text(later, 3), "11500 - 18500");
  EXPECT_EQ(run.run("subtract", {when, when}, 3).dtype.name(), "timedelta64[s]");
  EXPECT_EQ(ScalarRun::text(run.run("divide", {step, weak(int64_t{1000})}, 3), 3), "1 0 -1");
  EXPECT_EQ(ScalarRun::text(run.run("floor_divide", {step, weak(int64_t{1000})}, 3), 3), "1 0 -2");
  EXPECT_EQ(ScalarRun::text(run.run("multiply", {step, weak(1.5)}, 3), 3), "2250 1 -2250");
  EXPECT_EQ(ScalarRun::text(run.run("divide", {step, weak(int64_t{0})}, 3), 3), "- - -");
  EXPECT_THROW(run.run("add", {when, when}, 3), Error);
  const Column far = run.flat<int64_t>(timestamp_type(TimeUnit::kSecond), {int64_t{1} << 40});
  const Column nanos = run.flat<int64_t>(duration_type(TimeUnit::kNano), {1});
  EXPECT_THROW(run.run("add", {far, nanos}, 1), Error);
}

TEST(Compare, IntegersAreComparedExactly) {
  ScalarRun run;
  const Column small = run.flat<int8_t>(TypeId::kInt8, {-1, 5, 127});
  EXPECT_EQ(ScalarRun::text(run.run("less", {small, weak(int64_t{300})}, 3), 3), "True True True");
  EXPECT_EQ(ScalarRun::text(run.run("less", {small, weak(5.5)}, 3), 3), "True True False");
  const Column big = run.flat<uint64_t>(TypeId::kUInt64, {~uint64_t{0}, 5, uint64_t{1} << 63});
  EXPECT_EQ(ScalarRun::text(run.run("equal", {small, big}, 3), 3), "False True False");
  EXPECT_EQ(ScalarRun::text(run.run("less", {big, small}, 3), 3), "False False False");
  EXPECT_EQ(ScalarRun::text(run.run("greater_equal", {small, big}, 3), 3), "False True False");
  EXPECT_EQ(ScalarRun::text(run.run("greater", {big, weak(int64_t{-1})}, 3), 3), "True True True");
}

TEST(Compare, MissingIsUnequalOrMissing) {
  ScalarRun run;
  const Maybe<std::string> words{"apple", std::nullopt, "a word of more than twelve bytes"};
  const Column plain = run.flat<std::string>(TypeId::kString, words);
  const Column coded = run.words(words, {"apple", "a word of more than twelve bytes"});
  for (const Column& column : {plain, coded}) {
    EXPECT_EQ(ScalarRun::text(run.run("equal", {column, text("apple")}, 3), 3), "True False False");
    EXPECT_EQ(ScalarRun::text(run.run("not_equal", {column, text("apple")}, 3), 3),
              "False True True");
    EXPECT_EQ(ScalarRun::text(run.run("less", {column, text("ab")}, 3), 3), "False False True");
  }
  const Column nullable = run.flat<int64_t>(kNullableInt, {1, std::nullopt, 3});
  EXPECT_EQ(ScalarRun::text(run.run("not_equal", {nullable, weak(int64_t{1})}, 3), 3),
            "False - True");
  EXPECT_EQ(ScalarRun::text(run.run("equal", {nullable, text("x")}, 3), 3), "False - False");
  EXPECT_THROW(run.run("less", {nullable, text("x")}, 3), Error);
}

TEST(Compare, TimesWithText) {
  ScalarRun run;
  const Column when =
      run.flat<int64_t>(timestamp_type(TimeUnit::kNano), {1'485'907'200'000'000'000, std::nullopt});
  EXPECT_EQ(ScalarRun::text(run.run("greater_equal", {when, text("2017-02-01")}, 2), 2),
            "True False");
  EXPECT_EQ(ScalarRun::text(run.run("less", {when, text("5000-01-01")}, 2), 2), "True False");
  EXPECT_EQ(ScalarRun::text(run.run("equal", {when, text("no time")}, 2), 2), "False False");
  EXPECT_THROW(run.run("less", {when, text("no time")}, 2), Error);
}

TEST(Compare, CategoriesByLabel) {
  ScalarRun run;
  const std::vector<Label> labels{Label(std::string("low")), Label(std::string("high"))};
  const Column plain = run.flat<int32_t>(category_type(labels, false), {0, 1, std::nullopt});
  const Column ordered = run.flat<int32_t>(category_type(labels, true), {0, 1, std::nullopt});
  EXPECT_EQ(ScalarRun::text(run.run("equal", {plain, text("high")}, 3), 3), "False True False");
  EXPECT_EQ(ScalarRun::text(run.run("not_equal", {plain, text("none")}, 3), 3), "True True True");
  EXPECT_EQ(ScalarRun::text(run.run("less", {ordered, text("high")}, 3), 3), "True False False");
  EXPECT_THROW(run.run("less", {plain, text("high")}, 3), Error);
}

TEST(Logical, ThreeValues) {
  ScalarRun run;
  Maybe<uint8_t> a, b;
  const std::optional<uint8_t> all[] = {0, 1, std::nullopt};
  for (const auto& x : all) {
    for (const auto& y : all) {
      a.push_back(x);
      b.push_back(y);
    }
  }
  const Column x = run.flat<uint8_t>(kNullableBool, a), y = run.flat<uint8_t>(kNullableBool, b);
  EXPECT_EQ(ScalarRun::text(run.run("bitwise_and", {x, y}, 9), 9),
            "False False False False True - False - -");
  EXPECT_EQ(ScalarRun::text(run.run("logical_or", {x, y}, 9), 9),
            "False True - True True True - True -");
  EXPECT_EQ(ScalarRun::text(run.run("logical_xor", {x, y}, 9), 9),
            "False True - True False - - - -");
  EXPECT_EQ(ScalarRun::text(run.run("invert", {x}, 9), 9),
            "True True True False False False - - -");
}

TEST(Missing, IsSeenFilledAndChosen) {
  ScalarRun run;
  const Column gaps = run.flat<double>(TypeId::kFloat64, {1.0, std::nan(""), 3.0});
  const Column names = run.flat<std::string>(TypeId::kString, {"x", std::nullopt, "z"});
  EXPECT_EQ(ScalarRun::text(run.run("isna", {gaps}, 3), 3), "False True False");
  EXPECT_EQ(ScalarRun::text(run.run("notna", {names}, 3), 3), "True False True");
  EXPECT_EQ(ScalarRun::text(run.run("fillna", {gaps, weak(int64_t{0})}, 3), 3), "1 0 3");
  EXPECT_EQ(ScalarRun::text(run.run("fillna", {names, text("none")}, 3), 3), "'x' 'none' 'z'");
  const Column yes = run.flat<uint8_t>(kNullableBool, {1, 0, std::nullopt});
  EXPECT_EQ(ScalarRun::text(run.run("where", {yes, names, text("no")}, 3), 3), "'x' 'no' 'no'");
  const Column whole = run.flat<int64_t>(TypeId::kInt64, {1, 2, 3});
  const Column some = run.run("where", {yes, whole, missing_scalar(TypeId::kNull)}, 3);
  EXPECT_EQ(some.dtype.name(), "float64");
  EXPECT_EQ(ScalarRun::text(some, 3), "1 - -");
  EXPECT_EQ(ScalarRun::text(run.run("mask", {yes, whole, weak(int64_t{9})}, 3), 3), "9 2 3");
  EXPECT_EQ(ScalarRun::text(run.run("coalesce", {gaps, whole}, 3), 3), "1 2 3");
}

TEST(Missing, ClipWithMissingBounds) {
  ScalarRun run;
  const Column x = run.flat<int64_t>(TypeId::kInt64, {1, 5, 9});
  const Scalar none = missing_scalar(TypeId::kNull);
  EXPECT_EQ(ScalarRun::text(run.run("clip", {x, weak(int64_t{3}), none}, 3), 3), "3 5 9");
  const Column clipped = run.run("clip", {x, none, weak(4.5)}, 3);
  EXPECT_EQ(clipped.dtype.name(), "float64");
  EXPECT_EQ(ScalarRun::text(clipped, 3), "1 4.5 4.5");
  const Column bounds = run.flat<double>(TypeId::kFloat64, {std::nan(""), 6.0, 0.0});
  EXPECT_EQ(ScalarRun::text(run.run("clip", {x, bounds, none}, 3), 3), "1 6 9");
}

TEST(Constants, FoldToConstants) {
  ScalarRun run;
  const Column sum = run.run("add", {weak(int64_t{2}), weak(int64_t{3})}, 1000);
  EXPECT_EQ(sum.encoding, Encoding::kConstant);
  EXPECT_EQ(ScalarRun::text(sum, 2), "5 5");
}

TEST(Into, WritesInPlaceWhatEvaluateAnswers) {
  ScalarRun run;
  Maybe<double> values;
  for (int i = 0; i < 3000; ++i) values.push_back(i * 0.25);
  const Column a = run.flat<double>(TypeId::kFloat64, values);
  const Column two = constant_column({TypeId::kFloat64, 2.0});
  ScalarCall call{&require_function("multiply"), {a.dtype, two.dtype}, {}, {}, {}};
  call.out = call.function->infer(call);
  std::vector<double> out(3001, -1);
  const Column in[] = {a, two};
  ASSERT_TRUE(call.function->evaluate_into(call, in, 3000, out.data(), run.worker()));
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(out[i], i * 0.5);
  EXPECT_EQ(out[3000], -1);
}

TEST(Cast, NumbersAsNumPyOrChecked) {
  ScalarRun run;
  const auto to = [](const char* name) { return missing_scalar(parse_dtype(name)); };
  const Scalar checked{TypeId::kBool, true};
  const Column gaps = run.flat<double>(TypeId::kFloat64, {1.7, std::nan(""), 3.0});
  EXPECT_EQ(ScalarRun::text(run.run("cast", {gaps}, 3, {to("bool")}), 3), "True True True");
  try {
    run.run("cast", {gaps}, 3, {to("int64"), checked});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("row 1"), std::string::npos) << error.message();
  }
  const Column whole = run.flat<double>(TypeId::kFloat64, {1.0, std::nan(""), 3.0});
  EXPECT_EQ(ScalarRun::text(run.run("cast", {whole}, 3, {to("Int64")}), 3), "1 - 3");
  EXPECT_THROW(run.run("cast", {gaps}, 3, {to("Int64")}), Error);
  const Column back =
      run.run("cast", {run.flat<int64_t>(kNullableInt, {1, std::nullopt})}, 2, {to("float64")});
  EXPECT_EQ(back.validity, nullptr);
  EXPECT_EQ(ScalarRun::text(back, 2), "1 -");
  const Column wide = run.flat<int64_t>(TypeId::kInt64, {300, -1});
  EXPECT_EQ(ScalarRun::text(run.run("cast", {wide}, 2, {to("uint8")}), 2), "44 255");
}

TEST(Cast, TextOfNumbersIsPythons) {
  ScalarRun run;
  const Scalar str = missing_scalar(TypeId::kString);
  const Column doubles = run.flat<double>(
      TypeId::kFloat64,
      {1.0, 1e16, 1e15, 1e-5, 1e-4, 0.1 + 0.2, -0.0, 123456789.125, std::nan(""), 5e-324});
  EXPECT_EQ(ScalarRun::text(run.run("cast", {doubles}, 10, {str}), 10),
            "'1.0' '1e+16' '1000000000000000.0' '1e-05' '0.0001' '0.30000000000000004' '-0.0' "
            "'123456789.125' - '5e-324'");
  const Column written = run.flat<std::string>(TypeId::kString, {" 12", "+5", "1_000"});
  const Scalar int16 = missing_scalar(TypeId::kInt16);
  EXPECT_EQ(ScalarRun::text(run.run("cast", {written}, 3, {int16}), 3), "12 5 1000");
  const Column wrong = run.flat<std::string>(TypeId::kString, {"12", "1.5"});
  EXPECT_THROW(run.run("cast", {wrong}, 2, {int16}), Error);
}

TEST(Cast, TimesAndText) {
  ScalarRun run;
  const Column written = run.flat<std::string>(
      TypeId::kString, {"2017-02-01", "1969-12-31 23:59:59.5", "NaT", std::nullopt});
  const Column times =
      run.run("cast", {written}, 4, {missing_scalar(timestamp_type(TimeUnit::kMilli))});
  EXPECT_EQ(ScalarRun::text(times, 4), "1485907200000 -500 - -");
  EXPECT_EQ(ScalarRun::text(run.run("cast", {times}, 4, {missing_scalar(TypeId::kString)}), 4),
            "'2017-02-01 00:00:00' '1969-12-31 23:59:59.500' - -");
  const Column seconds =
      run.run("cast", {times}, 4, {missing_scalar(timestamp_type(TimeUnit::kSecond))});
  EXPECT_EQ(ScalarRun::text(seconds, 4), "1485907200 -1 - -");
  const Column step = run.flat<int64_t>(duration_type(TimeUnit::kSecond), {90061, -1});
  EXPECT_EQ(ScalarRun::text(run.run("cast", {step}, 2, {missing_scalar(TypeId::kString)}), 2),
            "'1 days 01:01:01' '-1 days +23:59:59'");
}

TEST(Cast, CategoriesBothWays) {
  ScalarRun run;
  const DType colour =
      category_type({Label(std::string("red")), Label(std::string("blue"))}, false);
  const Maybe<std::string> words{"blue", "green", std::nullopt, "red"};
  for (const Column& column : {run.flat<std::string>(TypeId::kString, words),
                               run.words(words, {"blue", "green", "red"})}) {
    const Column codes = run.run("cast", {column}, 4, {missing_scalar(colour)});
    EXPECT_EQ(ScalarRun::text(codes, 4), "1 - - 0");
    EXPECT_EQ(ScalarRun::text(run.run("cast", {codes}, 4, {missing_scalar(TypeId::kString)}), 4),
              "'blue' - - 'red'");
  }
}

}  // namespace
}  // namespace tharsis::ops
