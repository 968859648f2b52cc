#include "tharsis/api/column_moments.h"

#include <cmath>
#include <limits>

#include "tharsis/api/tensor.h"
#include "tharsis/base/error.h"

namespace tharsis::api {
namespace {

const Over kDown{.axes = {0}};

std::vector<double> doubles(const Ref<Value>& value) {
  const memory::PinnedArray array(*value);
  return {array.as<double>(), array.as<double>() + value->rows()};
}

std::vector<std::vector<double>> run(engine::Session& session, const std::vector<Tensor>& wanted) {
  std::vector<Expr> roots;
  for (const Tensor& tensor : wanted) roots.push_back(tensor.astype(TypeId::kFloat64).expr());
  std::vector<std::vector<double>> out;
  for (const Ref<Value>& value : session.run(roots)) out.push_back(doubles(value));
  return out;
}

ColumnMoments plain(engine::Session& session, const Tensor& x) {
  auto found = run(session, {apply("equal", {x, x}).reduce("count_nonzero", kDown),
                             x.reduce("nanmean", kDown), x.reduce("nanvar", kDown)});
  return {std::move(found[0]), std::move(found[1]), std::move(found[2])};
}

// The two passes of Chan, Golub & LeVeque: what rounding left in the mean is taken out of the
// squares.
ColumnMoments weighted(engine::Session& session, const Tensor& x, const Tensor& weight) {
  const Tensor there = apply("equal", {x, x});
  const Tensor rows = weight.astype(TypeId::kFloat64).reshape({-1, 1});
  auto sums = run(session, {(rows * there.astype(TypeId::kFloat64)).sum(kDown),
                            (rows * where(there, x, 0.0)).sum(kDown)});
  ColumnMoments out{std::move(sums[0]), std::move(sums[1]), {}};
  const auto columns = static_cast<int64_t>(out.count.size());
  for (int64_t j = 0; j < columns; ++j) out.mean[j] /= out.count[j];
  const Tensor mean = Tensor::from<double>(session, out.mean, {columns});
  const Tensor off = where(there, x - mean, 0.0);
  const auto squares = run(session, {(rows * off).sum(kDown), (rows * off * off).sum(kDown)});
  for (int64_t j = 0; j < columns; ++j) {
    const double rest = squares[0][j];
    const double variance = (squares[1][j] - rest * rest / out.count[j]) / out.count[j];
    out.variance.push_back(variance < 0 ? 0 : variance);
  }
  return out;
}

}  // namespace

// Chan, Golub & LeVeque, 1979.
void add_before(const ColumnMoments& before, ColumnMoments& now) {
  for (size_t j = 0; j < before.count.size(); ++j) {
    const double a = before.count[j], b = now.count[j];
    if (a == 0) continue;
    if (b == 0) {
      now.count[j] = a;
      now.mean[j] = before.mean[j];
      now.variance[j] = before.variance[j];
      continue;
    }
    const double all = a + b, delta = now.mean[j] - before.mean[j];
    now.mean[j] = before.mean[j] + delta * (b / all);
    now.variance[j] =
        (a * before.variance[j] + b * now.variance[j] + delta * delta * (a * b / all)) / all;
    now.count[j] = all;
  }
}

ColumnMoments column_moments(engine::Session& session, const Expr& x, const Expr& weight,
                             const ColumnMoments& before) {
  require(x.meta().shape.size() == 2 && x.meta().dtype.is_float(), ErrorCode::kShape,
          "column_moments: floats in rows and columns are taken, got {}", x.meta().text());
  const Tensor wide = Tensor(x).astype(TypeId::kFloat64);
  ColumnMoments now = weight ? weighted(session, wide, Tensor(weight)) : plain(session, wide);
  for (size_t j = 0; j < now.count.size(); ++j) {
    require(now.count[j] == 0 || std::isfinite(now.mean[j]), ErrorCode::kInvalidArgument,
            "Input X contains infinity or a value too large for dtype('{}').",
            x.meta().dtype.name());
    if (now.count[j] == 0) now.mean[j] = now.variance[j] = std::nan("");
  }
  require(before.count.empty() || before.count.size() == now.count.size(), ErrorCode::kShape,
          "column_moments: {} columns were seen before, now there are {}", before.count.size(),
          now.count.size());
  add_before(before, now);
  return now;
}

}  // namespace tharsis::api
