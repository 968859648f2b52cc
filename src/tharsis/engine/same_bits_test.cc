// T1 of the design: the bits of a reduction do not depend on how it runs.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tharsis/engine/array_testing.h"
#include "tharsis/engine/test_matrix.h"
#include "tharsis/kernels/target.h"
#include "tharsis/ops/random.h"

namespace tharsis::engine {
namespace {

using namespace testing;

Expr standardized_sum(const Expr& x) {
  const Expr centered = x - ops::reduce("mean", x, {.axes = {0}});
  return ops::reduce_all("sum", centered / ops::reduce("std", x, {.axes = {0}}));
}

Expr random_array(std::vector<int64_t> shape) {
  const uint32_t seed[] = {11};
  return ops::Generator(seed).random(std::move(shape));
}

Expr above(const Expr& x, double bound) { return ops::compute("greater", {x, number(bound)}); }

// Reductions of many forms over data that no form likes: lengths are odd and prime.
std::vector<Expr> reductions() {
  const Expr tall = random_array({20011, 7}), wide = random_array({131, 9001});
  const Expr cube = random_array({17, 101, 67}), line = random_array({300007});
  std::vector<Expr> out{standardized_sum(tall)};
  for (const char* name : {"sum", "std", "prod", "nanvar"}) {
    for (const auto& axes : std::vector<std::vector<int64_t>>{{0}, {1}, {0, 1}}) {
      out.push_back(ops::reduce(name, tall, {.axes = axes}));
      out.push_back(ops::reduce(name, wide, {.axes = axes}));
    }
    for (const auto& axes : std::vector<std::vector<int64_t>>{{0, 2}, {1}, {0, 1}, {1, 2}, {2}})
      out.push_back(ops::reduce(name, cube, {.axes = axes}));
    out.push_back(ops::reduce_all(name, line));
    out.push_back(ops::reduce_all(name, ops::select(line, above(line, 0.3))));
    out.push_back(ops::reduce_all(name, ops::transpose(cube, {2, 0, 1})));
    out.push_back(ops::reduce_all(name, ops::concatenate({tall, random_array({4999, 7})}, 0)));
    out.push_back(
        ops::reduce(name, ops::concatenate({tall, random_array({20011, 4})}, 1), {.axes = {0}}));
    out.push_back(ops::reduce_all(name, ops::concatenate({tall, random_array({20011, 4})}, 1)));
  }
  return out;
}

std::vector<std::vector<double>> run_all(Session& session) {
  std::vector<std::vector<double>> out;
  for (const Ref<Value>& value : session.run(reductions()))
    out.push_back(values_of<double>(*value));
  return out;
}

void expect_same_bits(const std::vector<std::vector<double>>& a,
                      const std::vector<std::vector<double>>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].size(), b[i].size());
    ASSERT_EQ(std::memcmp(a[i].data(), b[i].data(), a[i].size() * 8), 0) << "expression " << i;
  }
}

class SameBits : public ::testing::TestWithParam<tharsis::testing::Cell> {};

TEST_P(SameBits, HoweverTheWorkIsCut) {
  static const auto expected = [] {
    Session plain;
    return run_all(plain);
  }();
  tharsis::testing::CellEngine engine(GetParam());
  std::vector<std::vector<double>> got;
  for (const Ref<Value>& value : engine.run(reductions())) got.push_back(values_of<double>(*value));
  expect_same_bits(got, expected);
  EXPECT_EQ(engine.without_effect(tharsis::testing::SinkKind::kTile), "");
  // States that meet have travelled.
  const RunReport report = engine.session().last_report();
  if (GetParam().stores == 0) EXPECT_EQ(report.wire_bytes, 0);
  if (GetParam().stores > 0 && GetParam().splits < 2) EXPECT_GT(report.wire_bytes, 0);
}

INSTANTIATE_TEST_SUITE_P(Matrix, SameBits, ::testing::ValuesIn(tharsis::testing::cells()),
                         [](const auto& test) { return test.param.name(); });

TEST(SameBits, OnEveryInstructionSet) {
  if (!kernels::force_target(kernels::Target::kAvx512)) GTEST_SKIP() << "no AVX-512 here";
  Session session;
  const auto wide = run_all(session);
  ASSERT_TRUE(kernels::force_target(kernels::Target::kAvx2));
  const auto narrow = run_all(session);
  kernels::force_target(std::nullopt);
  expect_same_bits(wide, narrow);
}

// The memory limit is a tenth of x, which is read twice and stored never.
TEST(BeyondMemory, StandardizedSumOfRandomAndFile) {
  constexpr int64_t kRows = 655360, kColumns = 8;
  Options options;
  options.memory_limit = kRows * kColumns * 8 / 10;
  options.workers = 2;
  const Expr random = random_array({kRows, kColumns});
  const std::string path = std::filesystem::temp_directory_path() /
                           ("tharsis-same-bits-" + std::to_string(getpid()) + ".npy");
  {
    Session roomy;
    const auto values = run(roomy, random_array({kRows, kColumns}));
    std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (655360, 8), }";
    header.resize(117, ' ');
    header += '\n';
    std::ofstream file(path, std::ios::binary);
    file << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size()) << '\0' << header;
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * 8));
  }
  Session session(options);
  const auto from_random = run(session, standardized_sum(random));
  EXPECT_EQ(session.last_report().rows_read, 2 * kRows * kColumns);
  EXPECT_EQ(session.last_report().spilled_bytes, 0);
  EXPECT_LE(session.last_report().peak_bytes, options.memory_limit);
  const auto from_file = run(session, standardized_sum(ops::load_npy(path)));
  EXPECT_EQ(session.last_report().rows_read, 2 * kRows * kColumns);
  EXPECT_EQ(session.last_report().spilled_bytes, 0);
  EXPECT_EQ(std::memcmp(from_random.data(), from_file.data(), 8), 0);
  EXPECT_NEAR(from_random[0], 0, 1e-6);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace tharsis::engine
