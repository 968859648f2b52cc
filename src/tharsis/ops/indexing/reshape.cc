#include "tharsis/base/error.h"
#include "tharsis/ops/indexing.h"

namespace tharsis::ops {
namespace {

class Reshape final : public OpOf<ReshapeAttrs> {
 public:
  std::string_view name() const override { return "reshape"; }
  Traits traits(const Call&) const override { return {.way = Traits::kView, .relabels = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const auto& shape = of(call).shape;
    int64_t size = 1;
    for (const int64_t length : shape) size *= length;
    int64_t before = 1;
    for (const Dim& dim : in.shape) before *= dim.size;
    require(before == size, ErrorCode::kShape, "cannot reshape array of size {} into {}", before,
            tensor_meta(in.dtype, known_shape(shape)).text());
    require(shape.size() <= kMaxRank, ErrorCode::kUnsupported,
            "an array of {} dimensions: the engine holds at most {}", shape.size(), kMaxRank);
    return {tensor_meta(in.dtype, known_shape(shape))};
  }
};

}  // namespace

const Op& reshape_op() {
  static const Reshape op;
  return op;
}

Expr reshape(const Expr& x, std::vector<int64_t> shape) {
  const auto sizes = sizes_if_known(x.meta());
  require(sizes.has_value(), ErrorCode::kUnsupported,
          "reshape: the length of {} is not known before it is computed", x.meta().text());
  int64_t size = 1, known = 1;
  for (const int64_t length : *sizes) size *= length;
  int64_t* open = nullptr;
  for (int64_t& length : shape) {
    if (length >= 0) {
      known *= length;
      continue;
    }
    require(open == nullptr, ErrorCode::kInvalidArgument, "can only specify one unknown dimension");
    open = &length;
  }
  if (open != nullptr) {
    require(known > 0 && size % known == 0, ErrorCode::kShape,
            "cannot reshape array of size {} into the given shape", size);
    *open = size / known;
  }
  if (shape == *sizes) return x;
  // A reshape of a reshape is one reshape.
  const bool again = x.node->call.op == &reshape_op() && x.node->stored == nullptr;
  return call(reshape_op(), ReshapeAttrs{std::move(shape)}, {again ? x.node->inputs[0] : x});
}

}  // namespace tharsis::ops
