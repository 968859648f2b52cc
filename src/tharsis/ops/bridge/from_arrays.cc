#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/kernels/compress.h"
#include "tharsis/memory/array_room.h"
#include "tharsis/ops/bridge.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kChunkBytes = int64_t{8} << 20;

int64_t columns_of(const Meta& meta) {
  require(meta.kind == Kind::kTensor && (meta.shape.size() == 1 || meta.shape.size() == 2),
          ErrorCode::kShape, "columns are arrays of one or two axes, not {}", meta.text());
  require(meta.shape.size() == 1 || meta.shape[1].known(), ErrorCode::kUnsupported,
          "the number of columns of {} is not known before it is computed", meta.text());
  return meta.shape.size() == 1 ? 1 : meta.shape[1].size;
}

class FromArrays final : public OpOf<FromArraysAttrs> {
 public:
  std::string_view name() const override { return "from_arrays"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const FromArraysAttrs& attrs = of(call);
    require(!call.in.empty(), ErrorCode::kInvalidArgument, "a frame of no arrays");
    Schema schema;
    for (const auto& in : call.in) {
      require(in->shape[0] == call.in[0]->shape[0], ErrorCode::kShape,
              "arrays of one frame must have one length: {} and {}", call.in[0]->text(),
              in->text());
      for (int64_t n = columns_of(*in); n > 0; --n) {
        require(schema.size() < attrs.labels.size(), ErrorCode::kShape,
                "{} columns passed, passed data had more", attrs.labels.size());
        schema.push_back({attrs.labels[schema.size()], in->dtype});
      }
    }
    require(schema.size() == attrs.labels.size(), ErrorCode::kShape,
            "{} columns passed, passed data had {} columns", attrs.labels.size(), schema.size());
    Meta out = frame_meta(std::move(schema), 0, call.in[0]->shape[0], Key{});
    out.series = attrs.series;
    return {out};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const int64_t rows = inputs[0]->meta.shape[0].size;
    std::vector<memory::PinnedArray> arrays;
    int64_t row_bytes = 1;
    bool views = true;
    for (size_t i = 0; i < inputs.size(); ++i) {
      require(inputs[i]->meta.shape[0].size == rows, ErrorCode::kShape,
              "arrays of one frame must have one length: {} and {}", rows,
              inputs[i]->meta.shape[0].size);
      arrays.emplace_back(*inputs[i]);
      row_bytes += columns_of(*call.in[i]) * inputs[i]->meta.dtype.width();
      views &= columns_of(*call.in[i]) == 1;
    }
    auto value = std::make_shared<Value>();
    value->store = &driver.store();
    value->starts = {0};
    value->meta = infer(call)[0];
    value->meta.shape = {Dim{rows}};
    if (views) {
      // The arrays are the columns.
      Batch batch;
      batch.rows = rows;
      for (const auto& array : arrays) batch.columns.push_back(array.column());
      if (rows > 0) value->add(driver.store().put(std::move(batch)));
      return {std::move(value)};
    }
    const int64_t step = std::max<int64_t>(kChunkBytes / row_bytes, 64);
    const int64_t pieces = (rows + step - 1) / step;
    std::vector<Ref<memory::Chunk>> chunks(pieces);
    driver.parallel(pieces, [&](int64_t i, Worker& worker) {
      const int64_t begin = i * step;
      chunks[i] = worker.store.put(piece(call, arrays, begin, std::min(step, rows - begin)));
    });
    for (auto& chunk : chunks) value->add(std::move(chunk));
    return {std::move(value)};
  }

 private:
  static Batch piece(const Call& call, const std::vector<memory::PinnedArray>& arrays,
                     int64_t begin, int64_t rows) {
    Batch batch;
    batch.rows = rows;
    for (size_t i = 0; i < arrays.size(); ++i) {
      const int64_t columns = columns_of(*call.in[i]);
      const int64_t width = call.in[i]->dtype.width();
      const char* from = arrays[i].as<char>() + begin * columns * width;
      for (int64_t c = 0; c < columns; ++c) {
        auto bytes = std::make_shared<memory::Buffer>(rows * width);
        kernels::gather_strided(width, from + c * width, columns, rows, bytes->data());
        Column column;
        column.dtype = call.in[i]->dtype;
        column.data = bytes->data();
        column.owner = std::move(bytes);
        batch.columns.push_back(std::move(column));
      }
    }
    return batch;
  }
};

}  // namespace

const Op& from_arrays_op() {
  static const FromArrays op;
  return op;
}

Expr from_arrays(std::vector<Expr> arrays, std::vector<Label> labels, bool series) {
  return call(from_arrays_op(), FromArraysAttrs{std::move(labels), series}, std::move(arrays));
}

void register_bridge_ops() {
  static const Op* const kTable[] = {&to_array_op(), &from_arrays_op()};
  register_ops(kTable);
}

}  // namespace tharsis::ops
