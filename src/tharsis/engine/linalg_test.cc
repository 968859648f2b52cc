#include "tharsis/ops/linalg.h"
#include "tharsis/engine/array_testing.h"
#include "tharsis/ops/bridge.h"
#include "tharsis/ops/relational.h"

namespace tharsis::engine {
namespace {

using namespace testing;

std::vector<double> product(const std::vector<double>& a, const std::vector<double>& b, int64_t m,
                            int64_t k, int64_t n) {
  std::vector<double> out(m * n, 0.0);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t p = 0; p < k; ++p) {
      for (int64_t j = 0; j < n; ++j) out[i * n + j] += a[i * k + p] * b[p * n + j];
    }
  }
  return out;
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << "element " << i;
}

TEST(Matmul, TilesAndTransposedOperandsAgreeWithALoop) {
  Session session;
  constexpr int64_t m = 700, k = 33, n = 1100;
  const auto a = numbers(m * k), b = numbers(k * n, 5);
  const auto expected = product(a, b, m, k, n);
  const Expr x = literal(session, TypeId::kFloat64, a, {m, k});
  const Expr y = literal(session, TypeId::kFloat64, b, {k, n});
  expect_near(run(session, ops::matmul(x, y)), expected, 1e-9);
  std::vector<double> flipped(k * n);
  for (int64_t p = 0; p < k; ++p) {
    for (int64_t j = 0; j < n; ++j) flipped[j * k + p] = b[p * n + j];
  }
  const Expr z = literal(session, TypeId::kFloat64, flipped, {n, k});
  const Expr turned = ops::matmul(x, ops::transpose(z, {1, 0}));
  EXPECT_TRUE(turned.node->call.attrs.as<ops::MatmulAttrs>().transpose_b);
  expect_near(run(session, turned), expected, 1e-9);
}

TEST(Matmul, GramOfATallMatrixIsItsProductWithItself) {
  Session session;
  constexpr int64_t rows = 20000, n = 13;
  const auto a = numbers(rows * n);
  const Expr x = literal(session, TypeId::kFloat64, a, {rows, n});
  const Expr gram = ops::matmul(ops::transpose(x, {1, 0}), x);
  EXPECT_EQ(gram.node->call.op, &ops::gram_op());
  std::vector<double> turned(rows * n);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < n; ++j) turned[j * rows + i] = a[i * n + j];
  }
  expect_near(run(session, gram), product(turned, a, n, rows, n), 1e-7);
}

TEST(Matmul, VectorsAndIntegersFollowNumpy) {
  Session session;
  const Expr v = literal<int64_t>(session, TypeId::kInt64, {1, 2, 3}, {3});
  const Expr a = literal<int64_t>(session, TypeId::kInt64, {1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(run<int64_t>(session, ops::matmul(v, v)), (std::vector<int64_t>{14}));
  EXPECT_EQ(run<int64_t>(session, ops::matmul(a, v)), (std::vector<int64_t>{14, 32}));
  const Expr square = ops::matmul(a, ops::transpose(a, {1, 0}));
  EXPECT_EQ(run<int64_t>(session, square), (std::vector<int64_t>{14, 32, 32, 77}));
  EXPECT_THROW(ops::matmul(a, a), Error);
}

TEST(Decompositions, PutTheMatrixTogetherAgain) {
  Session session;
  constexpr int64_t m = 40, n = 12;
  const auto a = numbers(m * n);
  const Expr x = literal(session, TypeId::kFloat64, a, {m, n});
  const Ref<Node> qr = call_node(ops::qr_op(), ops::QrAttrs{}, {x});
  expect_near(run(session, ops::matmul({qr, 0}, {qr, 1})), a, 1e-10);
  const Ref<Node> svd = call_node(ops::svd_op(), ops::SvdAttrs{}, {x});
  expect_near(run(session, ops::matmul(Expr{svd, 0} * Expr{svd, 1}, {svd, 2})), a, 1e-10);
  const Expr gram = ops::gram(x);
  const Ref<Node> eigh = call_node(ops::eigh_op(), ops::EighAttrs{}, {gram});
  const Expr vectors{eigh, 1};
  const Expr again = ops::matmul(vectors * Expr{eigh, 0}, ops::transpose(vectors, {1, 0}));
  expect_near(run(session, again), run(session, gram), 1e-8);
  const Expr inverse =
      call(ops::solve_op(), ops::SolveAttrs{}, {gram, ops::eye(n, n, 0, TypeId::kFloat64)});
  expect_near(run(session, ops::matmul(gram, inverse)),
              run(session, ops::eye(n, n, 0, TypeId::kFloat64)), 1e-8);
}

TEST(Bridge, FramesBecomeArraysAndBack) {
  Session session;
  const auto values = numbers(5000 * 3);
  const Expr x = literal(session, TypeId::kFloat64, values, {5000, 3});
  std::vector<Label> labels{std::string("a"), std::string("b"), std::string("c")};
  const Expr frame = ops::from_arrays({x}, labels);
  EXPECT_EQ(frame.meta().num_data(), 3u);
  EXPECT_EQ(run(session, ops::to_array(frame)), values);
  const Expr column = literal(session, TypeId::kFloat64, numbers(5000), {5000});
  const Expr series = ops::from_arrays({column}, {std::string("v")}, true);
  const Ref<Value> rows = session.run(series);
  const Ref<Value> back = session.run(ops::to_array(series));
  EXPECT_EQ(values_of<double>(*back), numbers(5000));
  EXPECT_EQ(back->chunks[0], rows->chunks[0]) << "not copied";
  EXPECT_NEAR(run(session, ops::reduce_all("sum", ops::to_array(frame) * x))[0],
              run(session, ops::reduce_all("sum", x * x))[0], 1e-9);
}

}  // namespace
}  // namespace tharsis::engine
