// The engine from C++: a small frame, a group-by as an expression, and its value.

#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/relational.h"

namespace {

using tharsis::Batch;
using tharsis::Column;
using tharsis::Expr;
using tharsis::Label;
using tharsis::TypeId;

template <class T>
Column column_of(TypeId type, const std::vector<T>& values) {
  auto buffer = std::make_shared<tharsis::memory::Buffer>(values.size() * sizeof(T));
  std::memcpy(buffer->data(), values.data(), values.size() * sizeof(T));
  Column column;
  column.dtype = type;
  column.data = buffer->data();
  column.owner = std::move(buffer);
  return column;
}

// Five visits as a leaf of the graph.
Expr purchases(tharsis::engine::Session& session) {
  Batch batch;
  batch.rows = 5;
  batch.columns.push_back(column_of<int64_t>(TypeId::kInt64, {7, 9, 7, 7, 9}));
  batch.columns.push_back(column_of<double>(TypeId::kFloat64, {2.5, 15.0, 4.0, 6.0, 25.0}));
  const tharsis::Meta meta =
      tharsis::frame_meta({{Label(std::string("household")), TypeId::kInt64},
                           {Label(std::string("spend")), TypeId::kFloat64}},
                          /*index_levels=*/0, tharsis::Dim{batch.rows}, tharsis::fresh_key());
  std::vector<Batch> batches;
  batches.push_back(std::move(batch));
  return tharsis::stored_leaf(frame_value(session.store(), meta, std::move(batches)));
}

// Nothing is computed here: the call is checked and its columns and types are known.
Expr by_household(const Expr& visits) {
  tharsis::ops::GroupByAttrs attrs;
  attrs.keys = {0};
  attrs.aggregates = {{.function = "size", .label = Label(std::string("visits"))},
                      {.function = "sum", .field = 1, .label = Label(std::string("spend"))}};
  return tharsis::ops::group_by(visits, std::move(attrs));
}

void print(const tharsis::memory::Value& value) {
  for (const auto& chunk : value.chunks) {
    const tharsis::memory::Pin rows = chunk->store().pin(chunk);  // in memory while we look
    const auto* household = rows->columns[0].values<int64_t>();
    const auto* visits = rows->columns[1].values<int64_t>();
    const auto* spend = rows->columns[2].values<double>();
    for (int64_t i = 0; i < rows->rows; ++i) {
      fmt::print("household {}: {} visits, {:.2f}\n", household[i], visits[i], spend[i]);
    }
  }
}

}  // namespace

int main() {
  tharsis::engine::Session session({.memory_limit = int64_t{256} << 20});
  const Expr answer = by_household(purchases(session));
  fmt::print("{}\n\n", session.explain(std::span(&answer, 1)));
  print(*session.run(answer));
}
