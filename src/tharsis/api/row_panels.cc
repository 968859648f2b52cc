#include "tharsis/api/row_panels.h"

#include <algorithm>
#include <cmath>

#include "tharsis/api/column_moments.h"
#include "tharsis/api/tensor.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/bridge.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/linalg.h"

namespace tharsis::api {
namespace {

constexpr int64_t kPanelBytes = int64_t{256} << 20;

int64_t panel_bytes(engine::Session& session) {
  return std::min(session.budget_bytes() / 8, kPanelBytes);
}

// The columns of some chunks of a frame at a time.
std::vector<Expr> of_chunks(const Value& frame, const Node& node, int64_t bytes_max) {
  const auto columns = static_cast<int64_t>(frame.meta.num_fields());
  const int64_t row_bytes = columns * node.out[0]->dtype.width();
  std::vector<Expr> panels;
  for (size_t begin = 0; begin < frame.chunks.size();) {
    auto part = std::make_shared<Value>();
    part->meta = frame.meta;
    part->store = frame.store;
    size_t end = begin;
    do {
      part->add(frame.chunks[end++]);
    } while (end < frame.chunks.size() &&
             (part->rows() + frame.chunks[end]->rows()) * row_bytes <= bytes_max);
    part->meta.shape = {Dim{part->rows()}};
    part->meta.row_space = Key{};
    panels.push_back(call(ops::to_array_op(), node.call.attrs, {stored_leaf(std::move(part))}));
    begin = end;
  }
  return panels;
}

// A NaN or an infinity shows in the mean: then it is looked for, to name it.
void require_finite(engine::Session& session, const Expr& x, const std::vector<double>& mean) {
  if (std::all_of(mean.begin(), mean.end(), [](double value) { return std::isfinite(value); }))
    return;
  column_moments(session, x, {}, {});
  fail(ErrorCode::kInvalidArgument, "Input X contains NaN.");
}

}  // namespace

std::vector<Expr> row_panels(engine::Session& session, const Expr& x) {
  if (stored_value(x) != nullptr) return {x};
  if (x.node->call.op == &ops::to_array_op()) {
    const Ref<Value> frame = session.run(x.node->inputs[0]);
    const int64_t values = frame->rows() * static_cast<int64_t>(frame->meta.num_fields());
    const bool large = values * x.meta().dtype.width() > session.budget_bytes() / 4;
    return of_chunks(*frame, *x.node, large ? panel_bytes(session) : INT64_MAX);
  }
  const auto shape = sizes_if_known(x.meta());
  require(shape && shape->size() == 2, ErrorCode::kShape,
          "rows and columns of known lengths are taken, got {}", x.meta().text());
  const int64_t rows = (*shape)[0], row_bytes = (*shape)[1] * x.meta().dtype.width();
  if (rows * row_bytes <= session.budget_bytes() / 4) return {x};
  const int64_t block = ops::block_rows(rows, row_bytes);
  const int64_t step = std::max(panel_bytes(session) / row_bytes / block * block, block);
  std::vector<Expr> panels;
  for (int64_t begin = 0; begin < rows; begin += step) {
    ops::Index part;
    part.start = begin;
    part.stop = std::min(rows, begin + step);
    panels.push_back(ops::index(x, {part}));
  }
  return panels;
}

Expr times(engine::Session& session, const Expr& x, const Expr& matrix) {
  std::vector<Expr> parts;
  for (const Expr& panel : row_panels(session, x)) parts.push_back(ops::matmul(panel, matrix));
  return parts.size() == 1 ? parts[0] : ops::concatenate(std::move(parts), 0);
}

std::vector<Expr> stored_panels(engine::Session& session, const Expr& x) {
  std::vector<Expr> out;
  for (const Expr& panel : row_panels(session, x)) out.push_back(stored_leaf(session.run(panel)));
  return out;
}

Center center_of(engine::Session& session, const std::vector<Expr>& stored, bool with_variance) {
  const Over down{.axes = {0}};
  ColumnMoments all;
  int64_t rows = 0;
  for (const Expr& panel : stored) {
    const int64_t length = stored_value(panel)->meta.shape[0].size;
    require(length > 0, ErrorCode::kInvalidArgument,
            "Found array with 0 sample(s) while a minimum of 1 is required.");
    const Tensor wide = Tensor(panel).astype(TypeId::kFloat64);
    std::vector<Expr> roots = {wide.mean(down).expr()};
    if (with_variance) roots.push_back(wide.var(down).expr());
    session.run(roots);
    ColumnMoments now;
    now.mean = Tensor(roots[0]).values<double>(session);
    now.count.assign(now.mean.size(), static_cast<double>(length));
    now.variance.assign(now.mean.size(), 0.0);
    if (with_variance) now.variance = Tensor(roots[1]).values<double>(session);
    require_finite(session, panel, now.mean);
    add_before(all, now);
    all = std::move(now);
    rows += length;
  }
  return {std::move(all.mean), std::move(all.variance), rows};
}

}  // namespace tharsis::api
