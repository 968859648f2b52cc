#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/kernels/nearest.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/learn/panels.h"

namespace tharsis::ops {
namespace {

using Block = Panels::Block;
using memory::ArrayRoom;
using memory::PinnedArray;

// Centers less their mean, for more exact distances: |x - c|² is taken as |c|² - 2 x·c.
template <class T>
struct Centered {
  std::vector<T> mean, centers, half;

  Centered(const T* given, int64_t count, int64_t columns)
      : mean(columns), centers(count * columns), half(count) {
    for (int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (int64_t c = 0; c < count; ++c) sum += static_cast<double>(given[c * columns + j]);
      mean[j] = static_cast<T>(sum / static_cast<double>(count));
    }
    for (int64_t c = 0; c < count; ++c) {
      double square = 0;
      for (int64_t j = 0; j < columns; ++j) {
        const T value = given[c * columns + j] - mean[j];
        centers[c * columns + j] = value;
        square += static_cast<double>(value) * static_cast<double>(value);
      }
      half[c] = static_cast<T>(square / 2);
    }
  }
};

class NearestCenter final : public OpOf<NearestCenterAttrs> {
 public:
  std::string_view name() const override { return "nearest_center"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta rows = panels_meta(call, 1, "nearest_center");
    const Meta& centers = *call.in[1];
    require(centers.shape.size() == 2 && centers.shape[1] == rows.shape[1] &&
                centers.shape[0].size > 0 && centers.dtype == rows.dtype,
            ErrorCode::kShape, "nearest_center: rows are {}, centers {}", rows.text(),
            centers.text());
    check(!of(call).weighted || call.in[2]->dtype == rows.dtype,
          "nearest_center: weights have the type of the rows");
    return {tensor_meta(TypeId::kInt32, {rows.shape[0]}), tensor_meta(TypeId::kFloat64, {Dim{1}})};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Panels panels(inputs.subspan(0, 1));
    return panels.dtype().id == TypeId::kFloat32 ? run<float>(call, panels, inputs, driver)
                                                 : run<double>(call, panels, inputs, driver);
  }

 private:
  template <class T>
  static std::vector<Ref<Value>> run(const Call& call, const Panels& panels,
                                     std::span<const Ref<Value>> inputs, Driver& driver) {
    const auto& loops = kernels::point_loops<T>();
    const int64_t columns = panels.columns(), count = inputs[1]->meta.shape[0].size;
    const PinnedArray given(*inputs[1]);
    const Centered<T> near(given.as<T>(), count, columns);
    std::vector<PinnedArray> weight;
    if (of(call).weighted) weight.emplace_back(*inputs[2]);
    ArrayRoom labels(driver.store(), TypeId::kInt32, panels.rows(), "labels");
    std::vector<double> parts(Panels::kSlots);
    double all = 0;
    panels.each(
        driver,
        [&](const Block& block, Worker& worker) {
          auto* scratch = worker.arena.take_as<T>(columns * kernels::PointLoops<T>::kScratch);
          auto* distances = worker.arena.take_as<double>(block.rows);
          int32_t* found = labels.as<int32_t>() + block.row;
          const T* points = static_cast<const T*>(block.points);
          loops.nearest(points, block.rows, columns, near.mean.data(), near.centers.data(),
                        near.half.data(), count, scratch, found);
          loops.own(points, block.rows, columns, near.mean.data(), near.centers.data(), found,
                    distances);
          double sum = 0;
          for (int64_t i = 0; i < block.rows; ++i) {
            const T* weights = weight.empty() ? nullptr : weight[0].as<T>() + block.row;
            sum += distances[i] * (weights == nullptr ? 1.0 : static_cast<double>(weights[i]));
          }
          parts[block.slot] = sum;
        },
        [&](int slots) {
          for (int slot = 0; slot < slots; ++slot) all += parts[slot];
        });
    ArrayRoom inertia(driver.store(), TypeId::kFloat64, 1, "inertia");
    inertia.as<double>()[0] = all;
    return {labels.close({panels.rows()}), inertia.close({1})};
  }
};

}  // namespace

const Op& nearest_center_op() {
  static const NearestCenter op;
  return op;
}

}  // namespace tharsis::ops
