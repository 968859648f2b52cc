#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/memory/array_room.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/indexing.h"

namespace tharsis::ops {
namespace {

using memory::ArrayRoom;
using memory::PinnedArray;

constexpr int64_t kPieceBytes = int64_t{1} << 20;

// Values of one width, one a row: a load and a store each instead of a call.
template <int64_t kWidth>
void copy_rows(const char* from, const int64_t* rows, int64_t count, char* to) {
  for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * kWidth, from + rows[i] * kWidth, kWidth);
}

void copy_rows(const char* from, int64_t width, const int64_t* rows, int64_t count, char* to) {
  switch (width) {
    case 1:
      return copy_rows<1>(from, rows, count, to);
    case 4:
      return copy_rows<4>(from, rows, count, to);
    case 8:
      return copy_rows<8>(from, rows, count, to);
    default:
      for (int64_t i = 0; i < count; ++i)
        std::memcpy(to + i * width, from + rows[i] * width, static_cast<size_t>(width));
  }
}

class TakeRows final : public OpOf<TakeRowsAttrs> {
 public:
  std::string_view name() const override { return "take_rows"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& x = *call.in[0];
    const Meta& positions = *call.in[1];
    require(!x.shape.empty(), ErrorCode::kShape, "take_rows: a number has no rows");
    check(positions.shape.size() == 1 && positions.dtype.id == TypeId::kInt64,
          "take_rows: positions are int64 along one axis");
    std::vector<Dim> shape = x.shape;
    shape[0] = positions.shape[0];
    return {tensor_meta(x.dtype, std::move(shape))};
  }

  std::vector<Ref<Value>> evaluate(const Call&, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    std::vector<int64_t> shape = *sizes_if_known(inputs[0]->meta);
    const int64_t rows = shape[0], count = inputs[1]->rows();
    int64_t width = 1;
    for (size_t axis = 1; axis < shape.size(); ++axis) width *= shape[axis];
    shape[0] = count;
    const PinnedArray x(*inputs[0]), positions(*inputs[1]);
    ArrayRoom room(driver.store(), inputs[0]->meta.dtype, count * width, "rows of an array");
    const int64_t row_bytes = width * room.width();
    const int64_t step = std::max<int64_t>(kPieceBytes / std::max<int64_t>(row_bytes, 8), 64);
    driver.parallel((count + step - 1) / step, [&](int64_t piece, Worker& worker) {
      const memory::ArenaScope scope(worker.arena);
      const int64_t begin = piece * step, n = std::min(step, count - begin);
      const int64_t* found =
          checked(positions.as<int64_t>() + begin, n, rows, worker.arena.take_as<int64_t>(n));
      copy_rows(x.as<char>(), row_bytes, found, n, room.data() + begin * row_bytes);
    });
    return {room.close(shape)};
  }

 private:
  static const int64_t* checked(const int64_t* given, int64_t count, int64_t rows, int64_t* out) {
    for (int64_t i = 0; i < count; ++i) {
      out[i] = given[i] < 0 ? given[i] + rows : given[i];
      require(out[i] >= 0 && out[i] < rows, ErrorCode::kIndex,
              "take_rows: position {} is out of range for {} rows", given[i], rows);
    }
    return out;
  }
};

}  // namespace

const Op& take_rows_op() {
  static const TakeRows op;
  return op;
}

Expr take_rows(const Expr& x, const Expr& positions) {
  const Meta& meta = positions.meta();
  require(meta.shape.size() == 1 && meta.dtype.is_integer(), ErrorCode::kDType,
          "take_rows: positions are whole numbers along one axis, not {}", meta.text());
  const Expr wide =
      meta.dtype.id == TypeId::kInt64 ? positions : cast(positions, DType(TypeId::kInt64));
  return call(take_rows_op(), TakeRowsAttrs{}, {x, wide});
}

}  // namespace tharsis::ops
