#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/array_source.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

void require_length(int64_t length) {
  require(length >= 0, ErrorCode::kInvalidArgument, "negative dimensions are not allowed");
}

// Positions through a function of the position.
template <class T, class At>
class Computed final : public ArraySource {
 public:
  explicit Computed(At at) : at_(std::move(at)) {}
  void read(int64_t begin, int64_t step, int64_t count, void* out) const override {
    auto* to = static_cast<T*>(out);
    for (int64_t i = 0; i < count; ++i) to[i] = at_(begin + i * step);
  }

 private:
  const At at_;
};

template <class T, class At>
Ref<ArraySource> computed(At at) {
  return std::make_shared<Computed<T, At>>(std::move(at));
}

template <class T>
T number(const Scalar& scalar) {
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(scalar.as_double());
  if (const auto* large = std::get_if<uint64_t>(&scalar.value)) return static_cast<T>(*large);
  return static_cast<T>(scalar.as_int());
}

class Arange final : public OpOf<ArangeAttrs> {
 public:
  std::string_view name() const override { return "arange"; }
  Traits traits(const Call&) const override { return {.way = Traits::kSource}; }
  std::vector<Meta> infer(const Call& call) const override {
    require_length(of(call).count);
    return {tensor_meta(of(call).start.dtype, {Dim{of(call).count}})};
  }
  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    const ArangeAttrs& attrs = of(call);
    return visit_number(attrs.start.dtype.id, [&](auto type) {
      using T = decltype(type);
      const T start = number<T>(attrs.start), delta = number<T>(attrs.delta);
      if constexpr (std::is_floating_point_v<T>) {
        return computed<T>([=](int64_t i) { return start + static_cast<T>(i) * delta; });
      } else {
        return computed<T>([=](int64_t i) {
          return static_cast<T>(static_cast<uint64_t>(start) +
                                static_cast<uint64_t>(i) * static_cast<uint64_t>(delta));
        });
      }
    });
  }
};

class Linspace final : public OpOf<LinspaceAttrs> {
 public:
  std::string_view name() const override { return "linspace"; }
  Traits traits(const Call&) const override { return {.way = Traits::kSource}; }
  std::vector<Meta> infer(const Call& call) const override {
    require(of(call).count >= 0, ErrorCode::kInvalidArgument,
            "Number of samples, {}, must be non-negative.", of(call).count);
    return {tensor_meta(TypeId::kFloat64, {Dim{of(call).count}})};
  }
  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    const LinspaceAttrs a = of(call);
    const auto intervals = static_cast<double>(a.endpoint ? a.count - 1 : a.count);
    const double delta = a.stop - a.start;
    const double step = intervals > 0 ? delta / intervals : 0;
    const int64_t last = a.endpoint && a.count > 1 ? a.count - 1 : -1;
    return computed<double>([=](int64_t i) {
      if (i == last) return a.stop;
      const auto x = static_cast<double>(i);
      // A step that vanishes is taken in two, as NumPy does.
      if (intervals > 0 && step == 0) return x / intervals * delta + a.start;
      return x * (intervals > 0 ? step : delta) + a.start;
    });
  }
};

class Eye final : public OpOf<EyeAttrs> {
 public:
  std::string_view name() const override { return "eye"; }
  Traits traits(const Call&) const override { return {.way = Traits::kSource}; }
  std::vector<Meta> infer(const Call& call) const override {
    const EyeAttrs& attrs = of(call);
    require_length(attrs.rows);
    require_length(attrs.columns);
    return {tensor_meta(attrs.dtype, {Dim{attrs.rows}, Dim{attrs.columns}})};
  }
  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    const EyeAttrs& attrs = of(call);
    const int64_t columns = std::max<int64_t>(attrs.columns, 1), diagonal = attrs.diagonal;
    return visit_number(attrs.dtype.id, [&](auto type) {
      using T = decltype(type);
      return computed<T>(
          [=](int64_t i) { return static_cast<T>(i % columns - i / columns == diagonal ? 1 : 0); });
    });
  }
};

}  // namespace

const Op& arange_op() {
  static const Arange op;
  return op;
}
const Op& linspace_op() {
  static const Linspace op;
  return op;
}
const Op& eye_op() {
  static const Eye op;
  return op;
}

Expr arange(Scalar start, Scalar delta, int64_t count) {
  return call(arange_op(), ArangeAttrs{std::move(start), std::move(delta), count}, {});
}

Expr linspace(double start, double stop, int64_t count, bool endpoint) {
  return call(linspace_op(), LinspaceAttrs{start, stop, count, endpoint}, {});
}

Expr eye(int64_t rows, int64_t columns, int64_t diagonal, DType dtype) {
  return call(eye_op(), EyeAttrs{rows, columns, diagonal, std::move(dtype)}, {});
}

void register_array_source_ops() {
  static const Op* const kTable[] = {&full_op(), &arange_op(), &linspace_op(), &eye_op(),
                                     &npy_op()};
  register_ops(kTable);
}

}  // namespace tharsis::ops
