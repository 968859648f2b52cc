#include "tharsis/kernels/nearest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tharsis/kernels/target.h"

namespace tharsis::kernels {
namespace {

template <class T>
std::vector<T> normal(int64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> draw(5, 2);
  std::vector<T> out(count);
  for (T& value : out) value = static_cast<T>(draw(random));
  return out;
}

// Points and centers of some shape, and what plain loops say of them.
template <class T>
struct Case {
  int64_t rows, columns, count;
  std::vector<T> points = normal<T>(rows * columns, 1);
  std::vector<T> centers = normal<T>(count * columns, 2);
  std::vector<T> shift = normal<T>(columns, 3);
  std::vector<T> weight = normal<T>(rows, 4);
  std::vector<T> scratch = std::vector<T>(columns * PointLoops<T>::kScratch + 64);

  // Tiles are loaded as whole vectors.
  T* aligned() {
    const auto address = reinterpret_cast<uintptr_t>(scratch.data());
    return reinterpret_cast<T*>((address + 63) / 64 * 64);
  }
  double distance(int64_t i, const T* center, const T* from) const {
    double sum = 0;
    for (int64_t j = 0; j < columns; ++j) {
      const double off =
          double{points[i * columns + j]} - (from == nullptr ? 0 : double{from[j]}) - center[j];
      sum += off * off;
    }
    return sum;
  }
};

template <class T>
void expect_loops(int64_t rows, int64_t columns, int64_t count) {
  SCOPED_TRACE(testing::Message() << rows << " x " << columns << ", " << count << " centers");
  const double near = sizeof(T) == 4 ? 1e-4 : 1e-11;
  Case<T> c{rows, columns, count};
  const PointLoops<T>& loops = point_loops<T>();
  std::vector<T> half(count);
  for (int64_t k = 0; k < count; ++k) {
    for (int64_t j = 0; j < columns; ++j)
      half[k] += c.centers[k * columns + j] * c.centers[k * columns + j] / 2;
  }
  std::vector<int32_t> nearest(rows, -1);
  loops.nearest(c.points.data(), rows, columns, c.shift.data(), c.centers.data(), half.data(),
                count, c.aligned(), nearest.data());
  std::vector<double> own(rows);
  loops.own(c.points.data(), rows, columns, c.shift.data(), c.centers.data(), nearest.data(),
            own.data());
  std::vector<double> sums(count * columns), weights(count), want_sums(count * columns);
  loops.add(c.points.data(), rows, columns, c.shift.data(), c.weight.data(), nearest.data(),
            sums.data(), weights.data());
  for (int64_t i = 0; i < rows; ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (int64_t k = 0; k < count; ++k)
      least = std::min(least, c.distance(i, &c.centers[k * columns], c.shift.data()));
    ASSERT_NEAR(own[i], least, near * (1 + least)) << "point " << i;
    for (int64_t j = 0; j < columns; ++j)
      want_sums[nearest[i] * columns + j] +=
          double{c.weight[i]} * (double{c.points[i * columns + j]} - c.shift[j]);
  }
  for (size_t i = 0; i < sums.size(); ++i)
    ASSERT_NEAR(sums[i], want_sums[i], near * (1 + std::abs(want_sums[i])) * 10);

  std::vector<T> closest(rows, std::numeric_limits<T>::infinity());
  std::vector<double> totals(count * kTotalLanes), want(count);
  const T* last = c.shift.data();
  loops.candidates(c.points.data(), rows, columns, last, c.centers.data(), count, c.weight.data(),
                   c.aligned(), closest.data(), totals.data());
  for (int64_t i = 0; i < rows; ++i) {
    const double before = c.distance(i, last, nullptr);
    ASSERT_NEAR(closest[i], before, near * (1 + before));
    for (int64_t k = 0; k < count; ++k)
      want[k] +=
          double{c.weight[i]} * std::min(before, c.distance(i, &c.centers[k * columns], nullptr));
  }
  for (int64_t k = 0; k < count; ++k) {
    double sum = 0;
    for (int lane = 0; lane < kTotalLanes; ++lane) sum += totals[k * kTotalLanes + lane];
    ASSERT_NEAR(sum, want[k], near * (1 + std::abs(want[k])));
  }
}

TEST(Nearest, AgreesWithPlainLoopsOnBothInstructionSets) {
  for (const Target target : {Target::kAvx2, Target::kAvx512}) {
    if (!force_target(target)) continue;
    for (const int64_t rows : {1, 31, 64, 203}) {
      for (const int64_t columns : {1, 3, 16, 37}) {
        for (const int64_t count : {1, 4, 11}) {
          expect_loops<double>(rows, columns, count);
          expect_loops<float>(rows, columns, count);
        }
      }
    }
  }
  force_target({});
}

TEST(Nearest, SumsAreTheSameBitsOnBothInstructionSets) {
  Case<double> c{1000, 13, 5};
  std::vector<std::vector<double>> totals;
  for (const Target target : {Target::kAvx2, Target::kAvx512}) {
    if (!force_target(target)) continue;
    std::vector<double> closest(1000, std::numeric_limits<double>::infinity());
    totals.emplace_back(5 * kTotalLanes);
    point_loops<double>().candidates(c.points.data(), 1000, 13, nullptr, c.centers.data(), 5,
                                     nullptr, c.aligned(), closest.data(), totals.back().data());
    std::vector<int32_t> group(1000, 2);
    std::vector<double> own(1000);
    point_loops<double>().own(c.points.data(), 1000, 13, c.shift.data(), c.centers.data(),
                              group.data(), own.data());
    totals.back().insert(totals.back().end(), own.begin(), own.end());
  }
  force_target({});
  for (const auto& other : totals) EXPECT_EQ(other, totals[0]);
}

TEST(Nearest, TheFirstOfEqualCentersWins) {
  Case<double> c{100, 2, 1};
  std::vector<double> centers, half(9);
  for (int k = 0; k < 9; ++k) centers.insert(centers.end(), c.centers.begin(), c.centers.end());
  for (double& value : half)
    value = (c.centers[0] * c.centers[0] + c.centers[1] * c.centers[1]) / 2;
  std::vector<int32_t> nearest(100, -1);
  point_loops<double>().nearest(c.points.data(), 100, 2, c.shift.data(), centers.data(),
                                half.data(), 9, c.aligned(), nearest.data());
  EXPECT_EQ(nearest, std::vector<int32_t>(100, 0));
}

}  // namespace
}  // namespace tharsis::kernels
