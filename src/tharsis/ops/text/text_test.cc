#include <gtest/gtest.h>

#include "tharsis/base/error.h"
#include "tharsis/ops/elementwise/scalar_testing.h"
#include "tharsis/ops/text/code_points.h"
#include "tharsis/ops/text/pattern.h"

namespace tharsis::ops {
namespace {

using testing::Maybe;
using testing::ScalarRun;
using testing::text;

TEST(CodePoints, AreCountedAndFound) {
  const std::string_view mixed = "aé語😀";
  EXPECT_EQ(count_code_points(mixed), 4);
  EXPECT_EQ(byte_of_code_point(mixed, 2), 3u);
  EXPECT_EQ(byte_of_code_point(mixed, 9), mixed.size());
  EXPECT_EQ(decode("語"), 0x8A9Eu);
  EXPECT_FALSE(is_ascii("eight or more é"));
}

TEST(Pattern, IsRewrittenForRe2) {
  EXPECT_TRUE(read_pattern("plain words", "t").literal);
  EXPECT_EQ(read_pattern(R"(\d{,3}$)", "t").re2, R"(\p{Nd}{0,3}(?:\n?\z))");
  EXPECT_EQ(read_pattern(R"([\w-])", "t").re2, R"([\p{L}\p{N}_-])");
  EXPECT_TRUE(read_pattern(R"(\bword\b)", "t").word_edges);
  for (const char* beyond : {"(?=a)", "(?<!a)", R"((a)\1)", "a*+", "(?x)a", "(?P=n)"}) {
    try {
      read_pattern(beyond, "t");
      FAIL() << beyond;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << beyond;
    }
  }
  EXPECT_EQ(read_replacement(R"(\1-\g<2>\\)", "t"), R"(\1-\2\\)");
}

// Functions look at the words of a dictionary, and answer for its rows.
TEST(Text, FlatAndCodedAnswerAlike) {
  ScalarRun run;
  const Maybe<std::string> rows{"Straße 12", std::nullopt, "abc",
                                "a text of more than twelve bytes", "abc"};
  const std::vector<std::string> words{"abc", "Straße 12", "a text of more than twelve bytes"};
  for (const Column& column :
       {run.flat<std::string>(TypeId::kString, rows), run.words(rows, words)}) {
    const auto answer = [&](const char* function, std::vector<Scalar> params = {}) {
      return ScalarRun::text(run.run(function, {column}, 5, std::move(params)), 5);
    };
    EXPECT_EQ(answer("str_len"), "9 - 3 32 3");
    EXPECT_EQ(answer("str_contains", {text("[0-9]+")}), "True False False False False");
    EXPECT_EQ(answer("str_startswith", {text("a")}), "False False True True True");
    EXPECT_EQ(answer("str_slice", {testing::weak(int64_t{4}), testing::weak(int64_t{6})}),
              "'ße' - '' 'xt' ''");
    EXPECT_EQ(answer("str_replace", {text("abc"), text("x")}),
              "'Straße 12' - 'x' 'a text of more than twelve bytes' 'x'");
    EXPECT_EQ(answer("str_find", {text("e")}), "5 - -1 3 -1");
    EXPECT_EQ(ScalarRun::text(run.run("add", {column, text("!")}, 5), 5),
              "'Straße 12!' - 'abc!' 'a text of more than twelve bytes!' 'abc!'");
  }
}

TEST(Text, CaseKnowsUnicode) {
  ScalarRun run;
  const Column column = run.flat<std::string>(TypeId::kString, {"àé ß", "plain"});
  EXPECT_EQ(ScalarRun::text(run.run("str_upper", {column}, 2), 2), "'ÀÉ ẞ' 'PLAIN'");
  const Column plain = run.flat<std::string>(TypeId::kString, {"it's a Title", std::nullopt});
  EXPECT_EQ(ScalarRun::text(run.run("str_title", {plain}, 2), 2), "'It'S A Title' -");
}

TEST(Text, ErrorsComeWhenTheCallIsBuilt) {
  ScalarRun run;
  const Column column = run.flat<std::string>(TypeId::kString, {"a"});
  EXPECT_THROW(run.run("str_contains", {column}, 1, {text("(")}), Error);
  EXPECT_THROW(run.run("str_pad", {column}, 1, {testing::weak(int64_t{3}), text("up")}), Error);
  const Column numbers = run.flat<int64_t>(TypeId::kInt64, {1});
  EXPECT_THROW(run.run("str_lower", {numbers}, 1), Error);
}

}  // namespace
}  // namespace tharsis::ops
