#include "tharsis/base/wire.h"

#include <gtest/gtest.h>

#include "tharsis/base/key.h"

namespace tharsis {
namespace {

TEST(Wire, RoundTripsNumbersAndStrings) {
  WireWriter writer;
  writer.put<int32_t>(-7);
  writer.put_string("straße");
  writer.put(2.5);
  WireReader reader(writer.bytes());
  EXPECT_EQ(reader.get<int32_t>(), -7);
  EXPECT_EQ(reader.get_string(), "straße");
  EXPECT_EQ(reader.get<double>(), 2.5);
  EXPECT_TRUE(reader.done());
}

TEST(Wire, RefusesAMessageThatIsCutOff) {
  WireWriter writer;
  writer.put_string("abcdef");
  const std::string_view cut = std::string_view(writer.bytes()).substr(0, 10);
  WireReader reader(cut);
  EXPECT_THROW(reader.get_string(), Error);
}

TEST(Wire, RefusesAListThatClaimsMoreThanThereIs) {
  WireWriter writer;
  writer.put<uint64_t>(3);
  writer.put_raw("abc", 3);
  writer.put<uint64_t>(2);
  writer.put_raw("a", 1);
  WireReader reader(writer.bytes());
  EXPECT_EQ(reader.get_count(), 3u);
  EXPECT_EQ(reader.take(3), "abc");
  EXPECT_THROW(reader.get_count(), Error);
}

TEST(Key, DependsOnOrderAndLength) {
  const auto key_of = [](std::initializer_list<std::string_view> parts) {
    KeyMixer mixer;
    for (auto part : parts) mixer.bytes(part);
    return mixer.finish();
  };
  EXPECT_EQ(key_of({"a", "b"}), key_of({"a", "b"}));
  EXPECT_NE(key_of({"a", "b"}), key_of({"b", "a"}));
  EXPECT_NE(key_of({"ab", ""}), key_of({"a", "b"}));
  EXPECT_NE(fresh_key(), fresh_key());
}

TEST(Key, DependsOnEveryByte) {
  for (const size_t size : {1, 8, 15, 16, 31, 64, 100, 129}) {
    std::string text(size, 'x');
    const auto key_of = [](std::string_view bytes) {
      KeyMixer mixer;
      mixer.bytes(bytes);
      return mixer.finish();
    };
    const Key before = key_of(text);
    for (size_t i = 0; i < size; ++i) {
      for (const char other : {'y', '\0'}) {
        text[i] = other;
        const Key after = key_of(text);
        EXPECT_NE(after.high, before.high) << i << " of " << size;
        EXPECT_NE(after.low, before.low) << i << " of " << size;
      }
      text[i] = 'x';
    }
  }
}

}  // namespace
}  // namespace tharsis
