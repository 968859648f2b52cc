#include <lapacke.h>

#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/memory/array_room.h"
#include "tharsis/ops/linalg.h"
#include "tharsis/ops/linalg/blas.h"

// One wide call of LAPACK on a matrix in memory. float32 is computed in float64.

namespace tharsis::ops {
namespace {

using memory::ArrayRoom;
using memory::PinnedArray;

lapack_int small(int64_t n) { return static_cast<lapack_int>(n); }

// A matrix of doubles that LAPACK may write to, counted.
class Scratch {
 public:
  Scratch(Driver& driver, int64_t count, const char* who)
      : reservation_(driver.store().budget(), who) {
    reservation_.ensure_or_fail(count * 8);
    reservation_.charge(count * 8);
    buffer_ = memory::Buffer(count * 8);
  }
  double* data() { return buffer_.as<double>(); }
  void load(const Value& value, int64_t count) {
    const PinnedArray in(value);
    for (int64_t i = 0; i < count; ++i) {
      data()[i] =
          value.meta.dtype.id == TypeId::kFloat32 ? double{in.as<float>()[i]} : in.as<double>()[i];
    }
  }

 private:
  memory::Reservation reservation_;
  memory::Buffer buffer_;
};

// `values` as an array of the type of the input.
Ref<Value> stored(Driver& driver, const DType& dtype, const double* values,
                  const std::vector<int64_t>& shape, const char* who) {
  int64_t count = 1;
  for (const int64_t length : shape) count *= length;
  ArrayRoom room(driver.store(), dtype, count, who);
  if (dtype.id == TypeId::kFloat32) {
    for (int64_t i = 0; i < count; ++i) room.as<float>()[i] = static_cast<float>(values[i]);
  } else if (count > 0) {
    std::memcpy(room.data(), values, count * 8);
  }
  return room.close(shape);
}

std::vector<int64_t> matrix(const Call& call, std::string_view who) {
  const auto shape = sizes_if_known(*call.in[0]);
  require(shape && shape->size() == 2, ErrorCode::kUnsupported, "{}: one matrix is taken, got {}",
          who, call.in[0]->text());
  require(call.in[0]->dtype.is_float(), ErrorCode::kDType, "{}: floats are taken, got {}", who,
          call.in[0]->dtype.name());
  return *shape;
}

std::vector<int64_t> square(const Call& call, std::string_view who) {
  auto shape = matrix(call, who);
  require(shape[0] == shape[1], ErrorCode::kShape,
          "{}: the last 2 dimensions of the array must be square, got {}", who, call.in[0]->text());
  return shape;
}

class Eigh final : public OpOf<EighAttrs> {
 public:
  std::string_view name() const override { return "eigh"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .wide = true}; }
  std::vector<Meta> infer(const Call& call) const override {
    const auto shape = square(call, "eigh");
    const DType& dtype = call.in[0]->dtype;
    return {tensor_meta(dtype, known_shape({shape[0]})), tensor_meta(dtype, known_shape(shape))};
  }
  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const int64_t n = square(call, "eigh")[0];
    const DType& dtype = call.in[0]->dtype;
    Scratch a(driver, n * n, "eigh"), w(driver, n, "eigh");
    a.load(*inputs[0], n * n);
    if (n > 0) {
      const WideCall wide(driver.workers());
      const auto info = scipy_LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', of(call).lower ? 'L' : 'U',
                                             small(n), a.data(), small(n), w.data());
      require(info == 0, ErrorCode::kInvalidArgument, "Eigenvalues did not converge");
    }
    return {stored(driver, dtype, w.data(), {n}, "eigh"),
            stored(driver, dtype, a.data(), {n, n}, "eigh")};
  }
};

class Svd final : public OpOf<SvdAttrs> {
 public:
  std::string_view name() const override { return "svd"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .wide = true}; }
  std::vector<Meta> infer(const Call& call) const override {
    const auto [m, n, u, v] = sizes(call);
    const DType& dtype = call.in[0]->dtype;
    return {tensor_meta(dtype, known_shape({m, u})),
            tensor_meta(dtype, known_shape({std::min(m, n)})),
            tensor_meta(dtype, known_shape({v, n}))};
  }
  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const auto [m, n, u, v] = sizes(call);
    const int64_t k = std::min(m, n);
    const DType& dtype = call.in[0]->dtype;
    Scratch a(driver, m * n, "svd"), left(driver, m * u, "svd"), s(driver, k, "svd"),
        right(driver, v * n, "svd");
    a.load(*inputs[0], m * n);
    if (k > 0) {
      const WideCall wide(driver.workers());
      const auto info = scipy_LAPACKE_dgesdd(LAPACK_ROW_MAJOR, of(call).full_matrices ? 'A' : 'S',
                                             small(m), small(n), a.data(), small(n), s.data(),
                                             left.data(), small(u), right.data(), small(n));
      require(info == 0, ErrorCode::kInvalidArgument, "SVD did not converge");
    }
    return {stored(driver, dtype, left.data(), {m, u}, "svd"),
            stored(driver, dtype, s.data(), {k}, "svd"),
            stored(driver, dtype, right.data(), {v, n}, "svd")};
  }

 private:
  struct Sizes {
    int64_t m, n, u, v;
  };
  static Sizes sizes(const Call& call) {
    const auto shape = matrix(call, "svd");
    const int64_t k = std::min(shape[0], shape[1]);
    const bool full = of(call).full_matrices;
    return {shape[0], shape[1], full ? shape[0] : k, full ? shape[1] : k};
  }
};

class Qr final : public OpOf<QrAttrs> {
 public:
  std::string_view name() const override { return "qr"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .wide = true}; }
  std::vector<Meta> infer(const Call& call) const override {
    const auto shape = matrix(call, "qr");
    const int64_t k = std::min(shape[0], shape[1]);
    return {tensor_meta(call.in[0]->dtype, known_shape({shape[0], k})),
            tensor_meta(call.in[0]->dtype, known_shape({k, shape[1]}))};
  }
  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const auto shape = matrix(call, "qr");
    const int64_t m = shape[0], n = shape[1], k = std::min(m, n);
    const DType& dtype = call.in[0]->dtype;
    Scratch a(driver, m * n, "qr"), r(driver, k * n, "qr"), q(driver, m * k, "qr");
    Scratch factors(driver, k, "qr");
    a.load(*inputs[0], m * n);
    if (k > 0) {
      const WideCall wide(driver.workers());
      auto info = scipy_LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, small(m), small(n), a.data(), small(n),
                                       factors.data());
      check(info == 0, "dgeqrf was called wrongly");
      for (int64_t i = 0; i < k; ++i) {
        for (int64_t j = 0; j < n; ++j) r.data()[i * n + j] = j < i ? 0 : a.data()[i * n + j];
      }
      for (int64_t i = 0; i < m; ++i)
        std::memcpy(q.data() + i * k, a.data() + i * n, static_cast<size_t>(k) * 8);
      info = scipy_LAPACKE_dorgqr(LAPACK_ROW_MAJOR, small(m), small(k), small(k), q.data(),
                                  small(k), factors.data());
      check(info == 0, "dorgqr was called wrongly");
    }
    return {stored(driver, dtype, q.data(), {m, k}, "qr"),
            stored(driver, dtype, r.data(), {k, n}, "qr")};
  }
};

class Solve final : public OpOf<SolveAttrs> {
 public:
  std::string_view name() const override { return "solve"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .wide = true}; }
  std::vector<Meta> infer(const Call& call) const override {
    const auto a = square(call, "solve");
    const auto b = sizes_if_known(*call.in[1]);
    require(b && (b->size() == 1 || b->size() == 2) && (*b)[0] == a[0], ErrorCode::kShape,
            "solve: {} and {} do not fit each other", call.in[0]->text(), call.in[1]->text());
    check(call.in[1]->dtype == call.in[0]->dtype, "solve: operands of different types");
    return {tensor_meta(call.in[0]->dtype, call.in[1]->shape)};
  }
  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const int64_t n = square(call, "solve")[0];
    const auto shape = *sizes_if_known(*call.in[1]);
    const int64_t columns = shape.size() == 1 ? 1 : shape[1];
    Scratch a(driver, n * n, "solve"), b(driver, n * columns, "solve");
    a.load(*inputs[0], n * n);
    b.load(*inputs[1], n * columns);
    if (n > 0 && columns > 0) {
      const WideCall wide(driver.workers());
      std::vector<lapack_int> pivots(n);
      const auto info = scipy_LAPACKE_dgesv(LAPACK_ROW_MAJOR, small(n), small(columns), a.data(),
                                            small(n), pivots.data(), b.data(), small(columns));
      require(info == 0, ErrorCode::kInvalidArgument, "Singular matrix");
    }
    return {stored(driver, call.in[0]->dtype, b.data(), shape, "solve")};
  }
};

}  // namespace

const Op& eigh_op() {
  static const Eigh op;
  return op;
}
const Op& svd_op() {
  static const Svd op;
  return op;
}
const Op& qr_op() {
  static const Qr op;
  return op;
}
const Op& solve_op() {
  static const Solve op;
  return op;
}

void register_linalg_ops() {
  static const Op* const kTable[] = {&matmul_op(), &gram_op(), &eigh_op(),
                                     &svd_op(),    &qr_op(),   &solve_op()};
  register_ops(kTable);
}

}  // namespace tharsis::ops
