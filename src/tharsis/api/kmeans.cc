#include "tharsis/api/kmeans.h"

#include <cmath>
#include <numeric>

#include "tharsis/api/row_panels.h"
#include "tharsis/api/tensor.h"
#include "tharsis/base/error.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/learn/panels.h"

namespace tharsis::api {
namespace {

using memory::PinnedArray;

// One matrix and all that its runs share.
class Fit {
 public:
  Fit(engine::Session& session, const Expr& x, const Expr& weight, const KMeansOptions& options)
      : session_(session), options_(options), panels_(stored_panels(session, x)), weight_(weight) {
    const Center center = center_of(session, panels_, true);
    require(center.rows >= options.clusters, ErrorCode::kInvalidArgument,
            "n_samples={} should be >= n_clusters={}.", center.rows, options.clusters);
    const auto columns = static_cast<int64_t>(center.mean.size());
    mean_ = Tensor::from<double>(session, center.mean, {columns}).astype(dtype()).expr();
    tolerance_ = options.tol *
                 std::accumulate(center.variance.begin(), center.variance.end(), 0.0) /
                 static_cast<double>(columns);
  }

  KMeansModel run(const Expr& start) {
    ops::KMeansAttrs attrs;
    attrs.weighted = static_cast<bool>(weight_);
    attrs.max_iter = options_.max_iter;
    attrs.tolerance = tolerance_;
    std::vector<Expr> inputs = with_weight();
    inputs.push_back(mean_);
    inputs.push_back(centers_of(start));
    const Ref<Node> node = call_node(ops::kmeans_op(), attrs, std::move(inputs));
    const std::vector<Expr> roots = {{node, 0}, {node, 1}, {node, 2}};
    const auto values = session_.run(roots);
    const PinnedArray facts(*values[2]);
    return {stored_leaf(values[0]), stored_leaf(values[1]), facts.as<double>()[0],
            std::llround(facts.as<double>()[1]), std::llround(facts.as<double>()[2])};
  }

 private:
  const DType& dtype() const { return panels_[0].meta().dtype; }

  std::vector<Expr> with_weight() const {
    std::vector<Expr> inputs = panels_;
    if (weight_) inputs.push_back(weight_);
    return inputs;
  }

  Expr centers_of(const Expr& start) {
    if (start.meta().shape.size() == 2) return Tensor(start).astype(dtype()).expr();
    if (start.meta().dtype.is_integer()) return rows_at(start);
    ops::KMeansSeedsAttrs attrs;
    attrs.weighted = static_cast<bool>(weight_);
    attrs.clusters = options_.clusters;
    attrs.trials = kmeans_trials(options_.clusters);
    std::vector<Expr> inputs = with_weight();
    inputs.push_back(start);
    return call(ops::kmeans_seeds_op(), attrs, std::move(inputs));
  }

  Expr rows_at(const Expr& positions) {
    std::vector<Ref<Value>> values;
    for (const Expr& panel : panels_) values.push_back(stored_value(panel));
    const ops::Panels rows(values);
    const auto wanted = Tensor(positions).values<int64_t>(session_);
    const auto count = static_cast<int64_t>(wanted.size());
    memory::ArrayRoom room(session_.store(), dtype(), count * rows.columns(), "rows of a matrix");
    for (int64_t i = 0; i < count; ++i) {
      require(wanted[i] >= 0 && wanted[i] < rows.rows(), ErrorCode::kIndex,
              "kmeans: row {} of {} to start from", wanted[i], rows.rows());
      rows.copy_row(wanted[i], room.data() + i * rows.columns() * room.width());
    }
    return stored_leaf(room.close({count, rows.columns()}));
  }

  engine::Session& session_;
  const KMeansOptions& options_;
  const std::vector<Expr> panels_;
  const Expr weight_;
  Expr mean_;
  double tolerance_ = 0;
};

// Whether the labels are the same but for their names.
bool same_clustering(const Expr& a, const Expr& b, int64_t clusters) {
  const PinnedArray first(*stored_value(a)), second(*stored_value(b));
  std::vector<int32_t> name(clusters, -1);
  for (int64_t i = 0; i < stored_value(a)->rows(); ++i) {
    int32_t& known = name[first.as<int32_t>()[i]];
    if (known == -1) known = second.as<int32_t>()[i];
    if (known != second.as<int32_t>()[i]) return false;
  }
  return true;
}

}  // namespace

int64_t kmeans_trials(int64_t clusters) {
  return 2 + static_cast<int64_t>(std::log(static_cast<double>(clusters)));
}

KMeansModel kmeans(engine::Session& session, const Expr& x, const Expr& weight,
                   const std::vector<Expr>& starts, const KMeansOptions& options) {
  require(!starts.empty(), ErrorCode::kInvalidArgument, "kmeans: nowhere to start from");
  Fit fit(session, x, weight, options);
  KMeansModel best = fit.run(starts[0]);
  for (size_t i = 1; i < starts.size(); ++i) {
    KMeansModel next = fit.run(starts[i]);
    if (next.inertia < best.inertia && !same_clustering(next.labels, best.labels, options.clusters))
      best = std::move(next);
  }
  return best;
}

Expr nearest_center(engine::Session& session, const Expr& x, const Expr& centers) {
  std::vector<Expr> labels;
  for (const Expr& panel : row_panels(session, x))
    labels.push_back(call(ops::nearest_center_op(), ops::NearestCenterAttrs{}, {panel, centers}));
  return labels.size() == 1 ? labels[0] : ops::concatenate(std::move(labels), 0);
}

double inertia(engine::Session& session, const Expr& x, const Expr& centers, const Expr& weight) {
  double sum = 0;
  int64_t row = 0;
  for (const Expr& panel : row_panels(session, x)) {
    ops::NearestCenterAttrs attrs;
    attrs.weighted = static_cast<bool>(weight);
    std::vector<Expr> inputs = {panel, centers};
    const int64_t rows = panel.meta().shape[0].size;
    ops::Index part;
    part.start = row;
    part.stop = row += rows;
    if (weight) inputs.push_back(ops::index(weight, {part}));
    const Expr found{call_node(ops::nearest_center_op(), attrs, std::move(inputs)), 1};
    sum += Tensor(found).values<double>(session)[0];
  }
  return sum;
}

}  // namespace tharsis::api
