#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <unordered_map>

#include "tharsis/base/error.h"
#include "tharsis/engine/test_matrix.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/groupby/group_state.h"
#include "tharsis/ops/relational/groupby/row_log.h"
#include "tharsis/ops/relational/groupby/standing_rows.h"
#include "tharsis/ops/relational/groupby/value_hash.h"
#include "tharsis/ops/relational/table.h"

namespace tharsis {
namespace {

using testing::Engine;
using testing::Series;

// Columns: small, text (of each chunk's own), wide, real, flag keys; then value columns.
enum Field : int64_t { kSmall, kText, kWide, kReal, kFlag, kInt, kDouble, kWord, kTime, kFields };

std::vector<Series> some_rows(int64_t n, uint64_t seed, int64_t groups) {
  std::mt19937_64 random(seed);
  std::vector<std::optional<int64_t>> small, wide, whole;
  std::vector<double> real, value;
  std::vector<std::optional<std::string>> text, word;
  std::vector<std::optional<bool>> flag;
  for (int64_t i = 0; i < n; ++i) {
    const auto g = static_cast<int64_t>(random() % static_cast<uint64_t>(groups));
    // The range drifts, so that tables widen their fields both ways.
    small.push_back(g % 17 == 0 ? std::nullopt
                                : std::optional<int64_t>(g % 2 ? g + i / 100 : -g - i / 50));
    text.push_back(g % 13 == 0
                       ? std::nullopt
                       : std::optional<std::string>(
                             (g % 3 ? "key " : "a key that is rather long ") + std::to_string(g)));
    const int64_t ends[] = {INT64_MIN, INT64_MAX, 0, -1};
    wide.push_back(g % 2 ? ends[g % 4] : g << 50);
    const double odd[] = {0.0, -0.0, NAN, 1e300};
    real.push_back(g % 3 ? static_cast<double>(g) / 4 : odd[random() % 4]);
    flag.push_back(g % 7 == 0 ? std::nullopt : std::optional<bool>(g % 2));
    whole.push_back(static_cast<int64_t>(random() % 1000) - 500);
    value.push_back(random() % 8 == 0 ? NAN : static_cast<double>(random() % 64) / 8);
    word.push_back(random() % 6 == 0 ? std::nullopt
                                     : std::optional<std::string>(std::string(random() % 30, 'x') +
                                                                  std::to_string(random() % 50)));
  }
  std::vector<Series> rows = {testing::ints("small", small),    testing::texts("text", text),
                              testing::ints("wide", wide),      testing::floats("real", real),
                              testing::bools("flag", flag),     testing::ints("int", whole),
                              testing::floats("double", value), testing::texts("word", word)};
  std::vector<std::optional<int64_t>> time(whole);
  for (size_t i = 0; i < time.size(); i += 5) time[i] = std::nullopt;
  rows.push_back(testing::ints("time", time, timestamp_type(TimeUnit::kNano)));
  return rows;
}

bool is_missing(const Column& column, int64_t row) {
  if (!column.valid(row)) return true;
  return column.dtype.is_float() && std::isnan(column.values<double>()[row]);
}

std::string key_cell(const Column& column, int64_t row) {
  if (is_missing(column, row)) return column.dtype.is_float() ? "nan" : "-";
  if (column.dtype.is_float()) return fmt::format("{}", column.values<double>()[row] + 0.0);
  return testing::cell(column, row);
}

double number_at(const Column& column, int64_t row) {
  return column.dtype.is_float() ? column.values<double>()[row]
                                 : static_cast<double>(column.values<int64_t>()[row]);
}

// To nine digits, of which the last is never decided by the order of additions: a number that lies
// between two texts is moved to one side.
std::string real_text(double value) { return fmt::format("{:.9g}", value * (1 + 3e-12) + 0.0); }

// What one aggregate says of the rows of one group.
std::string plain(const ops::Aggregate& aggregate, const std::vector<Series>& rows,
                  const std::vector<int64_t>& group) {
  const std::string& f = aggregate.function;
  if (f == "size") return std::to_string(group.size());
  const Column& column = rows[aggregate.field].column;
  std::vector<int64_t> present;
  for (const int64_t row : group) {
    if (!is_missing(column, row)) present.push_back(row);
  }
  const auto cell = [&](int64_t row) { return testing::cell(column, row); };
  const std::string none = column.dtype.is_float() ? "nan" : "-";
  if (f == "count") return std::to_string(present.size());
  if (f == "first_any" || f == "last_any") {
    const int64_t row = f == "first_any" ? group.front() : group.back();
    return is_missing(column, row) ? none : cell(row);
  }
  if (f == "first") return present.empty() ? none : cell(present.front());
  if (f == "last") return present.empty() ? none : cell(present.back());
  if (f == "nunique") {
    std::set<std::string> distinct;
    for (const int64_t row : present) distinct.insert(cell(row));
    return std::to_string(distinct.size());
  }
  if (f == "min" || f == "max") {
    if (present.empty()) return none;
    int64_t best = present[0];
    for (const int64_t row : present) {
      const bool less = column.dtype.is_string() ? cell(row) < cell(best)
                                                 : number_at(column, row) < number_at(column, best);
      const bool more = column.dtype.is_string() ? cell(best) < cell(row)
                                                 : number_at(column, best) < number_at(column, row);
      if (f == "min" ? less : more) best = row;
    }
    return cell(best);
  }
  std::vector<double> values;
  for (const int64_t row : present) values.push_back(number_at(column, row));
  double sum = 0;
  for (const double value : values) sum += value;
  const auto n = static_cast<double>(values.size());
  if (f == "sum") {
    if (static_cast<int64_t>(values.size()) < aggregate.min_count) return none;
    return column.dtype.is_float() ? real_text(sum) : std::to_string(static_cast<int64_t>(sum));
  }
  if (f == "prod") {
    double product = 1;
    for (const double value : values) product *= value;
    return real_text(n < static_cast<double>(aggregate.min_count) ? NAN : product);
  }
  if (f == "any" || f == "all") {
    bool any = false, all = true;
    for (const double value : values) {
      any |= value != 0;
      all &= value != 0;
    }
    return (f == "any" ? any : all) ? "true" : "false";
  }
  if (f == "mean") return real_text(values.empty() ? NAN : sum / n);
  if (f == "var" || f == "std" || f == "sem") {
    double squares = 0;
    for (const double value : values) squares += (value - sum / n) * (value - sum / n);
    const double variance = n > 1 ? squares / (n - 1) : NAN;
    return real_text(f == "var" ? variance : std::sqrt(f == "sem" ? variance / n : variance));
  }
  if (values.empty()) return "nan";
  std::sort(values.begin(), values.end());
  const double q = f == "median" ? 0.5 : aggregate.quantile;
  const double place = q * (n - 1);
  const auto low = static_cast<size_t>(place);
  const double high = low + 1 < values.size() ? values[low + 1] : values[low];
  return real_text(values[low] + (high - values[low]) * (place - static_cast<double>(low)));
}

std::vector<std::string> plain_group_by(const std::vector<Series>& rows,
                                        const ops::GroupByAttrs& attrs) {
  std::map<std::string, std::vector<int64_t>> groups;
  for (int64_t i = 0; i < rows[0].rows; ++i) {
    std::string key;
    bool missing = false;
    for (const int64_t field : attrs.keys) {
      missing |= is_missing(rows[field].column, i);
      key += key_cell(rows[field].column, i) + "|";
    }
    if (missing && attrs.dropna) continue;
    groups[key].push_back(i);
  }
  if (attrs.keys.empty() && groups.empty()) groups[""] = {};
  std::vector<std::string> out;
  for (const auto& [key, group] : groups) {
    std::string line = key;
    for (const ops::Aggregate& aggregate : attrs.aggregates)
      line += plain(aggregate, rows, group) + "|";
    line.pop_back();
    out.push_back(line);
  }
  return testing::sorted(out);
}

// Floats of answers to nine digits: sums depend on the order of their rows.
std::vector<std::string> rounded_rows(const Value& value, size_t keys) {
  std::vector<std::string> out;
  for (const auto& chunk : value.chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    for (int64_t row = 0; row < pin->rows; ++row) {
      std::string line;
      for (size_t i = 0; i < pin->columns.size(); ++i) {
        const Column& column = pin->columns[i];
        if (i > 0) line += "|";
        line += column.dtype.id == TypeId::kFloat64 && i >= keys && column.valid(row)
                    ? real_text(column.values<double>()[column.at(row)])
                    : testing::cell(column, row);
      }
      out.push_back(line);
    }
  }
  return out;
}

std::vector<ops::Aggregate> all_aggregates() {
  std::vector<ops::Aggregate> out;
  const auto add = [&](const char* function, int64_t field) {
    ops::Aggregate aggregate;
    aggregate.function = function;
    aggregate.field = field;
    aggregate.label = std::string(function);
    out.push_back(std::move(aggregate));
  };
  add("size", -1);
  for (const int64_t field : {kInt, kDouble}) {
    for (const char* f : {"sum", "mean", "count", "min", "max", "std", "var", "median", "nunique",
                          "first", "last", "first_any", "last_any", "any", "all", "quantile"})
      add(f, field);
    out.back().quantile = 0.3;
  }
  add("sem", kDouble);
  add("prod", kDouble);
  out.back().min_count = 2;
  for (const char* f : {"count", "min", "max", "nunique", "first", "last", "first_any", "last_any"})
    add(f, kWord);
  for (const char* f : {"min", "max", "first", "count"}) add(f, kTime);
  add("sum", kDouble);
  out.back().min_count = 3;
  return out;
}

// Without text, so that rows can be logged.
std::vector<ops::Aggregate> number_aggregates() {
  auto all = all_aggregates();
  std::erase_if(all, [](const ops::Aggregate& a) { return a.field == kWord; });
  return all;
}

// Puts test hooks back when the test is over.
struct Hooks {
  Hooks(bool log, bool collide) {
    ops::set_log_from(log ? 8 : int64_t{1} << 40);
    ops::set_standing_part_rows(300);
    ops::set_hash_mask(collide ? 0xC000000000000003ull : ~uint64_t{0});
  }
  ~Hooks() {
    ops::set_log_from(int64_t{1} << 17);
    ops::set_standing_part_rows(int64_t{1} << 15);
    ops::set_hash_mask(~uint64_t{0});
  }
};

Expr grouped(const Expr& frame, ops::GroupByAttrs attrs) {
  return call(ops::group_by_op(), std::move(attrs), {frame});
}

struct GroupByCase {
  int64_t groups = 0;
  ops::GroupByAttrs attrs;
  std::vector<std::string> expected;
};

// Few groups and many, over these rows.
const std::vector<Series>& rows_of(int64_t groups) {
  static const auto few = some_rows(2500, 16, 9), many = some_rows(2500, 3007, 3000);
  return groups == 9 ? few : many;
}

std::vector<GroupByCase> group_by_cases() {
  const std::vector<std::vector<int64_t>> key_sets = {{kSmall},
                                                      {kText},
                                                      {kReal},
                                                      {kFlag, kText},
                                                      {kWide},
                                                      {kWide, kReal, kText},
                                                      {kText, kSmall, kFlag},
                                                      {}};
  std::vector<GroupByCase> out;
  for (const int64_t groups : {9, 3000}) {
    for (const auto& keys : key_sets) {
      for (const bool dropna : {true, false}) {
        for (const bool numbers : {true, false}) {
          GroupByCase& one = out.emplace_back();
          one.groups = groups;
          one.attrs.keys = keys;
          one.attrs.dropna = dropna;
          one.attrs.aggregates = numbers ? number_aggregates() : all_aggregates();
          one.expected = plain_group_by(rows_of(groups), one.attrs);
        }
      }
    }
  }
  return out;
}

class GroupByCells : public ::testing::TestWithParam<testing::Cell> {};

// The cell's own switches: whether rows are logged, and whether hashes collide.
TEST_P(GroupByCells, EqualALoop) {
  static const std::vector<GroupByCase> cases = group_by_cases();
  const Hooks hooks(GetParam().own[0] != 0, GetParam().own[1] != 0);
  testing::CellEngine engine(GetParam());
  const Expr few = engine.frame(rows_of(9)), many = engine.frame(rows_of(3000));
  for (size_t i = 0; i < cases.size(); ++i) {
    // Where every batch is written out, which is slow, a cell takes half of the cases, well mixed.
    if (GetParam().spill == 1 && (std::popcount(i) + GetParam().threads) % 2 == 0) continue;
    const GroupByCase& one = cases[i];
    const auto& keys = one.attrs.keys;
    const auto value = engine.run(grouped(one.groups == 9 ? few : many, one.attrs));
    const auto got = testing::sorted(rounded_rows(*value, keys.size()));
    ASSERT_EQ(got.size(), one.expected.size());
    const auto differs = std::ranges::mismatch(got, one.expected);
    ASSERT_EQ(differs.in1, got.end())
        << *differs.in1 << "\nis not\n"
        << *differs.in2 << "\nfirst key " << (keys.empty() ? -1 : keys[0]) << " of " << keys.size()
        << " dropna " << one.attrs.dropna << " groups " << one.groups;
  }
  EXPECT_EQ(engine.without_effect(testing::SinkKind::kGroupBy), "");
}

INSTANTIATE_TEST_SUITE_P(Matrix, GroupByCells, ::testing::ValuesIn(testing::cells()),
                         [](const auto& test) { return test.param.name(); });

TEST(GroupBy, GroupsComeSortedOrInTheOrderOfTheirFirstRows) {
  Engine engine({.split_bytes = 1 << 10});
  const Expr frame = engine.frame(
      {testing::ints("k", {3, 1, 3, std::nullopt, 2, 1}), testing::ints("v", {1, 2, 3, 4, 5, 6})},
      {.chunk_rows = 2});
  ops::GroupByAttrs attrs;
  attrs.keys = {0};
  attrs.dropna = false;
  ops::Aggregate sum;
  sum.function = "sum";
  sum.field = 1;
  attrs.aggregates = {sum};
  EXPECT_EQ(testing::rows(*engine.run(ops::group_by(frame, attrs))),
            (std::vector<std::string>{"1|8", "2|5", "3|4", "-|4"}));
  attrs.sort = false;
  EXPECT_EQ(testing::rows(*engine.run(ops::group_by(frame, attrs))),
            (std::vector<std::string>{"3|4", "1|8", "-|4", "2|5"}));
}

// Many groups in the order of their first rows: logged, spilled, and on several stores.
TEST(GroupBy, ManyGroupsKeepTheOrderOfTheirFirstRows) {
  constexpr int64_t kRows = 60'000;
  std::mt19937_64 random(3);
  std::vector<std::optional<int64_t>> k, v;
  std::map<int64_t, int64_t> sums;
  std::vector<int64_t> order;
  for (int64_t i = 0; i < kRows; ++i) {
    const auto key = static_cast<int64_t>(random() % 50'000) * 7;
    if (sums.try_emplace(key, 0).second) order.push_back(key);
    sums[key] += i;
    k.push_back(key);
    v.push_back(i);
  }
  std::vector<std::string> expected;
  for (const int64_t key : order) expected.push_back(fmt::format("{}|{}", key, sums[key]));
  ops::GroupByAttrs attrs;
  attrs.keys = {0};
  attrs.sort = false;
  ops::Aggregate sum;
  sum.function = "sum";
  sum.field = 1;
  attrs.aggregates = {sum};
  struct Way {
    int stores = 1;
    bool spill = false;
    bool log = true;
  };
  for (const Way& way : {Way{}, Way{.spill = true}, Way{.stores = 3}, Way{.log = false}}) {
    const Hooks hooks(way.log, false);
    Engine engine({.workers = 3,
                   .stores = way.stores,
                   .split_bytes = 1 << 16,
                   .batch_rows = 1000,
                   .spill_always = way.spill});
    const Expr frame =
        engine.frame({testing::ints("k", k), testing::ints("v", v)}, {.chunk_rows = 5000});
    ASSERT_EQ(testing::rows(*engine.run(ops::group_by(frame, attrs))), expected);
  }
}

// Nearly every row is a group of its own. Groups come in the order of their first rows, whose
// values, and those of the few others, stand in tables and in logs; keys and values may be missing.
TEST(GroupBy, NearlyDistinctRowsStandInTheirOrder) {
  constexpr int64_t kRows = 50'000;
  std::mt19937_64 random(11);
  std::vector<std::optional<std::string>> text;
  std::vector<std::optional<int64_t>> number, value;
  for (int64_t i = 0; i < kRows; ++i) {
    const bool again = i > 0 && random() % 50 == 0;
    const auto from = again ? static_cast<int64_t>(random() % static_cast<uint64_t>(i)) : i;
    text.push_back(from % 11 == 0
                       ? std::nullopt
                       : std::optional("a name longer than twelve " + std::to_string(from % 300)));
    number.emplace_back(from * 37 % 60'000);
    value.push_back(i % 7 == 0 ? std::nullopt : std::optional(i));
  }
  struct Group {
    int64_t sum = 0, size = 0, last = -1;
  };
  ops::GroupByAttrs attrs;
  attrs.keys = {0, 1};
  attrs.sort = false;
  for (const char* function : {"sum", "size", "last"}) {
    ops::Aggregate& aggregate = attrs.aggregates.emplace_back();
    aggregate.function = function;
    aggregate.field = aggregate.function == "size" ? -1 : 2;
  }
  for (const bool dropna : {false, true}) {
    std::map<std::string, Group> groups;
    std::vector<std::string> order, expected;
    for (int64_t i = 0; i < kRows; ++i) {
      if (dropna && !text[i]) continue;
      const std::string key = text[i].value_or("-") + "|" + std::to_string(*number[i]);
      Group& group = groups[key];
      if (group.size++ == 0) order.push_back(key);
      if (!value[i]) continue;
      group.sum += *value[i];
      group.last = *value[i];
    }
    for (const std::string& key : order) {
      const Group& group = groups[key];
      expected.push_back(fmt::format("{}|{}|{}|{}", key, group.sum, group.size,
                                     group.last < 0 ? "-" : std::to_string(group.last)));
    }
    ASSERT_LT(order.size(), kRows - 500);
    attrs.dropna = dropna;
    for (const int workers : {1, 3}) {
      const Hooks hooks(true, false);
      Engine engine({.workers = workers, .split_bytes = 1 << 14, .batch_rows = 500});
      const Expr frame = engine.frame(
          {testing::texts("t", text), testing::ints("n", number), testing::ints("v", value)},
          {.chunk_rows = 3000});
      const auto result = engine.run(ops::group_by(frame, attrs));
      ASSERT_EQ(testing::rows(*result), expected) << workers << " workers, dropna " << dropna;
      // Nobody read the groups again to sort them, only to hand them out.
      EXPECT_EQ(engine.rows_read(), kRows + static_cast<int64_t>(order.size()));
    }
  }
}

// The same where memory has no room: inputs of logged rows go to the disk and come back, also those
// of the rows that repeat a key, and the answer, which goes there too, is not read to be sorted.
TEST(GroupBy, NearlyDistinctRowsStandWhereMemoryIsScarce) {
  constexpr int64_t kRows = 600'000;
  std::mt19937_64 random(12);
  std::vector<std::optional<int64_t>> key, value;
  std::unordered_map<int64_t, size_t> groups;
  std::vector<std::array<int64_t, 3>> expected;  // key, sum, last
  for (int64_t i = 0; i < kRows; ++i) {
    const bool again = i > 0 && random() % 30 == 0;
    const auto from = again ? static_cast<int64_t>(random() % static_cast<uint64_t>(i)) : i;
    key.emplace_back(from * 37);
    value.push_back(i % 7 == 0 ? std::nullopt : std::optional(i));
    const auto [at, fresh] = groups.try_emplace(from * 37, expected.size());
    if (fresh) expected.push_back({from * 37, 0, -1});
    if (i % 7 == 0) continue;
    expected[at->second][1] += i;
    expected[at->second][2] = i;
  }
  ops::GroupByAttrs attrs;
  attrs.keys = {0};
  attrs.sort = false;
  for (const char* function : {"sum", "last"}) {
    ops::Aggregate& aggregate = attrs.aggregates.emplace_back();
    aggregate.function = function;
    aggregate.field = 1;
  }
  const Hooks hooks(true, false);
  Engine engine({.workers = 2, .split_bytes = 1 << 18, .batch_rows = 4096});
  const Expr frame =
      engine.frame({testing::ints("k", key), testing::ints("v", value)}, {.chunk_rows = 50'000});
  engine.session().set_memory_limit(20 << 20);
  const auto result = engine.run(ops::group_by(frame, attrs));
  ASSERT_EQ(result->rows(), std::ssize(expected));
  int64_t row = 0;
  for (const auto& chunk : result->chunks) {
    const memory::Pin pin = chunk->store().pin(chunk);
    for (int64_t i = 0; i < pin->rows; ++i, ++row) {
      ASSERT_EQ(pin->columns[0].values<int64_t>()[i], expected[row][0]) << row;
      ASSERT_EQ(pin->columns[1].values<int64_t>()[i], expected[row][1]) << row;
      ASSERT_EQ(pin->columns[2].valid(i), expected[row][2] >= 0) << row;
      if (expected[row][2] < 0) continue;
      ASSERT_EQ(pin->columns[2].values<int64_t>()[i], expected[row][2]) << row;
    }
  }
  EXPECT_EQ(engine.rows_read(), kRows);  // nobody read the groups
  EXPECT_GT(engine.spilled_bytes(), 0);
}

// A log whose inputs are on the disk deals the same rows as one that has them.
TEST(RowLog, SpilledInputsComeBack) {
  memory::Budget budget(int64_t{1} << 30);
  memory::Store store(budget, ::testing::TempDir());
  memory::Arena arena(budget);
  const CancelToken cancel;
  Worker worker{store, arena, cancel};
  constexpr int64_t kRows = 3 * ops::LogBlock::kRows + 77, kStep = 1000;
  std::vector<int64_t> keys(kRows), values(kRows);
  std::vector<uint8_t> bits(kRows / 8 + 1, 0xB7);
  for (int64_t i = 0; i < kRows; ++i) {
    keys[i] = i * 7919 % kRows;
    values[i] = i * i;
  }
  const auto dealt = [&](bool spill) {
    ops::RowLog log({TypeId::kInt64});
    auto space = std::make_shared<ops::KeySpace>(std::vector<DType>{TypeId::kInt64});
    for (int64_t begin = 0; begin < kRows; begin += kStep) {
      const memory::ArenaScope scope(arena);
      const int64_t n = std::min(kStep, kRows - begin);
      Column key, value;
      key.dtype = value.dtype = TypeId::kInt64;
      key.data = keys.data() + begin;
      value.data = values.data() + begin;
      value.validity = bits.data();
      value.validity_offset = begin;
      auto* packed = arena.take_as<uint64_t>(n);
      bool any = false;
      EXPECT_TRUE(space->pack({&key, 1}, n, arena, packed, &any));
      log.append(space, packed, {&value, 1}, n, begin, nullptr);
      if (spill && begin == 20'000) {
        const int64_t before = log.bytes();
        EXPECT_TRUE(log.inputs_are_worth_it());
        EXPECT_TRUE(log.spill_inputs(worker));
        EXPECT_TRUE(log.on_disk());
        EXPECT_LT(log.bytes(), before);
        EXPECT_FALSE(log.inputs_are_worth_it());
        EXPECT_FALSE(log.spill_inputs(worker));
      }
    }
    std::vector<std::string> out;
    while (log.rows() > 0) {
      const ops::DealtRows some = log.deal(4, 20'000);
      for (int64_t i = 0; i < some.rows(); ++i) {
        const Column& value = some.batch->columns[2];
        out.push_back(fmt::format("{} {} {}", some.batch->columns[0].values<uint64_t>()[i],
                                  some.batch->columns[1].values<int64_t>()[i],
                                  value.valid(i) ? value.values<int64_t>()[i] : -1));
      }
    }
    EXPECT_EQ(log.bytes(), 0);
    std::sort(out.begin(), out.end());
    return out;
  };
  EXPECT_EQ(std::ssize(dealt(true)), kRows);
  EXPECT_EQ(dealt(true), dealt(false));
}

// Many groups of few texts: the answer holds codes into one dictionary, also of missing texts.
TEST(GroupBy, FewTextsOfManyGroupsAreCodes) {
  constexpr int64_t kRows = 140'000;  // more than one part whoever works
  std::vector<std::optional<std::string>> text;
  std::vector<std::optional<int64_t>> number;
  std::vector<std::string> expected;
  for (int64_t i = 0; i < kRows; ++i) {
    const int64_t t = i * 7 % 31;
    text.push_back(t == 0 ? std::nullopt
                          : std::optional("a rather long name " + std::to_string(t)));
    number.emplace_back(kRows - i);
    expected.push_back((t == 0 ? "-" : *text.back()) + "|" + std::to_string(kRows - i) + "|1");
  }
  ops::GroupByAttrs attrs;
  attrs.keys = {0, 1};
  attrs.dropna = false;
  attrs.sort = false;
  ops::Aggregate size;
  size.function = "size";
  attrs.aggregates = {size};
  for (const bool log : {false, true}) {
    const Hooks hooks(log, false);
    Engine engine({.workers = 3, .split_bytes = 1 << 16});
    const Expr frame =
        engine.frame({testing::texts("t", text), testing::ints("n", number)}, {.chunk_rows = 7000});
    const auto value = engine.run(ops::group_by(frame, attrs));
    EXPECT_EQ(testing::rows(*value), expected);
    for (const auto& chunk : value->chunks)
      EXPECT_EQ(chunk->store().pin(chunk)->columns[0].encoding, Encoding::kDictionary);
  }
}

// Each chunk has a dictionary and a range of its own, and each store sees others of them.
TEST(GroupBy, StoresWithDifferentDictionariesAndRanges) {
  constexpr int64_t kChunk = 20'000;
  std::vector<std::optional<std::string>> text;
  std::vector<std::optional<int64_t>> number, one;
  for (int64_t i = 0; i < 9 * kChunk; ++i) {
    const int64_t chunk = i / kChunk;
    text.emplace_back("name " + std::to_string((i * (chunk + 3)) % 37 + chunk));
    number.emplace_back((chunk % 2 ? 1'000'000 : -5) + i % 11);
    one.emplace_back(1);
  }
  const std::vector<Series> plain = {testing::texts("t", text), testing::ints("n", number),
                                     testing::ints("one", one)};
  ops::GroupByAttrs attrs;
  attrs.keys = {0, 1};
  ops::Aggregate sum;
  sum.function = "sum";
  sum.field = 2;
  attrs.aggregates = {sum};
  const auto expected = plain_group_by(plain, attrs);
  Engine engine({.workers = 3, .stores = 3, .split_bytes = 1 << 13});
  std::vector<Expr> parts;
  for (int64_t chunk = 0; chunk < 9; ++chunk) {
    const auto slice = [&](auto& list) {
      return std::vector(list.begin() + chunk * kChunk, list.begin() + (chunk + 1) * kChunk);
    };
    parts.push_back(
        engine.frame({testing::coded(testing::texts("t", slice(text))),
                      testing::ints("n", slice(number)), testing::ints("one", slice(one))}));
  }
  // A busy machine may let one store do it all: asked again until each had a share.
  const auto idle = [&] {
    const auto splits = engine.splits_by_node();
    return std::find(splits.begin(), splits.end(), 0) != splits.end();
  };
  for (int run = 0; run < 100 && (run < 3 || idle()); ++run) {
    const auto value = engine.run(grouped(ops::concat_rows(parts), attrs));
    ASSERT_EQ(testing::sorted(testing::rows(*value)), testing::sorted(expected));
  }
  EXPECT_FALSE(idle());
  EXPECT_GT(engine.reports().back().wire_bytes, 0);
}

TEST(GroupBy, MoreGroupsThanMemoryHolds) {
  constexpr int64_t kRows = 1'500'000;
  std::vector<std::optional<int64_t>> k(kRows), v(kRows);
  for (int64_t i = 0; i < kRows; ++i) {
    k[i] = i * 7919 % 700'001;
    v[i] = 1;
  }
  for (const bool log : {false, true}) {
    const Hooks hooks(log, false);
    // States go to disk several times, and rows are logged again after each.
    Engine engine({.workers = 2, .batch_rows = 4096, .memory_limit = 30 << 20});
    const Expr frame =
        engine.frame({testing::ints("k", k), testing::ints("v", v)}, {.chunk_rows = 50'000});
    ops::GroupByAttrs attrs;
    attrs.keys = {0};
    ops::Aggregate sum;
    sum.function = "sum";
    sum.field = 1;
    attrs.aggregates = {sum, sum, sum};
    const auto value = engine.run(grouped(frame, attrs));
    EXPECT_EQ(value->rows(), 700'001);
    EXPECT_GT(engine.spilled_bytes(), 0);
    int64_t total = 0;
    for (const auto& chunk : value->chunks) {
      const memory::Pin pin = chunk->store().pin(chunk);
      for (int64_t i = 0; i < pin->rows; ++i) total += pin->columns[1].values<int64_t>()[i];
    }
    EXPECT_EQ(total, kRows);
  }
}

TEST(GroupBy, OverNoRows) {
  Engine engine;
  const Expr empty = engine.frame({testing::ints("k", {}), testing::floats("v", {})});
  ops::GroupByAttrs attrs;
  ops::Aggregate aggregate;
  aggregate.field = 1;
  for (const char* f : {"sum", "count", "mean", "max", "median"}) {
    aggregate.function = f;
    attrs.aggregates.push_back(aggregate);
  }
  EXPECT_EQ(testing::rows(*engine.run(ops::group_by(empty, attrs))),
            std::vector<std::string>{"0|0|nan|nan|nan"});
  attrs.keys = {0};
  EXPECT_EQ(engine.run(ops::group_by(empty, attrs))->rows(), 0);
}

TEST(GroupBy, FunctionsWithoutMeaningAreErrorsAtOnce) {
  Engine engine;
  const Expr frame = engine.frame({testing::texts("t", {"a"})});
  ops::GroupByAttrs attrs;
  ops::Aggregate aggregate;
  aggregate.function = "mean";
  aggregate.field = 0;
  attrs.aggregates = {aggregate};
  EXPECT_THROW(ops::group_by(frame, attrs), Error);
}

}  // namespace
}  // namespace tharsis
