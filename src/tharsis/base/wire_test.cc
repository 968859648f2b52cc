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

}  // namespace
}  // namespace tharsis
