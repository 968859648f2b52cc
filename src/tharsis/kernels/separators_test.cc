#include "tharsis/kernels/separators.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tharsis::kernels {
namespace {

struct Found {
  std::vector<uint32_t> positions;
  Separators all;
};

// Value by value.
Found plain_loop(const std::string& text, int64_t n) {
  Found out;
  const auto letter = [&](int64_t i) { return i < n ? text[i] : '\0'; };
  for (int64_t i = 0; i < n; ++i) out.all.non_ascii |= (text[i] & 0x80) != 0;
  for (int64_t i = 0; i < n; ++i) {
    if (letter(i) == '"') {
      for (++i; i < n; ++i) {
        if (letter(i) != '"') {
          out.all.special |= letter(i) == '\r';
        } else if (letter(i + 1) == '"') {
          out.all.doubled = true;
          ++i;
        } else {
          break;
        }
      }
      out.all.special |= i >= n;
      ++i;
      const bool end = letter(i) == ',' || letter(i) == '\n' || letter(i) == '\r';
      out.all.special |= !end && i <= n;
    }
    while (i < n && letter(i) != ',' && letter(i) != '\n') {
      out.all.special |= letter(i) == '"';
      if (letter(i) == '\r') {
        out.all.returns = true;
        out.all.special |= letter(i + 1) != '\n';
      }
      ++i;
    }
    if (i >= n) break;
    out.positions.push_back(static_cast<uint32_t>(i));
    out.all.lines += letter(i) == '\n';
  }
  return out;
}

TEST(Separators, AreThoseOfAPlainLoop) {
  std::mt19937 random(1);
  const std::vector<std::string> values{"",     "a",     "12.5",      "-3",
                                        "\"\"", "\"b\"", "\"x,\ny\"", "\"eleven letters\""};
  const std::vector<std::string> odd{"a\"",      "\"a\"\"b\"", "\r",     "\"",    "\xC3\xA4",
                                     "\"\"\"\"", "\"a\r\nb\"", "x\r\ny", "\"a\"b"};
  int special = 0, simple = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const size_t length = random() % 300;
    const bool strange = round % 3 == 0;
    while (text.size() < length) {
      text += strange && random() % 20 == 0 ? odd[random() % odd.size()]
                                            : values[random() % values.size()];
      text += random() % 4 != 0 ? "," : round % 7 == 0 ? "\r\n" : "\n";
    }
    const auto n = static_cast<int64_t>(text.size());
    const Found want = plain_loop(text, n);
    text += std::string(64, '"');  // what stands behind does not count
    std::vector<uint32_t> got(static_cast<size_t>(n) + 8);
    const Separators found = find_separators(text.data(), n, ',', got.data());
    ASSERT_EQ(found.special, want.all.special) << text;
    (found.special ? special : simple) += 1;
    if (found.special) continue;
    got.resize(static_cast<size_t>(found.count));
    EXPECT_EQ(got, want.positions) << text;
    EXPECT_EQ(found.lines, want.all.lines);
    EXPECT_EQ(found.non_ascii, want.all.non_ascii);
    EXPECT_EQ(found.returns, want.all.returns);
    EXPECT_EQ(found.doubled, want.all.doubled);
  }
  EXPECT_GT(special, 300);
  EXPECT_GT(simple, 1000);
}

}  // namespace
}  // namespace tharsis::kernels
