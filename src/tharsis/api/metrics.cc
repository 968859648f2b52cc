#include "tharsis/api/metrics.h"

#include <cmath>

#include "tharsis/api/frame.h"
#include "tharsis/base/error.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational.h"

namespace tharsis::api {
namespace {

// Rows of one score: how much weight is positive, how much there is in all.
struct Tie {
  double positive = 0;
  double all = 0;
};

// The scores from the highest to the lowest, rows of equal scores together. The engine groups and
// sorts; only distinct scores are walked here.
std::vector<Tie> ties(engine::Session& session, const Expr& truth, const Expr& score,
                      const Expr& weight) {
  const Expr wide = ops::cast(truth, TypeId::kFloat64);
  const Expr one = weight ? ops::cast(weight, TypeId::kFloat64)
                          : ops::constant(score, Scalar{TypeId::kFloat64, 1.0}, {});
  const Expr positive = ops::compute("multiply", {wide, one});
  const Expr frame = ops::zip({to_series(score, Label(std::string("score"))),
                               to_series(positive, Label(std::string("positive"))),
                               to_series(one, Label(std::string("all")))});
  const auto levels = static_cast<int64_t>(frame.meta().index_levels);
  ops::GroupByAttrs attrs;
  attrs.keys = {levels};
  attrs.dropna = false;
  attrs.aggregates = {{"sum", levels + 1, 1, 0, Label(std::string("positive"))},
                      {"sum", levels + 2, 1, 0, Label(std::string("all"))}};
  const Ref<Value> value = session.run(ops::group_by(frame, std::move(attrs)));
  std::vector<Tie> out;
  for (size_t c = value->chunks.size(); c-- > 0;) {
    const memory::Pin pin = value->chunks[c]->store().pin(value->chunks[c]);
    const Column positives = memory::flatten(pin->columns[1], pin->rows);
    const Column alls = memory::flatten(pin->columns[2], pin->rows);
    for (int64_t i = pin->rows; i-- > 0;) {
      out.push_back({positives.values<double>()[i], alls.values<double>()[i]});
    }
  }
  return out;
}

Tie total(const std::vector<Tie>& all) {
  Tie sum;
  for (const Tie& tie : all) {
    sum.positive += tie.positive;
    sum.all += tie.all;
  }
  return sum;
}

}  // namespace

double roc_auc(engine::Session& session, const Expr& truth, const Expr& score, const Expr& weight) {
  const std::vector<Tie> all = ties(session, truth, score, weight);
  const Tie sum = total(all);
  const double negatives = sum.all - sum.positive;
  if (sum.positive <= 0 || negatives <= 0) return std::nan("");
  double area = 0, below = 0;
  for (const Tie& tie : all) {
    area += (tie.all - tie.positive) * (below + tie.positive / 2);
    below += tie.positive;
  }
  return area / sum.positive / negatives;
}

double average_precision(engine::Session& session, const Expr& truth, const Expr& score,
                         const Expr& weight) {
  const std::vector<Tie> all = ties(session, truth, score, weight);
  const Tie sum = total(all);
  if (sum.positive <= 0) return 0;
  double precision = 0, positive = 0, seen = 0;
  for (const Tie& tie : all) {
    positive += tie.positive;
    seen += tie.all;
    if (seen > 0) precision += tie.positive / sum.positive * (positive / seen);
  }
  return precision;
}

}  // namespace tharsis::api
