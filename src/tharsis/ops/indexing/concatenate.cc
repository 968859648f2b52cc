#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/indexing.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

class Concatenate final : public OpOf<ConcatenateAttrs> {
 public:
  std::string_view name() const override { return "concatenate"; }
  Traits traits(const Call&) const override { return {.way = Traits::kView}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& first = *call.in[0];
    const int64_t axis = of(call).axis;
    std::vector<Dim> shape = first.shape;
    shape[axis] = Dim{0};
    for (const auto& in : call.in) {
      require(in->shape.size() == shape.size(), ErrorCode::kShape,
              "concatenate: all arrays must have the same number of dimensions, but {} and {}",
              first.text(), in->text());
      check(in->dtype == first.dtype, "concatenate: arrays of different types");
      for (size_t j = 0; j < shape.size(); ++j) {
        if (static_cast<int64_t>(j) == axis) continue;
        require(in->shape[j] == first.shape[j], ErrorCode::kShape,
                "concatenate: all lengths except that of axis {} must match, but {} and {}", axis,
                first.text(), in->text());
      }
      require(in->shape[axis].known(), ErrorCode::kUnsupported,
              "concatenate: the length of {} is not known before it is computed", in->text());
      shape[axis].size += in->shape[axis].size;
    }
    return {tensor_meta(first.dtype, std::move(shape))};
  }

  std::vector<Piece> demand(const Call& call, const Region& out) const override {
    const int64_t axis = of(call).axis;
    std::vector<Piece> pieces;
    int64_t begin = 0;
    for (size_t i = 0; i < call.in.size(); ++i) {
      const int64_t end = begin + call.in[i]->shape[axis].size;
      Piece piece{static_cast<uint16_t>(i), identity_access(out.rank), out};
      piece.access.offset[axis] = -begin;
      piece.out.begin[axis] = std::max(out.begin[axis], begin);
      piece.out.end[axis] = std::min(out.end[axis], end);
      if (piece.out.begin[axis] < piece.out.end[axis]) pieces.push_back(std::move(piece));
      begin = end;
    }
    return pieces;
  }
};

}  // namespace

const Op& concatenate_op() {
  static const Concatenate op;
  return op;
}

Expr concatenate(std::vector<Expr> arrays, int64_t axis) {
  require(!arrays.empty(), ErrorCode::kInvalidArgument, "need at least one array to concatenate");
  require(!arrays[0].meta().shape.empty(), ErrorCode::kShape,
          "zero-dimensional arrays cannot be concatenated");
  require(arrays.size() < (1u << 16), ErrorCode::kUnsupported, "concatenate: {} arrays at once",
          arrays.size());
  DType common = arrays[0].meta().dtype;
  for (const Expr& array : arrays) common = promote(common, array.meta().dtype, "concatenate");
  for (Expr& array : arrays) {
    if (!(array.meta().dtype == common)) array = cast(array, common);
  }
  const int64_t along = normalized_axis(axis, arrays[0].meta().shape.size(), "concatenate");
  if (arrays.size() == 1) return arrays[0];
  return call(concatenate_op(), ConcatenateAttrs{along}, std::move(arrays));
}

}  // namespace tharsis::ops
