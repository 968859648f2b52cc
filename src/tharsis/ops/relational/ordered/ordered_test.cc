#include <cmath>
#include <map>

#include "tharsis/engine/testing.h"
#include "tharsis/ops/relational/ordered.h"

namespace tharsis {
namespace {

using testing::Engine;
using testing::Series;

// Rows of a few groups, one of them of rows without a key, with gaps among the values.
struct Rows {
  std::vector<std::optional<int64_t>> keys, values;
  std::vector<Series> columns() const {
    return {testing::ints("k", keys), testing::ints("v", values)};
  }
};

Rows some_rows(int64_t n) {
  Rows out;
  for (int64_t i = 0; i < n; ++i) {
    out.keys.push_back(i % 11 == 0 ? std::nullopt : std::optional<int64_t>(i * i % 5));
    out.values.push_back(i % 7 == 3 ? std::nullopt : std::optional<int64_t>(i % 13 - 4));
  }
  return out;
}

ops::ScanAttrs scan_of(const std::string& function) {
  ops::ScanAttrs attrs;
  attrs.function = function;
  attrs.keys = {0};
  if (function != "cumcount") attrs.fields_of = {1};
  return attrs;
}

std::vector<std::string> run(const Rows& rows, ops::ScanAttrs attrs) {
  Engine engine;
  return testing::rows(*engine.run(ops::scan(engine.frame(rows.columns()), std::move(attrs))));
}

std::string cell(const std::optional<int64_t>& value) {
  const Series one = testing::ints("v", {value});
  return testing::cell(one.column, 0);
}

TEST(Scan, CountsTheRowsOfAGroupFromEitherEnd) {
  const Rows rows = some_rows(500);
  for (const bool reverse : {false, true}) {
    std::map<int64_t, int64_t> seen;
    std::vector<std::string> want(rows.keys.size());
    for (size_t k = 0; k < want.size(); ++k) {
      const size_t i = reverse ? want.size() - 1 - k : k;
      want[i] = cell(rows.keys[i] ? std::optional<int64_t>(seen[*rows.keys[i]]++) : std::nullopt);
    }
    ops::ScanAttrs attrs = scan_of("cumcount");
    attrs.reverse = reverse;
    EXPECT_EQ(run(rows, attrs), want);
  }
}

TEST(Scan, SumsSkipGapsAndRowsWithoutAKey) {
  const Rows rows = some_rows(500);
  std::map<int64_t, int64_t> sums;
  std::vector<std::string> want;
  for (size_t i = 0; i < rows.keys.size(); ++i) {
    const bool there = rows.keys[i] && rows.values[i];
    want.push_back(cell(there ? std::optional<int64_t>(sums[*rows.keys[i]] += *rows.values[i])
                              : std::nullopt));
  }
  EXPECT_EQ(run(rows, scan_of("cumsum")), want);
}

}  // namespace
}  // namespace tharsis
