#include "tharsis/api/tensor.h"

#include <gtest/gtest.h>

namespace tharsis {
namespace {

// The C++ API reads as NumPy does, and is as lazy.
TEST(Tensor, ReadsAsNumpyDoes) {
  ops::register_elementwise_ops();
  engine::Session session;
  const std::vector<double> numbers{1, 2, 3, 4, 5, 6};
  const Tensor x = Tensor::from<double>(session, numbers, {3, 2});
  const Tensor scaled = (x - x.mean({.axes = {0}})) / x.std({.axes = {0}});
  EXPECT_NEAR(scaled.sum().values<double>(session)[0], 0, 1e-12);
  EXPECT_EQ((2 * x.transpose() + 1).reshape({-1}).values<double>(session),
            (std::vector<double>{3, 7, 11, 5, 9, 13}));
  EXPECT_EQ(x.where(x > 3).values<double>(session), (std::vector<double>{4, 5, 6}));
  EXPECT_EQ(where(x > 3, x, -1).max({.axes = {-1}}).values<double>(session),
            (std::vector<double>{-1, 4, 6}));
  EXPECT_EQ(x.transpose().matmul(x).values<double>(session), (std::vector<double>{35, 44, 44, 56}));
  EXPECT_EQ(concatenate({arange(2), arange(3)}).values<int64_t>(session),
            (std::vector<int64_t>{0, 1, 0, 1, 2}));
  const Tensor last = x[{{.kind = Index::kAt, .at = -1}}];
  EXPECT_EQ(last.values<double>(session), (std::vector<double>{5, 6}));
  EXPECT_THROW(x + ones({4}), Error);
  EXPECT_THROW(arange(3).values<double>(session), Error);
}

}  // namespace
}  // namespace tharsis
