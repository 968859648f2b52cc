// T7 of the design: KMeans and PCA are loops over blocks whose answer does not depend on workers,
// stores or memory.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tharsis/api/kmeans.h"
#include "tharsis/api/pca.h"
#include "tharsis/api/row_panels.h"
#include "tharsis/api/tensor.h"
#include "tharsis/engine/array_testing.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/random.h"

namespace tharsis::api {
namespace {

using engine::Options;
using engine::Session;
using namespace engine::testing;

const bool kLearnRegistered = (ops::register_learn_ops(), true);

constexpr int64_t kColumns = 16;
constexpr int64_t kMany = 200003;  // rows; not a multiple of anything

// Not computed yet: a source of random numbers and a step.
Expr lazy_rows(int64_t rows) {
  const uint32_t seed[] = {5};
  return (Tensor(ops::Generator(seed).random({rows, kColumns})) * 3 - 1).expr();
}

struct Lloyd {
  std::vector<double> centers;
  std::vector<int32_t> labels;
};

Lloyd plain_lloyd(const std::vector<double>& x, int64_t p, std::vector<double> centers, int steps) {
  const auto n = static_cast<int64_t>(x.size()) / p;
  const auto k = static_cast<int64_t>(centers.size()) / p;
  std::vector<int32_t> labels(n);
  for (int step = 0; step <= steps; ++step) {
    std::vector<double> sums(centers.size()), count(k);
    for (int64_t i = 0; i < n; ++i) {
      double least = std::numeric_limits<double>::infinity();
      for (int64_t c = 0; c < k; ++c) {
        double distance = 0;
        for (int64_t j = 0; j < p; ++j)
          distance += (x[i * p + j] - centers[c * p + j]) * (x[i * p + j] - centers[c * p + j]);
        if (distance < least) labels[i] = static_cast<int32_t>(c);
        least = std::min(least, distance);
      }
      count[labels[i]] += 1;
      for (int64_t j = 0; j < p; ++j) sums[labels[i] * p + j] += x[i * p + j];
    }
    for (int64_t i = 0; step < steps && i < k * p; ++i) centers[i] = sums[i] / count[i / p];
  }
  return {centers, labels};
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << "element " << i;
}

Expr draws(Session& session, int64_t clusters) {
  std::vector<double> out = numbers(1 + (clusters - 1) * kmeans_trials(clusters), 9);
  for (double& value : out) value = (value + 3) / 10;
  const auto count = static_cast<int64_t>(out.size());
  return literal(session, TypeId::kFloat64, out, {count});
}

TEST(KMeans, IsLloydsAlgorithm) {
  Session session;
  const auto x = numbers(5000 * 3);
  const std::vector<double> start(x.begin(), x.begin() + 12);
  const Lloyd want = plain_lloyd(x, 3, start, 10);
  const Expr rows = literal(session, TypeId::kFloat64, x, {5000, 3});
  KMeansOptions options{4, 10, 0};
  const KMeansModel model =
      kmeans(session, rows, {}, {literal(session, TypeId::kFloat64, start, {4, 3})}, options);
  EXPECT_EQ(model.iterations, 10);
  EXPECT_EQ(model.used, 4);
  expect_near(run(session, model.centers), want.centers, 1e-12);
  EXPECT_EQ(run<int32_t>(session, model.labels), want.labels);
  EXPECT_EQ(run<int32_t>(session, nearest_center(session, rows, model.centers)), want.labels);
  EXPECT_NEAR(inertia(session, rows, model.centers, {}), model.inertia, 1e-8 * model.inertia);
}

TEST(KMeans, StartsFromRowsAndTakesWeightsForRepeatedRows) {
  Session session;
  const auto x = numbers(3000 * 2);
  std::vector<double> twice, weight;
  for (int64_t i = 0; i < 3000; ++i) {
    weight.push_back(i % 3 == 0 ? 2 : 1);
    for (int times = 0; times < (i % 3 == 0 ? 2 : 1); ++times)
      twice.insert(twice.end(), x.begin() + 2 * i, x.begin() + 2 * i + 2);
  }
  const Expr rows = literal(session, TypeId::kFloat64, x, {3000, 2});
  const Expr repeated = literal(session, TypeId::kFloat64, twice, {4000, 2});
  const Expr positions = literal<int64_t>(session, TypeId::kInt64, {4, 1, 2}, {3});
  const std::vector<double> start = {x[8], x[9], x[2], x[3], x[4], x[5]};
  const KMeansOptions options{3, 20, 0};
  const KMeansModel got = kmeans(session, rows, literal(session, TypeId::kFloat64, weight, {3000}),
                                 {positions}, options);
  const KMeansModel want =
      kmeans(session, repeated, {}, {literal(session, TypeId::kFloat64, start, {3, 2})}, options);
  EXPECT_EQ(got.iterations, want.iterations);
  expect_near(run(session, got.centers), run(session, want.centers), 1e-11);
  EXPECT_NEAR(got.inertia, want.inertia, 1e-9 * want.inertia);
}

TEST(KMeans, AnEmptyClusterTakesTheFarthestRow) {
  Session session;
  const std::vector<double> x = {0, 1, 2, 100};
  const Expr rows = literal(session, TypeId::kFloat64, x, {4, 1});
  const Expr start = literal<double>(session, TypeId::kFloat64, {1, 1000}, {2, 1});
  const KMeansModel model = kmeans(session, rows, {}, {start}, {2, 10, 0});
  EXPECT_EQ(run(session, model.centers), (std::vector<double>{1, 100}));
  EXPECT_EQ(run<int32_t>(session, model.labels), (std::vector<int32_t>{0, 0, 0, 1}));
}

TEST(KMeans, WhatCannotBeIsNamed) {
  Session session;
  const Expr rows = literal<double>(session, TypeId::kFloat64, {0, 1, std::nan("")}, {3, 1});
  const auto fit = [&](const Expr& x, int64_t clusters) {
    try {
      kmeans(session, x, {}, {draws(session, clusters)}, {clusters, 10, 0});
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("no error");
  };
  EXPECT_EQ(fit(rows, 2), "Input X contains NaN.");
  EXPECT_EQ(fit(literal<double>(session, TypeId::kFloat64, {0, 1}, {2, 1}), 3),
            "n_samples=2 should be >= n_clusters=3.");
}

struct Cell {
  int workers;
  int stores;
};

class Learn : public ::testing::TestWithParam<Cell> {
 protected:
  static Options options() {
    Options out;
    out.workers = GetParam().workers;
    out.nodes = GetParam().stores;
    return out;
  }
};

TEST_P(Learn, HasTheSameBitsForAllWorkersAndStores) {
  Session whole, session(options());
  const auto fit = [](Session& now) {
    const Expr x = lazy_rows(kMany);
    const KMeansModel model = kmeans(now, x, {}, {draws(now, 6)}, {6, 5, 0});
    const PcaModel turned = pca(now, x, PcaSolver::kCovariance, 3);
    return std::vector{run(now, model.centers), run(now, turned.components),
                       std::vector{model.inertia}};
  };
  EXPECT_EQ(fit(session), fit(whole));
}

INSTANTIATE_TEST_SUITE_P(Cells, Learn, ::testing::Values(Cell{1, 1}, Cell{2, 1}, Cell{7, 3}));

// Twenty-five megabytes of rows under a limit of sixteen.
class BeyondMemory : public ::testing::Test {
 protected:
  static Options options() {
    Options out;
    out.memory_limit = int64_t{16} << 20;
    return out;
  }
  Session whole_, session_{options()};
};

TEST_F(BeyondMemory, RowsComeInPanelsThatAreWrittenOut) {
  const Expr x = lazy_rows(kMany);
  const auto panels = stored_panels(session_, x);
  EXPECT_GT(panels.size(), 4u);
  EXPECT_GT(session_.spilled_bytes(), 0);
  const KMeansModel want = kmeans(whole_, x, {}, {draws(whole_, 6)}, {6, 5, 0});
  const KMeansModel got = kmeans(session_, x, {}, {draws(session_, 6)}, {6, 5, 0});
  expect_near(run(session_, got.centers), run(whole_, want.centers), 1e-9);
  EXPECT_EQ(run<int32_t>(session_, got.labels), run<int32_t>(whole_, want.labels));
  EXPECT_EQ(run<int32_t>(session_, nearest_center(session_, x, got.centers)),
            run<int32_t>(whole_, want.labels));
  EXPECT_NEAR(inertia(session_, x, got.centers, {}), want.inertia, 1e-8 * want.inertia);
  EXPECT_LE(session_.last_report().peak_bytes, session_.options().memory_limit);
}

TEST_F(BeyondMemory, ComponentsAreTheSameAndAnSvdSaysWhatItNeeds) {
  const Expr x = lazy_rows(kMany);
  const PcaModel want = pca(whole_, x, PcaSolver::kFull, 16);
  const PcaModel got = pca(session_, x, PcaSolver::kCovariance, 16);
  expect_near(run(session_, got.singular), run(whole_, want.singular), 1e-6);
  EXPECT_THROW(pca(session_, x, PcaSolver::kFull, 4), Error);
  const Expr turned =
      times(session_, x, (Tensor(got.components).transpose()[{Index{}, {.stop = 2}}]).expr());
  EXPECT_EQ(static_cast<int64_t>(run(session_, turned).size()), kMany * 2);
}

}  // namespace
}  // namespace tharsis::api
