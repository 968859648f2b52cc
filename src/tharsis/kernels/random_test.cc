#include <gtest/gtest.h>

#include <vector>

#include "tharsis/kernels/pcg64.h"
#include "tharsis/kernels/philox.h"

namespace tharsis::kernels {
namespace {

// numpy.random.default_rng(seed).random(3), NumPy 2.4.
TEST(Pcg64, IsTheStreamOfNumpy) {
  struct Case {
    std::vector<uint32_t> entropy;
    double expected[3];
  };
  const Case cases[] = {
      {{0}, {0x1.461fd79fb3850p-1, 0x1.1442f7e20b674p-2, 0x1.4fa7b529d9bd0p-5}},
      {{42}, {0x1.8c43f79a2db24p-1, 0x1.c16959869e47ep-2, 0x1.b79a2584ddb42p-1}},
      {{5, 0, 64}, {0x1.8e4b945b84528p-3, 0x1.157248b9c7314p-2, 0x1.2fd8eb7a99810p-1}},
      {{12345, 0, 0, 0, 0, 0, 256},
       {0x1.dbb31755b9fb2p-2, 0x1.18fcc0b428c29p-1, 0x1.2b66df75f45dcp-1}},
  };
  for (const Case& one : cases) {
    double out[3];
    Pcg64Stream(Pcg64::seeded(one.entropy)).doubles(0, 1, 3, out);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(out[i], one.expected[i]);
  }
}

TEST(Pcg64, JumpsToAnyPosition) {
  const uint32_t entropy[] = {42};
  const Pcg64 start = Pcg64::seeded(entropy);
  const Pcg64Stream stream(start);
  double far = 0;
  stream.doubles(1000000000000, 1, 1, &far);
  EXPECT_EQ(far, 0x1.6a3fa55b90ad8p-4);
  EXPECT_EQ(static_cast<double>(start.advanced(1000000000000).next() >> 11) * 0x1p-53, far);
}

TEST(Pcg64, EveryPieceOfTheStreamIsTheSame) {
  const uint32_t entropy[] = {7};
  const Pcg64Stream stream(Pcg64::seeded(entropy));
  std::vector<uint64_t> all(1000);
  stream.draws(0, 1, 1000, all.data());
  for (const int64_t step : {1, 2, 3, 17, -1, -5}) {
    for (const int64_t count : {1, 2, 3, 4, 5, 31}) {
      const int64_t begin = step < 0 ? 900 : 100;
      std::vector<uint64_t> piece(count);
      stream.draws(begin, step, count, piece.data());
      for (int64_t i = 0; i < count; ++i) ASSERT_EQ(piece[i], all[begin + i * step]);
    }
  }
}

// The known answers of Random123.
TEST(Philox, GivesTheKnownAnswers) {
  uint64_t low = 0, high = 0;
  philox(0, 0, 1, 1, &low, &high);
  EXPECT_EQ(low, 0xe169c58d6627e8d5ull);
  EXPECT_EQ(high, 0x9b00dbd8bc57ac4cull);
}

TEST(Philox, DependsOnTheCounterAlone) {
  std::vector<uint64_t> low(100), high(100);
  philox(99, 1000, 1, 100, low.data(), high.data());
  for (int64_t i = 0; i < 100; ++i) {
    uint64_t one = 0, two = 0;
    philox(99, 1000 + i, 1, 1, &one, &two);
    ASSERT_EQ(one, low[i]);
    ASSERT_EQ(two, high[i]);
  }
}

}  // namespace
}  // namespace tharsis::kernels
