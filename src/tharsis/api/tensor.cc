#include "tharsis/api/tensor.h"

#include <algorithm>
#include <cmath>

#include "tharsis/ops/array_source.h"
#include "tharsis/ops/linalg.h"
#include "tharsis/ops/reduction.h"

namespace tharsis {
namespace {

Scalar typed(double value, const DType& dtype) {
  if (dtype.is_float()) return {dtype, value};
  return {dtype, static_cast<int64_t>(value)};
}

// A bare number of the program's text.
Scalar weak(Scalar scalar) {
  scalar.weak = true;
  return scalar;
}

}  // namespace

Tensor Tensor::reduce(std::string_view name, Over over) const {
  ops::ReduceAttrs attrs;
  attrs.keepdims = over.keepdims;
  attrs.ddof = over.ddof;
  for (const int64_t axis : over.axes)
    attrs.axes.push_back(ops::normalized_axis(axis, ndim(), name));
  for (size_t axis = 0; over.axes.empty() && axis < ndim(); ++axis)
    attrs.axes.push_back(static_cast<int64_t>(axis));
  std::sort(attrs.axes.begin(), attrs.axes.end());
  return Tensor(ops::reduce(name, expr_, std::move(attrs)));
}

Tensor Tensor::operator[](const std::vector<Index>& items) const {
  return Tensor(ops::index(expr_, items));
}
Tensor Tensor::where(const Tensor& mask) const { return Tensor(ops::select(expr_, mask.expr())); }
Tensor Tensor::reshape(Shape shape) const { return Tensor(ops::reshape(expr_, std::move(shape))); }
Tensor Tensor::transpose(Shape axes) const {
  for (size_t axis = ndim(); axes.size() < ndim() && axis-- > 0;)
    axes.push_back(static_cast<int64_t>(axis));
  return Tensor(ops::transpose(expr_, axes));
}
Tensor Tensor::broadcast_to(const Shape& shape) const {
  return Tensor(ops::broadcast_to(expr_, shape));
}
Tensor Tensor::astype(const DType& dtype) const { return Tensor(ops::cast(expr_, dtype)); }
Tensor Tensor::matmul(const Tensor& other) const {
  return Tensor(ops::matmul(expr_, other.expr()));
}

Tensor zeros(const Shape& shape, const DType& dtype) { return full(shape, typed(0, dtype)); }
Tensor ones(const Shape& shape, const DType& dtype) { return full(shape, typed(1, dtype)); }
Tensor full(const Shape& shape, Scalar value) { return Tensor(ops::full(shape, std::move(value))); }
Tensor arange(int64_t stop) {
  return Tensor(ops::arange({TypeId::kInt64, int64_t{0}}, {TypeId::kInt64, int64_t{1}},
                            std::max<int64_t>(stop, 0)));
}
Tensor arange(double start, double stop, double step) {
  const auto count = static_cast<int64_t>(std::ceil((stop - start) / step));
  return Tensor(ops::arange({TypeId::kFloat64, start}, {TypeId::kFloat64, step},
                            std::max<int64_t>(count, 0)));
}
Tensor linspace(double start, double stop, int64_t count, bool endpoint) {
  return Tensor(ops::linspace(start, stop, count, endpoint));
}
Tensor eye(int64_t n) { return Tensor(ops::eye(n, n, 0, TypeId::kFloat64)); }
Tensor concatenate(const std::vector<Tensor>& arrays, int64_t axis) {
  std::vector<Expr> exprs;
  for (const Tensor& array : arrays) exprs.push_back(array.expr());
  return Tensor(ops::concatenate(std::move(exprs), axis));
}
Tensor load(const std::string& path) { return Tensor(ops::load_npy(path)); }

Operand::Operand(double value) : argument(weak({TypeId::kFloat64, value})) {}
Operand::Operand(int value) : argument(weak({TypeId::kInt64, int64_t{value}})) {}

Tensor apply(std::string_view function, const std::vector<Operand>& operands) {
  std::vector<ops::Argument> arguments;
  for (const Operand& operand : operands) arguments.push_back(operand.argument);
  return Tensor(ops::compute(function, std::move(arguments)));
}
Tensor where(const Tensor& condition, const Operand& x, const Operand& y) {
  return apply("where", {condition, x, y});
}

Tensor operator+(const Operand& a, const Operand& b) { return apply("add", {a, b}); }
Tensor operator-(const Operand& a, const Operand& b) { return apply("subtract", {a, b}); }
Tensor operator*(const Operand& a, const Operand& b) { return apply("multiply", {a, b}); }
Tensor operator/(const Operand& a, const Operand& b) { return apply("divide", {a, b}); }
Tensor operator-(const Tensor& a) { return apply("negative", {a}); }
Tensor operator<(const Operand& a, const Operand& b) { return apply("less", {a, b}); }
Tensor operator<=(const Operand& a, const Operand& b) { return apply("less_equal", {a, b}); }
Tensor operator>(const Operand& a, const Operand& b) { return apply("greater", {a, b}); }
Tensor operator>=(const Operand& a, const Operand& b) { return apply("greater_equal", {a, b}); }
Tensor operator&(const Tensor& a, const Tensor& b) { return apply("bitwise_and", {a, b}); }
Tensor operator|(const Tensor& a, const Tensor& b) { return apply("bitwise_or", {a, b}); }

}  // namespace tharsis
