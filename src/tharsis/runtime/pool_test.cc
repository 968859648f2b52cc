#include "tharsis/runtime/pool.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tharsis/base/error.h"

namespace tharsis::runtime {
namespace {

struct Machine {
  memory::Budget budget{int64_t{1} << 30};
  memory::Store a{budget, "/tmp"};
  memory::Store b{budget, "/tmp"};
};

TEST(Pool, RunsEveryIndexOnce) {
  Machine machine;
  for (const int workers : {1, 2, 7}) {
    Pool pool(workers, {&machine.a});
    for (int round = 0; round < 50; ++round) {
      std::vector<std::atomic<int>> runs(1000);
      CancelToken cancel;
      pool.parallel(1000, cancel, [&](int64_t i, Worker&) { ++runs[i]; });
      for (const auto& n : runs) ASSERT_EQ(n.load(), 1);
    }
  }
}

TEST(Pool, TheFirstErrorStopsTheRestAndReachesTheCaller) {
  Machine machine;
  Pool pool(2, {&machine.a});
  CancelToken cancel;
  std::atomic<int> begun = 0;
  EXPECT_THROW(pool.parallel(1000000, cancel,
                             [&](int64_t i, Worker&) {
                               ++begun;
                               require(i != 10, ErrorCode::kOverflow, "ten");
                             }),
               Error);
  EXPECT_LT(begun.load(), 1000000);
  CancelToken again;
  pool.parallel(4, again, [](int64_t, Worker&) {});
}

TEST(Pool, AnInterruptStopsWithinAPoll) {
  Machine machine;
  Pool pool(2, {&machine.a});
  CancelToken cancel;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(
      pool.parallel(
          1000000, cancel,
          [](int64_t, Worker&) { std::this_thread::sleep_for(std::chrono::milliseconds(1)); },
          [] { fail(ErrorCode::kCancelled, "stop"); }),
      Error);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Pool, PlacedIndicesRunOnTheirNode) {
  Machine machine;
  Pool pool(4, {&machine.a, &machine.b});
  std::vector<std::atomic<int>> node(100);
  CancelToken cancel;
  pool.parallel(
      100, cancel, [&](int64_t i, Worker& worker) { node[i] = worker.node; }, {},
      [](int64_t i) { return static_cast<int>(i % 2); });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(node[i].load(), i % 2);
}

}  // namespace
}  // namespace tharsis::runtime
