#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/graph/program.h"
#include "tharsis/ops/array_source.h"

namespace tharsis::ops {
namespace {

class Constant final : public ArraySource {
 public:
  explicit Constant(const Scalar& value) : column_(constant_column(value)) {}
  bool constant() const override { return true; }
  void read(int64_t, int64_t, int64_t count, void* out) const override {
    const int64_t width = column_.dtype.width();
    auto* to = static_cast<char*>(out);
    for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * width, column_.data, width);
  }
  double cost_ns() const override { return 0; }

 private:
  const Column column_;
};

class Full final : public OpOf<FullAttrs> {
 public:
  std::string_view name() const override { return "full"; }
  Traits traits(const Call&) const override { return {.way = Traits::kSource}; }

  std::vector<Meta> infer(const Call& call) const override {
    const FullAttrs& attrs = of(call);
    for (const int64_t length : attrs.shape) {
      require(length >= 0, ErrorCode::kInvalidArgument, "negative dimensions are not allowed");
    }
    return {tensor_meta(attrs.value.dtype, known_shape(attrs.shape))};
  }

  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    return Ref<ArraySource>(std::make_shared<Constant>(of(call).value));
  }
};

}  // namespace

const Op& full_op() {
  static const Full op;
  return op;
}

Expr full(std::vector<int64_t> shape, Scalar value) {
  return call(full_op(), FullAttrs{std::move(value), std::move(shape)}, {});
}

}  // namespace tharsis::ops
