// What travels between machines: graphs, and with them every operator there is.
#include "tharsis/graph/wire.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "tharsis/base/error.h"
#include "tharsis/engine/array_testing.h"
#include "tharsis/engine/testing.h"
#include "tharsis/io/parquet_writer.h"
#include "tharsis/ops/bridge.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/linalg.h"
#include "tharsis/ops/random.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/join/probe.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/ops/source.h"
#include "tharsis/ops/window.h"

namespace tharsis::engine {
namespace {

using namespace testing;
using tharsis::testing::Engine;

void register_all() {
  ops::register_array_source_ops();
  ops::register_bridge_ops();
  ops::register_indexing_ops();
  ops::register_learn_ops();
  ops::register_linalg_ops();
  ops::register_random_ops();
  ops::register_reduction_ops();
  ops::register_relational_ops();
  ops::register_source_ops();
  ops::register_window_ops();
}

Label label(const char* text) { return Label(std::string(text)); }

Expr series(const Expr& frame, int64_t field) {
  return ops::project(
      frame, {.from = {field}, .labels = {frame.meta().field(field).label}, .series = true});
}

// g: group, k: key, v: value, s: text.
Expr frame_of(Engine& engine) {
  return engine.frame({tharsis::testing::ints("g", {0, 1, 0, std::nullopt}),
                       tharsis::testing::ints("k", {1, 2, 2, 1}),
                       tharsis::testing::floats("v", {0.5, std::nan(""), -0.0, 2}),
                       tharsis::testing::texts("s", {"a", std::nullopt, "", "a longer text"})});
}

class Files {
 public:
  Files()
      : folder_(std::filesystem::temp_directory_path() /
                ("tharsis-wire-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Files() { std::filesystem::remove_all(folder_); }

  std::string parquet() const {
    const std::string path = folder_ / "one.parquet";
    const auto writer = io::ParquetWriter::create(path, {{label("v"), TypeId::kInt64}}, "none", "");
    const auto column = tharsis::testing::ints("v", {1, 2, 3});
    Batch batch;
    batch.rows = 3;
    batch.columns = {column.column};
    writer->write(batch);
    writer->close();
    return path;
  }
  std::string npy() const {
    const std::string path = folder_ / "one.npy";
    std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
    header.append(117 - header.size(), ' ').append("\n");
    std::ofstream file(path, std::ios::binary);
    file << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(118) << '\0' << header;
    const double values[] = {1, 2};
    file.write(reinterpret_cast<const char*>(values), sizeof(values));
    return path;
  }

 private:
  const std::filesystem::path folder_;
};

std::vector<Expr> array_examples(Engine& engine, const Files& files) {
  const Expr x =
      literal(engine.session(), TypeId::kFloat64, testing::numbers(12), std::vector<int64_t>{3, 4});
  const Expr mean = ops::reduce("mean", x, {.axes = {0}});
  const Expr centers = literal(engine.session(), TypeId::kFloat64, testing::numbers(8), {2, 4});
  const Expr draws = literal(engine.session(), TypeId::kFloat64, testing::numbers(5), {5});
  const uint32_t seed[] = {5};
  const Expr square = ops::full({3, 3}, {TypeId::kFloat32, 2.5});
  std::vector<Expr> all{
      ops::arange({TypeId::kInt16, int64_t{3}}, {TypeId::kInt16, int64_t{-2}}, 7),
      ops::linspace(0, 1, 5, false),
      ops::eye(3, 4, -1, TypeId::kBool),
      ops::load_npy(files.npy()),
      ops::Generator(seed).integers(-4, 9, {5}, TypeId::kInt8),
      ops::Generator(seed).standard_normal({2, 2}),
      ops::transpose(x, {1, 0}),
      ops::reshape(x, {2, -1}),
      ops::concatenate({x, x}, 1),
      ops::select(x, ops::compute("greater", {x, number(0)})),
      ops::take_rows(x, ops::arange({TypeId::kInt64, int64_t{0}}, {TypeId::kInt64, int64_t{1}}, 2)),
      ops::matmul(x, ops::transpose(x, {1, 0})),
      ops::gram(x),
      call(ops::eigh_op(), ops::EighAttrs{false}, {square}),
      call(ops::svd_op(), ops::SvdAttrs{true}, {x}),
      call(ops::qr_op(), ops::QrAttrs{}, {x}),
      call(ops::solve_op(), ops::SolveAttrs{}, {square, square}),
      call(ops::kmeans_op(), ops::KMeansAttrs{}, {x, mean, centers}),
      call(ops::kmeans_seeds_op(), ops::KMeansSeedsAttrs{false, 2, 4}, {x, draws}),
      call(ops::nearest_center_op(), ops::NearestCenterAttrs{}, {x, centers}),
      call(ops::scatter_op(), ops::ScatterAttrs{}, {x, mean}),
      ops::from_arrays({x}, {label("a"), Label(int64_t{2}), label("c"), Label(1.5)}),
  };
  all.push_back(ops::to_array(all.back()));
  for (const Op* op : all_ops()) {
    if (dynamic_cast<const OpOf<ops::ReduceAttrs>*>(op) != nullptr)
      all.push_back(ops::reduce(op->name(), x, {.axes = {1}, .keepdims = true, .ddof = 2}));
  }
  return all;
}

ops::GroupByAttrs sums() {
  ops::GroupByAttrs attrs;
  attrs.keys = {0, 1};
  attrs.dropna = false;
  attrs.aggregates = {{"sum", 2, 1, 3, label("v")}};
  return attrs;
}

std::vector<Expr> frame_examples(Engine& engine, const Files& files) {
  const Expr frame = frame_of(engine), other = frame_of(engine);
  const Expr mask = ops::compute("less", {series(frame, 2), number(1)});
  ops::JoinAttrs join{.how = ops::JoinHow::kLeft, .left_keys = {1}, .right_keys = {1}};
  join.left = {0, 2};
  join.right = {3};
  join.labels = {label("a"), Label(1.5), Label()};
  const Expr table =
      call(ops::join_table_op(), ops::JoinTableAttrs{{1}, {TypeId::kInt64}}, {other});
  const Expr groups = ops::group_by(frame, sums());
  ops::PivotAttrs pivot;
  pivot.keys = {{TypeId::kInt64, int64_t{1}}, {TypeId::kInt64, int64_t{2}}};
  pivot.columns = {Label(int64_t{1}), Label(int64_t{2})};
  pivot.fill = missing_scalar(TypeId::kFloat64);
  const Expr read = ops::read_parquet(files.parquet());
  return {
      ops::compute_each("add", {ops::project(frame, {.from = {1, 2}}), number(1)}),
      ops::zip({frame, mask}),
      ops::filter(frame, mask),
      ops::slice(frame, {-3, 4, 2}),
      call(ops::head_op(), ops::HeadAttrs{2}, {frame}),
      ops::row_labels(frame, label("row")),
      ops::concat_rows({frame, other}),
      groups,
      call(ops::pivot_op(), std::move(pivot), {groups}),
      call(ops::rebase_op(), ops::RebaseAttrs{1, 2, 4, true}, {frame}),
      call(ops::align_op(), ops::AlignAttrs{ops::AlignHow::kOuter},
           {ops::row_labels(frame), ops::row_labels(other)}),
      ops::sort(frame, {.keys = {1, 3}, .descending = {1, 0}, .missing_first = true}),
      ops::join(frame, other, join),
      call(ops::join_probe_op(), ops::ProbeAttrs{join, true}, {frame, table, other}),
      ops::running(frame, {.function = "max", .columns = {2}, .keys = {0}}),
      ops::shift(frame, {.columns = {1}, .periods = -2, .fill = {TypeId::kInt64, int64_t{9}}}),
      ops::rank(frame, {.columns = {2}, .method = "dense", .ascending = false}),
      ops::take(frame, series(frame, 1)),
      read,
      call(*find_op("load_parquet"), read.node->call.attrs, {}),
  };
}

struct Sent {
  std::string bytes;
  std::map<std::pair<uint64_t, uint64_t>, Ref<Value>> stored;
};

Sent sent(const std::vector<Expr>& roots) {
  Sent out{encode_graph(roots), {}};
  for (const Node* node : topological(roots)) {
    if (node->stored != nullptr) out.stored[{node->key.high, node->key.low}] = node->stored;
  }
  return out;
}

std::vector<Expr> received(const Sent& sent) {
  return decode_graph(sent.bytes, [&](const Key& key) -> Ref<Value> {
    const auto at = sent.stored.find({key.high, key.low});
    return at == sent.stored.end() ? nullptr : at->second;
  });
}

// A new operator without an example fails here.
TEST(Wire, EveryOperatorHasAnExampleThatSurvives) {
  register_all();
  Engine engine;
  const Files files;
  std::vector<Expr> examples = array_examples(engine, files);
  for (Expr& expr : frame_examples(engine, files)) examples.push_back(std::move(expr));
  std::set<std::string_view> seen;
  for (const Expr& expr : examples) {
    const Sent message = sent({expr});
    const Expr got = received(message)[0];
    EXPECT_EQ(got.node_key(), expr.node_key());
    EXPECT_EQ(encode_graph({got}), message.bytes) << expr.node->call.op->name();
    const auto before = topological({expr}), after = topological({got});
    ASSERT_EQ(after.size(), before.size());
    for (size_t i = 0; i < before.size(); ++i) {
      const Node& a = *before[i];
      const Node& b = *after[i];
      EXPECT_EQ(b.key, a.key);
      if (a.stored != nullptr) continue;
      const Op& op = *a.call.op;
      seen.insert(op.name());
      ASSERT_EQ(b.call.op, &op);
      EXPECT_EQ(b.call.attrs.bytes(), a.call.attrs.bytes()) << op.name();
      EXPECT_EQ(op.text(b.call.attrs), op.text(a.call.attrs)) << op.name();
      const std::vector<Meta> inferred = op.infer(b.call);
      ASSERT_EQ(inferred.size(), a.out.size()) << op.name();
      for (size_t k = 0; k < inferred.size(); ++k) {
        EXPECT_EQ(b.out[k]->text(), a.out[k]->text()) << op.name();
        EXPECT_EQ(inferred[k].text(), a.out[k]->text()) << op.name();
        EXPECT_EQ(b.out[k]->row_space, a.out[k]->row_space) << op.name();
      }
    }
  }
  for (const Op* op : all_ops())
    EXPECT_TRUE(seen.contains(op->name())) << op->name() << " has no example in this test";
}

TEST(Wire, AGraphThatWasSentRunsToTheSameAnswer) {
  register_all();
  Engine engine;
  const Expr frame = frame_of(engine);
  const Expr some =
      ops::filter(frame, ops::compute("greater", {series(frame, 1), Scalar{TypeId::kInt64, 1}}));
  const Expr groups = ops::group_by(some, sums());
  const auto expected = tharsis::testing::rows(*engine.run(groups));
  Engine there;
  const std::vector<Expr> both = received(sent({ops::group_by(some, sums()), some}));
  const auto values = there.run(both);
  EXPECT_EQ(tharsis::testing::rows(*values[0]), expected);
  EXPECT_EQ(values[1]->rows(), 2);
}

TEST(Wire, WhatIsCutOffOrForeignIsAStorageError) {
  register_all();
  Engine engine;
  const Expr frame = frame_of(engine);
  const Sent message = sent({ops::sort(frame, {.keys = {1}, .descending = {0}})});
  const auto refused = [&](const Sent& bad) {
    try {
      received(bad);
    } catch (const Error& error) {
      return error.code() == ErrorCode::kStorage;
    }
    return false;
  };
  for (size_t size = 0; size < message.bytes.size(); ++size)
    EXPECT_TRUE(refused({message.bytes.substr(0, size), message.stored})) << size;
  EXPECT_TRUE(refused({message.bytes + "x", message.stored}));
  EXPECT_TRUE(refused({message.bytes, {}})) << "a value that is not there";
  Sent foreign = message;
  foreign.bytes.replace(foreign.bytes.find("sort"), 4, "sirt");
  EXPECT_TRUE(refused(foreign));
  foreign = message;
  foreign.bytes[0] = 9;
  EXPECT_TRUE(refused(foreign));
}

TEST(Wire, AListThatClaimsMoreThanThereIsIsAStorageError) {
  register_all();
  Engine engine;
  const Expr sorted = ops::sort(frame_of(engine), {.keys = {1}, .descending = {0}});
  std::string bytes(topological({sorted}).back()->call.attrs.bytes());
  const Op& op = *topological({sorted}).back()->call.op;
  EXPECT_EQ(op.text(op.decode(bytes)), op.text(topological({sorted}).back()->call.attrs));
  for (const uint64_t size : {bytes.size(), size_t{1} << 31, size_t{1} << 32, SIZE_MAX}) {
    std::memcpy(bytes.data(), &size, sizeof(size));  // of the list of keys, which stands first
    try {
      op.decode(bytes);
      ADD_FAILURE() << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kStorage) << size;
      EXPECT_NE(error.message().find("items in"), std::string::npos) << error.message();
    }
  }
}

}  // namespace
}  // namespace tharsis::engine
