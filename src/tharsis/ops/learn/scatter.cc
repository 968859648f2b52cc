#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/learn.h"
#include "tharsis/ops/learn/panels.h"
#include "tharsis/ops/linalg/blas.h"

namespace tharsis::ops {
namespace {

using Block = Panels::Block;
using memory::ArrayRoom;
using memory::PinnedArray;

constexpr int64_t kTileBytes = 1 << 18;

// The mean is taken off before the product and not after it: what is left of n mean² has the digits
// of the squares, not of the variance. Rows become float64 on the way.
class Scatter final : public OpOf<ScatterAttrs> {
 public:
  std::string_view name() const override { return "scatter"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta rows = panels_meta(call, call.in.size() - 1, "scatter");
    require(call.in.back()->shape == std::vector<Dim>{rows.shape[1]} &&
                call.in.back()->dtype.id == TypeId::kFloat64,
            ErrorCode::kShape, "scatter: the mean of {} is {}", rows.text(),
            call.in.back()->text());
    return {tensor_meta(TypeId::kFloat64, {rows.shape[1], rows.shape[1]})};
  }

  std::vector<Ref<Value>> evaluate(const Call&, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Panels panels(inputs.subspan(0, inputs.size() - 1));
    const PinnedArray mean(*inputs.back());
    const int64_t n = panels.columns();
    ArrayRoom room(driver.store(), TypeId::kFloat64, n * n, "scatter matrix");
    double* out = room.as<double>();
    std::fill_n(out, n * n, 0.0);
    const auto slots = std::min<int64_t>(panels.blocks(), Panels::kSlots);
    Counted<double> parts(driver, slots * n * n, "parts of a scatter matrix");
    panels.each(
        driver,
        [&](const Block& block, Worker& worker) {
          double* part = parts.data() + block.slot * n * n;
          panels.dtype().id == TypeId::kFloat32
              ? add<float>(block, mean.as<double>(), n, part, worker)
              : add<double>(block, mean.as<double>(), n, part, worker);
        },
        [&](int used) {
          for (int slot = 0; slot < used; ++slot) {
            const double* part = parts.data() + slot * n * n;
            for (int64_t i = 0; i < n; ++i) {
              for (int64_t j = i; j < n; ++j) out[i * n + j] += part[i * n + j];
            }
          }
        });
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = i; j < n; ++j) out[j * n + i] = out[i * n + j];
    }
    return {room.close({n, n})};
  }

 private:
  // The upper triangle of the block's share.
  template <class T>
  static void add(const Block& block, const double* mean, int64_t n, double* part, Worker& worker) {
    const int64_t step = std::max<int64_t>(kTileBytes / (n * 8), 16);
    auto* tile = worker.arena.take_as<double>(step * n);
    for (int64_t begin = 0; begin < block.rows; begin += step) {
      const int64_t rows = std::min(step, block.rows - begin);
      const T* from = static_cast<const T*>(block.points) + begin * n;
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t j = 0; j < n; ++j)
          tile[i * n + j] = static_cast<double>(from[i * n + j]) - mean[j];
      }
      gram_upper(rows, n, tile, begin == 0 ? 0.0 : 1.0, part);
    }
  }
};

}  // namespace

const Op& scatter_op() {
  static const Scatter op;
  return op;
}

void register_learn_ops() {
  static const Op* const kTable[] = {&kmeans_op(), &kmeans_seeds_op(), &nearest_center_op(),
                                     &scatter_op()};
  register_ops(kTable);
}

}  // namespace tharsis::ops
