#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tharsis/engine/session.h"

namespace tharsis::testing {

/// One column of a frame that is written out in a test. Missing floats are NaN.
struct Series {
  std::string label;
  Column column;  // flat, owned
  int64_t rows = 0;
};

Series ints(std::string label, const std::vector<std::optional<int64_t>>& values,
            DType dtype = TypeId::kInt64);
Series floats(std::string label, const std::vector<double>& values);
Series bools(std::string label, const std::vector<std::optional<bool>>& values);
Series texts(std::string label, const std::vector<std::optional<std::string>>& values);
/// The same text as codes into a dictionary of its distinct values.
Series coded(const Series& texts);

struct FrameOptions {
  int64_t index_levels = 0;
  int64_t chunk_rows = INT64_MAX;
};

/// How a test runs: the knobs that must not change the answer.
struct EngineOptions {
  int workers = 2;
  int stores = 1;
  int64_t split_bytes = int64_t{4} << 20;
  int64_t batch_rows = kBatchRows;
  int64_t memory_limit = int64_t{4} << 30;
  bool spill_always = false;
  bool inline_small = false;  // small inputs on the thread of the caller
  std::vector<std::string> rules_off;
};

/// A session with knobs and a memory of what its runs did.
class Engine {
 public:
  explicit Engine(EngineOptions options = {});

  /// A stored leaf; columns are copied into chunks of `chunk_rows`.
  Expr frame(const std::vector<Series>& columns, FrameOptions options = {});

  Ref<Value> run(const Expr& root);
  std::vector<Ref<Value>> run(const std::vector<Expr>& roots);

  engine::Session& session() { return session_; }
  /// What the runs since the last `reset` did.
  const std::vector<engine::RunReport>& reports() const { return reports_; }
  void reset() { reports_.clear(); }
  int64_t spilled_bytes() const { return session_.spilled_bytes(); }
  int workers() const { return session_.workers(); }
  /// Splits that each store ran.
  std::vector<int64_t> splits_by_node() const;
  int64_t rows_read() const;
  /// Whether the rule changed the graph of one of the runs.
  bool fired(std::string_view rule) const;

 private:
  engine::Session session_;
  std::vector<engine::RunReport> reports_;
};

/// Rows as text, cells joined by "|": "1|a|nan", missing as "-".
std::vector<std::string> rows(const Value& value);
std::vector<std::string> sorted(std::vector<std::string> rows);

/// One cell of a stored frame as text.
std::string cell(const Column& column, int64_t row);

}  // namespace tharsis::testing
