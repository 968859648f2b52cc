#include <algorithm>
#include <cmath>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/kernels/nearest.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/learn/panels.h"

namespace tharsis::ops {
namespace {

using Block = Panels::Block;
using memory::ArrayRoom;
using memory::PinnedArray;

// Rows that are assigned, added and measured while they are in the second-level cache.
int64_t tile_rows(int64_t row_bytes) {
  constexpr int64_t kTileBytes = 1 << 16;
  return std::clamp<int64_t>(kTileBytes / std::max<int64_t>(row_bytes, 1) / 64 * 64, 64, 4096);
}

// A row that is far from its center.
struct Far {
  double distance = 0;
  int64_t row = 0;
  friend bool operator<(const Far& a, const Far& b) {  // farther first, then in order
    return a.distance != b.distance ? a.distance > b.distance : a.row < b.row;
  }
};

// Lloyd's algorithm, step by step as scikit-learn's: assign, add up, fill empty clusters, average.
// Centers are relative to the mean of the rows; sums are float64 for float32 too.
template <class T>
class Lloyd {
 public:
  Lloyd(Driver& driver, const Panels& panels, const T* weight, const T* mean, const T* start,
        int64_t count)
      : driver_(driver),
        panels_(panels),
        weight_(weight),
        mean_(mean),
        count_(count),
        columns_(panels.columns()),
        labels_(driver.store(), TypeId::kInt32, panels.rows(), "labels of KMeans"),
        near_(driver, count * columns_ + count, "centers of KMeans"),
        centers_(driver, count * columns_, "centers of KMeans"),
        sums_(driver, state(), "centers of KMeans"),
        parts_(driver, state() * Panels::kSlots, "sums of KMeans"),
        changed_(Panels::kSlots),
        inertia_(Panels::kSlots) {
    for (int64_t i = 0; i < count * columns_; ++i)
      centers_.data()[i] = static_cast<double>(start[i] - mean[i % columns_]);
    std::fill_n(labels_.as<int32_t>(), panels.rows(), -1);
  }

  void fit(int64_t max_iter, double tolerance) {
    bool same = false;
    while (!same && iterations_ < max_iter) {
      ++iterations_;
      pass({.assign = true, .add = true});
      fill_empty();
      const double moved = average();
      same = all_changed_ == 0;
      if (!same && moved <= tolerance) break;
    }
    pass({.assign = !same, .measure = true});
  }

  std::vector<Ref<Value>> outputs() {
    ArrayRoom centers(driver_.store(), panels_.dtype(), count_ * columns_, "centers of KMeans");
    for (int64_t i = 0; i < count_ * columns_; ++i)
      centers.as<T>()[i] = static_cast<T>(centers_.data()[i]) + mean_[i % columns_];
    ArrayRoom facts(driver_.store(), TypeId::kFloat64, 3, "facts of KMeans");
    facts.as<double>()[0] = all_inertia_;
    facts.as<double>()[1] = static_cast<double>(iterations_);
    facts.as<double>()[2] = static_cast<double>(used_centers());
    return {centers.close({count_, columns_}), labels_.close({panels_.rows()}), facts.close({3})};
  }

 private:
  struct What {
    bool assign = false;   // rows to their nearest centers
    bool add = false;      // rows to the sums of their centers
    bool measure = false;  // distances of rows from their centers
  };

  int64_t state() const { return count_ * columns_ + count_; }  // sums, then weights
  double* weights() { return sums_.data() + count_ * columns_; }
  const T* weight_from(int64_t row) const { return weight_ == nullptr ? nullptr : weight_ + row; }

  void pass(What what) {
    round_centers();
    all_changed_ = 0;
    all_inertia_ = 0;
    if (what.add) std::fill_n(sums_.data(), state(), 0.0);
    panels_.each(
        driver_, [&](const Block& block, Worker& worker) { work(block, what, worker); },
        [&](int slots) { merge(slots, what); });
  }

  // The centers as the loops take them.
  void round_centers() {
    T* half = near_.data() + count_ * columns_;
    for (int64_t c = 0; c < count_; ++c) {
      double square = 0;
      for (int64_t j = 0; j < columns_; ++j) {
        const T value = static_cast<T>(centers_.data()[c * columns_ + j]);
        near_.data()[c * columns_ + j] = value;
        square += static_cast<double>(value) * static_cast<double>(value);
      }
      half[c] = static_cast<T>(square / 2);
    }
  }

  void work(const Block& block, What what, Worker& worker) {
    double* sums = parts_.data() + block.slot * state();
    if (what.add) std::fill_n(sums, state(), 0.0);
    int64_t changed = 0;
    double inertia = 0;
    const int64_t step = tile_rows(columns_ * static_cast<int64_t>(sizeof(T)));
    auto* scratch = worker.arena.take_as<T>(columns_ * kernels::PointLoops<T>::kScratch);
    auto* found = worker.arena.take_as<int32_t>(step);
    auto* distances = worker.arena.take_as<double>(step);
    for (int64_t begin = 0; begin < block.rows; begin += step) {
      const int64_t rows = std::min(step, block.rows - begin), row = block.row + begin;
      const T* points = static_cast<const T*>(block.points) + begin * columns_;
      int32_t* labels = labels_.template as<int32_t>() + row;
      if (what.assign) {
        loops_.nearest(points, rows, columns_, mean_, near_.data(),
                       near_.data() + count_ * columns_, count_, scratch, found);
        for (int64_t i = 0; i < rows; ++i) changed += labels[i] != found[i];
        std::memcpy(labels, found, static_cast<size_t>(rows) * 4);
      }
      if (what.add)
        loops_.add(points, rows, columns_, mean_, weight_from(row), labels, sums,
                   sums + count_ * columns_);
      if (what.measure) {
        loops_.own(points, rows, columns_, mean_, near_.data(), labels, distances);
        for (int64_t i = 0; i < rows; ++i)
          inertia +=
              distances[i] * (weight_ == nullptr ? 1.0 : static_cast<double>(weight_[row + i]));
      }
    }
    changed_[block.slot] = changed;
    inertia_[block.slot] = inertia;
  }

  void merge(int slots, What what) {
    for (int slot = 0; slot < slots; ++slot) {
      all_changed_ += changed_[slot];
      all_inertia_ += inertia_[slot];
      if (!what.add) continue;
      const double* part = parts_.data() + slot * state();
      for (int64_t i = 0; i < state(); ++i) sums_.data()[i] += part[i];
    }
  }

  // A cluster without rows takes one that is far from its center: scikit-learn 1.9,
  // _relocate_empty_clusters_dense. Of several, the farthest goes first.
  void fill_empty() {
    std::vector<int64_t> empty;
    for (int64_t c = 0; c < count_; ++c) {
      if (weights()[c] == 0) empty.push_back(c);
    }
    if (empty.empty()) return;
    const std::vector<Far> far = farthest(empty.size());
    if (far.empty() || far[0].distance == 0) return;
    std::vector<T> row(columns_);
    for (size_t i = 0; i < std::min(empty.size(), far.size()); ++i) {
      panels_.copy_row(far[i].row, row.data());
      const double weight = weight_ == nullptr ? 1 : static_cast<double>(weight_[far[i].row]);
      const int64_t from = labels_.template as<int32_t>()[far[i].row], to = empty[i];
      for (int64_t j = 0; j < columns_; ++j) {
        const double part = weight * static_cast<double>(row[j] - mean_[j]);
        sums_.data()[from * columns_ + j] -= part;
        sums_.data()[to * columns_ + j] = part;
      }
      weights()[to] = weight;
      weights()[from] -= weight;
    }
  }

  std::vector<Far> farthest(size_t count) {
    std::vector<std::vector<Far>> parts(Panels::kSlots);
    std::vector<Far> all;
    const auto keep = [count](std::vector<Far>& rows) {
      std::sort(rows.begin(), rows.end());
      if (rows.size() > count) rows.resize(count);
    };
    const auto find = [&](const Block& block, Worker& worker) {
      auto* distances = worker.arena.take_as<double>(block.rows);
      loops_.own(static_cast<const T*>(block.points), block.rows, columns_, mean_, near_.data(),
                 labels_.template as<int32_t>() + block.row, distances);
      std::vector<Far>& part = parts[block.slot];
      part.clear();
      double least = -1;  // what a row must exceed to be kept
      for (int64_t i = 0; i < block.rows; ++i) {
        if (distances[i] <= least) continue;
        part.push_back({distances[i], block.row + i});
        if (part.size() < 2 * count + 16) continue;
        keep(part);
        least = part.back().distance;
      }
      keep(part);
    };
    panels_.each(driver_, find, [&](int slots) {
      for (int slot = 0; slot < slots; ++slot)
        all.insert(all.end(), parts[slot].begin(), parts[slot].end());
      keep(all);
    });
    return all;
  }

  // Makes sums centers; answers the sum of the squared ways they moved.
  double average() {
    const auto largest = std::max_element(weights(), weights() + count_) - weights();
    double moved = 0;
    // A cluster that stays empty lies where the largest one does.
    for (int64_t c = 0; c < count_; ++c) {
      const int64_t from = weights()[c] > 0 ? c : largest;
      for (int64_t j = 0; j < columns_; ++j) {
        const double center = sums_.data()[from * columns_ + j] / weights()[from];
        double& old = centers_.data()[c * columns_ + j];
        moved += (center - old) * (center - old);
        old = center;
      }
    }
    return moved;
  }

  int64_t used_centers() {
    std::vector<bool> used(count_, false);
    int64_t seen = 0;
    const auto* labels = labels_.template as<int32_t>();
    for (int64_t i = 0; i < panels_.rows() && seen < count_; ++i) {
      if (!used[labels[i]]) {
        used[labels[i]] = true;
        ++seen;
      }
    }
    return seen;
  }

  const kernels::PointLoops<T>& loops_ = kernels::point_loops<T>();
  Driver& driver_;
  const Panels& panels_;
  const T* weight_;
  const T* mean_;
  const int64_t count_;
  const int64_t columns_;
  ArrayRoom labels_;
  Counted<T> near_;  // centers as T, then half of their squares
  Counted<double> centers_;
  Counted<double> sums_;   // of all rows
  Counted<double> parts_;  // of the rows of each slot
  std::vector<int64_t> changed_;
  std::vector<double> inertia_;
  int64_t all_changed_ = 0;
  double all_inertia_ = 0;
  int64_t iterations_ = 0;
};

class KMeans final : public OpOf<KMeansAttrs> {
 public:
  std::string_view name() const override { return "kmeans"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const size_t panels = panels_of(call);
    const Meta rows = panels_meta(call, panels, "kmeans");
    const Meta& start = *call.in.back();
    require(start.shape.size() == 2 && start.shape[1] == rows.shape[1] && start.shape[0].known() &&
                start.dtype == rows.dtype,
            ErrorCode::kShape, "kmeans: centers to start from are {}, rows {}", start.text(),
            rows.text());
    require(start.shape[0].size >= 1 && start.shape[0].size < (1 << 24),
            ErrorCode::kInvalidArgument, "kmeans: {} clusters; from 1 to 2^24 - 1 are taken",
            start.shape[0].size);
    for (size_t i = panels; i + 1 < call.in.size(); ++i)
      check(call.in[i]->dtype == rows.dtype, "kmeans: weights and mean have the type of the rows");
    return {tensor_meta(rows.dtype, start.shape), tensor_meta(TypeId::kInt32, {rows.shape[0]}),
            tensor_meta(TypeId::kFloat64, {Dim{3}})};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Panels panels(inputs.subspan(0, panels_of(call)));
    const PinnedArray start(*inputs.back()), mean(*inputs[inputs.size() - 2]);
    std::vector<PinnedArray> weight;
    if (of(call).weighted) weight.emplace_back(*inputs[inputs.size() - 3]);
    const int64_t count = inputs.back()->meta.shape[0].size;
    const auto run = [&]<class T>(T) {
      Lloyd<T> lloyd(driver, panels, weight.empty() ? nullptr : weight[0].as<T>(), mean.as<T>(),
                     start.as<T>(), count);
      lloyd.fit(of(call).max_iter, of(call).tolerance);
      return lloyd.outputs();
    };
    return panels.dtype().id == TypeId::kFloat32 ? run(float{}) : run(double{});
  }

 private:
  static size_t panels_of(const Call& call) {
    return call.in.size() - 2 - (of(call).weighted ? 1 : 0);
  }
};

}  // namespace

const Op& kmeans_op() {
  static const KMeans op;
  return op;
}

}  // namespace tharsis::ops
