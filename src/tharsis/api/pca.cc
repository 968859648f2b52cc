#include "tharsis/api/pca.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tharsis/api/row_panels.h"
#include "tharsis/api/tensor.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/linalg.h"

namespace tharsis::api {
namespace {

// The singular values of the centered rows, descending, and their right vectors as rows.
struct Spectrum {
  std::vector<double> singular, variance, vectors;
};

std::vector<double> doubles(engine::Session& session, const Expr& x) {
  return Tensor(x).astype(TypeId::kFloat64).values<double>(session);
}

// The outputs of a decomposition.
std::vector<Expr> outputs(const Op& op, Attrs attrs, const Expr& x) {
  const Ref<Node> node = call_node(op, std::move(attrs), {x});
  std::vector<Expr> out;
  for (uint16_t i = 0; i < node->out.size(); ++i) out.push_back({node, i});
  return out;
}

Spectrum of_covariance(engine::Session& session, const std::vector<Expr>& panels, const Expr& mean,
                       double divisor) {
  std::vector<Expr> inputs = panels;
  inputs.push_back(mean);
  const Expr scatter = call(ops::scatter_op(), ops::ScatterAttrs{}, std::move(inputs));
  const auto found = outputs(ops::eigh_op(), ops::EighAttrs{}, (Tensor(scatter) / divisor).expr());
  session.run(found);
  Spectrum out{{}, doubles(session, found[0]), {}};
  const auto columns = doubles(session, found[1]);
  const size_t n = out.variance.size();
  std::reverse(out.variance.begin(), out.variance.end());
  for (double& value : out.variance) {
    value = value < 0 ? 0 : value;  // rounding of what is none
    out.singular.push_back(std::sqrt(value * divisor));
  }
  out.vectors.resize(n * n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) out.vectors[i * n + j] = columns[j * n + (n - 1 - i)];
  }
  return out;
}

Spectrum of_rows(engine::Session& session, const Expr& x, const Expr& mean, double divisor) {
  const Tensor centered = Tensor(x) - Tensor(mean).astype(x.meta().dtype);
  const auto found = outputs(ops::svd_op(), ops::SvdAttrs{}, centered.expr());
  session.run(found);
  Spectrum out{doubles(session, found[1]), {}, doubles(session, found[2])};
  for (const double value : out.singular) out.variance.push_back(value * value / divisor);
  return out;
}

// The largest entry of each vector becomes positive: scikit-learn's svd_flip by the vectors.
void flip(std::vector<double>& vectors, size_t columns) {
  for (size_t begin = 0; begin < vectors.size(); begin += columns) {
    double* row = vectors.data() + begin;
    const double* largest = std::max_element(
        row, row + columns, [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (*largest >= 0) continue;
    for (size_t j = 0; j < columns; ++j) row[j] = -row[j];
  }
}

// So many that the variance they explain exceeds a share.
int64_t count_for(const std::vector<double>& ratio, double share) {
  double sum = 0;
  size_t i = 0;
  while (i < ratio.size() && (sum += ratio[i]) <= share) ++i;
  return std::min<int64_t>(static_cast<int64_t>(i) + 1, static_cast<int64_t>(ratio.size()));
}

}  // namespace

PcaModel pca(engine::Session& session, const Expr& x, PcaSolver solver, double keep) {
  const std::vector<Expr> panels = stored_panels(session, x);
  const Center center = center_of(session, panels, false);
  const auto columns = static_cast<int64_t>(center.mean.size());
  const int64_t most = std::min(center.rows, columns);
  require(keep >= 0 && keep <= static_cast<double>(most), ErrorCode::kInvalidArgument,
          "n_components={} must be between 0 and min(n_samples, n_features)={}", keep, most);
  require(solver == PcaSolver::kCovariance || panels.size() == 1, ErrorCode::kBudget,
          "PCA: an SVD needs all of {} in memory; svd_solver='covariance_eigh' does not",
          x.meta().text());
  const Expr mean = Tensor::from<double>(session, center.mean, {columns}).expr();
  const auto divisor = static_cast<double>(center.rows - 1);
  Spectrum spectrum = solver == PcaSolver::kCovariance
                          ? of_covariance(session, panels, mean, divisor)
                          : of_rows(session, panels[0], mean, divisor);
  flip(spectrum.vectors, static_cast<size_t>(columns));
  const auto& variance = spectrum.variance;
  const double total = std::accumulate(variance.begin(), variance.end(), 0.0);
  std::vector<double> ratio;
  for (const double value : variance) ratio.push_back(value / total);
  PcaModel out;
  out.count = keep > 0 && keep < 1 ? count_for(ratio, keep) : static_cast<int64_t>(keep);
  if (out.count < most) {
    const auto rest = static_cast<double>(variance.size()) - static_cast<double>(out.count);
    out.noise_variance = std::accumulate(variance.begin() + out.count, variance.end(), 0.0) / rest;
  }
  const auto first = [&](const std::vector<double>& values, const Shape& shape) {
    const auto size = static_cast<size_t>(
        std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>()));
    return Tensor::from<double>(session, std::span(values).first(size), shape)
        .astype(x.meta().dtype)
        .expr();
  };
  out.mean = first(center.mean, {columns});
  out.components = first(spectrum.vectors, {out.count, columns});
  out.variance = first(variance, {out.count});
  out.ratio = first(ratio, {out.count});
  out.singular = first(spectrum.singular, {out.count});
  return out;
}

}  // namespace tharsis::api
