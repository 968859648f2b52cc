#include "tharsis/engine/progress.h"

#include <gtest/gtest.h>

#include <string>

namespace tharsis::engine {
namespace {

using std::chrono::milliseconds;

struct Shown {
  std::string text;
  Progress::Out out() {
    return [this](std::string_view more) { text += more; };
  }
};

TEST(Progress, IsShownAfterASecondAndGoneAtTheEnd) {
  Shown shown;
  runtime::PassProgress pass;
  const auto begin = Progress::Clock::now();
  {
    Progress progress(shown.out(), begin);
    pass.begin(3);
    pass.begin(200);
    pass.done = 90;
    pass.rows = 1234567;
    progress.tick(pass, 0, begin + milliseconds(999));
    EXPECT_EQ(shown.text, "");
    progress.tick(pass, 5'000'000, begin + milliseconds(1500));
    EXPECT_EQ(shown.text,
              "\r\x1b[Kpass 2: 45 % of 200 splits, 1,234,567 rows, 1.5 s, 5.0 MB spilled");
    shown.text.clear();
    progress.tick(pass, 0, begin + milliseconds(1600));
    EXPECT_EQ(shown.text, "") << "five times a second is enough";
    pass.done = 200;
    progress.tick(pass, 0, begin + milliseconds(1700));
    EXPECT_EQ(shown.text, "\r\x1b[Kpass 2: 100 % of 200 splits, 1,234,567 rows, 1.7 s");
    shown.text.clear();
  }
  EXPECT_EQ(shown.text, "\r\x1b[K");
}

TEST(Progress, AShortRunWritesNothing) {
  Shown shown;
  runtime::PassProgress pass;
  {
    Progress progress(shown.out());
    progress.tick(pass, 0);
  }
  EXPECT_EQ(shown.text, "");
}

}  // namespace
}  // namespace tharsis::engine
