#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tharsis/base/error.h"
#include "tharsis/kernels/nearest.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/learn/panels.h"

namespace tharsis::ops {
namespace {

using Block = Panels::Block;
using memory::ArrayRoom;
using memory::PinnedArray;

// Greedy k-means++, draw by draw as scikit-learn's: of some candidates, drawn by their weighted
// squared distance from the rows chosen so far, the one that lowers the sum of these most. A round
// reads the rows once: distances from the row chosen last are taken together with those from the
// next candidates, and what a draw needs before that is made for its block alone.
template <class T>
class Seeds {
 public:
  Seeds(Driver& driver, const Panels& panels, const T* weight, int64_t trials)
      : driver_(driver),
        panels_(panels),
        weight_(weight),
        trials_(trials),
        columns_(panels.columns()),
        closest_(driver, panels.rows(), "distances of k-means++"),
        candidates_(driver, trials * columns_, "candidates of k-means++"),
        totals_(driver, panels.blocks() * trials * kernels::kTotalLanes, "sums of k-means++"),
        blocks_(driver, panels.blocks(), "sums of k-means++") {
    std::fill_n(closest_.data(), panels.rows(), std::numeric_limits<T>::infinity());
  }

  void choose(const double* draws, int64_t clusters, T* out) {
    panels_.copy_row(first(*draws++), candidates_.data());
    round(nullptr, 1, out);
    for (int64_t c = 1; c < clusters; ++c, draws += trials_) {
      const T* last = out + (c - 1) * columns_;
      for (int64_t i = 0; i < trials_; ++i)
        panels_.copy_row(drawn(draws[i] * total_, last), candidates_.data() + i * columns_);
      round(last, trials_, out + c * columns_);
    }
  }

 private:
  // The first row whose share of the weights, summed up to it, exceeds the draw.
  int64_t first(double draw) const {
    const int64_t rows = panels_.rows();
    if (weight_ == nullptr)
      return std::min(static_cast<int64_t>(draw * static_cast<double>(rows)), rows - 1);
    double all = 0, sum = 0;
    for (int64_t i = 0; i < rows; ++i) all += static_cast<double>(weight_[i]);
    for (int64_t i = 0; i < rows; ++i) {
      sum += static_cast<double>(weight_[i]);
      if (sum / all > draw) return i;
    }
    return rows - 1;
  }

  // The first row up to which the distances sum to `target`. `last` is not yet in the distances.
  int64_t drawn(double target, const T* last) {
    double sum = 0;
    int64_t index = 0;
    while (index + 1 < panels_.blocks() && sum + blocks_.data()[index] < target)
      sum += blocks_.data()[index++];
    int64_t found = 0;
    panels_.one(index, [&](const Block& block) {
      std::vector<T> scratch(columns_ * kernels::PointLoops<T>::kScratch + 64);
      auto* aligned =
          reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(scratch.data()) + 63) / 64 * 64);
      loops_.candidates(static_cast<const T*>(block.points), block.rows, columns_, last, nullptr, 0,
                        weight_from(block.row), aligned, closest_.data() + block.row, nullptr);
      found = block.row;
      const int64_t end = block.row + block.rows;
      while (found < end && (sum += weighted(found)) < target) ++found;
      found = std::min(found, panels_.rows() - 1);
    });
    return found;
  }

  double weighted(int64_t row) {
    const auto distance = static_cast<double>(closest_.data()[row]);
    return weight_ == nullptr ? distance : distance * static_cast<double>(weight_[row]);
  }

  // Chooses among the candidates.
  void round(const T* last, int64_t count, T* chosen) {
    const int64_t lanes = count * kernels::kTotalLanes;
    std::vector<double> sums(count, 0.0);
    panels_.each(
        driver_,
        [&](const Block& block, Worker& worker) {
          double* totals = totals_.data() + block.index * lanes;
          std::fill_n(totals, lanes, 0.0);
          auto* scratch = worker.arena.take_as<T>(columns_ * kernels::PointLoops<T>::kScratch);
          loops_.candidates(static_cast<const T*>(block.points), block.rows, columns_, last,
                            candidates_.data(), count, weight_from(block.row), scratch,
                            closest_.data() + block.row, totals);
        },
        [](int) {});
    for (int64_t block = 0; block < panels_.blocks(); ++block) {
      for (int64_t c = 0; c < count; ++c) sums[c] += total(block, c, lanes);
    }
    const auto best = std::min_element(sums.begin(), sums.end()) - sums.begin();
    for (int64_t block = 0; block < panels_.blocks(); ++block)
      blocks_.data()[block] = total(block, best, lanes);
    total_ = sums[best];
    std::copy_n(candidates_.data() + best * columns_, columns_, chosen);
  }

  double total(int64_t block, int64_t candidate, int64_t lanes) {
    const double* at = totals_.data() + block * lanes + candidate * kernels::kTotalLanes;
    return ((at[0] + at[1]) + (at[2] + at[3])) + ((at[4] + at[5]) + (at[6] + at[7]));
  }

  const T* weight_from(int64_t row) const { return weight_ == nullptr ? nullptr : weight_ + row; }

  const kernels::PointLoops<T>& loops_ = kernels::point_loops<T>();
  Driver& driver_;
  const Panels& panels_;
  const T* weight_;
  const int64_t trials_;
  const int64_t columns_;
  Counted<T> closest_;  // squared distance from the nearest row chosen, without the last one
  Counted<T> candidates_;
  Counted<double> totals_;  // per block, candidate and lane
  Counted<double> blocks_;  // per block, of the rows chosen
  double total_ = 0;
};

class KMeansSeeds final : public OpOf<KMeansSeedsAttrs> {
 public:
  std::string_view name() const override { return "kmeans_seeds"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const KMeansSeedsAttrs& attrs = of(call);
    const Meta rows = panels_meta(call, panels_of(call), "kmeans_seeds");
    require(attrs.clusters >= 1 && rows.shape[0].size >= attrs.clusters,
            ErrorCode::kInvalidArgument, "n_samples={} should be >= n_clusters={}.",
            rows.shape[0].size, attrs.clusters);
    const Dim draws{1 + (attrs.clusters - 1) * attrs.trials};
    check(attrs.trials >= 1 && call.in.back()->dtype.id == TypeId::kFloat64 &&
              call.in.back()->shape == std::vector<Dim>{draws},
          "kmeans_seeds: one draw for the first row and some for each other");
    return {tensor_meta(rows.dtype, {Dim{attrs.clusters}, rows.shape[1]})};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const KMeansSeedsAttrs& attrs = of(call);
    const Panels panels(inputs.subspan(0, panels_of(call)));
    const PinnedArray draws(*inputs.back());
    std::vector<PinnedArray> weight;
    if (attrs.weighted) weight.emplace_back(*inputs[inputs.size() - 2]);
    ArrayRoom room(driver.store(), panels.dtype(), attrs.clusters * panels.columns(),
                   "rows of k-means++");
    const auto run = [&]<class T>(T) {
      Seeds<T> seeds(driver, panels, weight.empty() ? nullptr : weight[0].as<T>(), attrs.trials);
      seeds.choose(draws.as<double>(), attrs.clusters, room.as<T>());
    };
    panels.dtype().id == TypeId::kFloat32 ? run(float{}) : run(double{});
    return {room.close({attrs.clusters, panels.columns()})};
  }

 private:
  static size_t panels_of(const Call& call) {
    return call.in.size() - 1 - (of(call).weighted ? 1 : 0);
  }
};

}  // namespace

const Op& kmeans_seeds_op() {
  static const KMeansSeeds op;
  return op;
}

}  // namespace tharsis::ops
