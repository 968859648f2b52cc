#include "tharsis/ops/relational/groupby/text_table.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tharsis::ops {
namespace {

// Few texts and many, short and long, whose memory holds another text the next time: numbers are
// those of first appearance.
TEST(TextTable, NumbersTextsByContent) {
  constexpr int64_t kRows = 30'000;
  for (const int64_t distinct : {int64_t{1}, int64_t{40}, int64_t{2500}, int64_t{25'000}}) {
    // Every second text is long, or one of a thousand: blocks of short ones are looked up apart.
    const int64_t long_every = distinct % 40 == 0 && distinct > 2500 ? 1000 : 2;
    TextTable table;
    std::map<std::string, uint32_t> expected;
    std::vector<std::string> text(kRows);
    std::vector<StringRef> refs(kRows);
    std::vector<uint32_t> numbers(kRows);
    for (int64_t round = 0; round < 4; ++round) {
      for (int64_t i = 0; i < kRows; ++i) {
        const int64_t value = (i * 7 + round * i) % distinct;
        const char* form = value % long_every != 0 ? "" : " and more than twelve bytes of it";
        text[i] = (value == 0 ? "" : std::to_string(100'000 + value)) + form;
        refs[i] = StringRef(text[i]);
      }
      table.numbers(refs.data(), kRows, numbers.data());
      for (int64_t i = 0; i < kRows; ++i) {
        const auto number = static_cast<uint32_t>(expected.size());
        ASSERT_EQ(numbers[i], expected.try_emplace(text[i], number).first->second) << text[i];
        ASSERT_EQ(table.text(numbers[i]).view(), text[i]);
      }
    }
    EXPECT_EQ(table.size(), static_cast<int64_t>(expected.size()));
  }
}

}  // namespace
}  // namespace tharsis::ops
