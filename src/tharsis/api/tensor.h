#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/graph/expr.h"
#include "tharsis/memory/array_room.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/indexing.h"

namespace tharsis {

using Shape = std::vector<int64_t>;
using ops::Index;

/// The type of an array whose values are T.
template <class T>
constexpr TypeId type_of() {
  if constexpr (std::is_same_v<T, bool>) return TypeId::kBool;
  if constexpr (std::is_same_v<T, int8_t>) return TypeId::kInt8;
  if constexpr (std::is_same_v<T, int16_t>) return TypeId::kInt16;
  if constexpr (std::is_same_v<T, int32_t>) return TypeId::kInt32;
  if constexpr (std::is_same_v<T, int64_t>) return TypeId::kInt64;
  if constexpr (std::is_same_v<T, uint8_t>) return TypeId::kUInt8;
  if constexpr (std::is_same_v<T, uint16_t>) return TypeId::kUInt16;
  if constexpr (std::is_same_v<T, uint32_t>) return TypeId::kUInt32;
  if constexpr (std::is_same_v<T, uint64_t>) return TypeId::kUInt64;
  if constexpr (std::is_same_v<T, float>) return TypeId::kFloat32;
  return TypeId::kFloat64;
}

/// Axes of a reduction; none named: all. Negative ones count from the end.
struct Over {
  Shape axes;
  bool keepdims = false;
  int64_t ddof = 0;
};

/// An array with NumPy's words. It is an expression: calls check their arguments and build a graph,
/// `values` runs it. Cheap to copy; equal expressions share their result.
class Tensor {
 public:
  explicit Tensor(Expr expr) : expr_(std::move(expr)) {}
  /// Values in C order, copied.
  template <class T>
  static Tensor from(engine::Session& session, std::span<const T> values, const Shape& shape) {
    memory::ArrayRoom room(session.store(), type_of<T>(), static_cast<int64_t>(values.size()),
                           "array");
    if (!values.empty()) std::memcpy(room.data(), values.data(), values.size_bytes());
    return Tensor(stored_leaf(room.close(shape)));
  }

  const Expr& expr() const { return expr_; }
  const DType& dtype() const { return expr_.meta().dtype; }
  size_t ndim() const { return expr_.meta().shape.size(); }

  /// Computes all of it and answers its values in C order; T is the type of the array.
  template <class T>
  std::vector<T> values(engine::Session& session) const {
    require(dtype().id == type_of<T>(), ErrorCode::kDType, "the values of {} are asked for as {}",
            expr_.meta().text(), DType(type_of<T>()).name());
    const Ref<memory::Value> value = session.run(expr_);
    const memory::PinnedArray array(*value);
    return {array.as<T>(), array.as<T>() + value->rows()};
  }

  Tensor sum(Over over = {}) const { return reduce("sum", std::move(over)); }
  Tensor prod(Over over = {}) const { return reduce("prod", std::move(over)); }
  Tensor min(Over over = {}) const { return reduce("min", std::move(over)); }
  Tensor max(Over over = {}) const { return reduce("max", std::move(over)); }
  Tensor mean(Over over = {}) const { return reduce("mean", std::move(over)); }
  Tensor var(Over over = {}) const { return reduce("var", std::move(over)); }
  Tensor std(Over over = {}) const { return reduce("std", std::move(over)); }
  Tensor any(Over over = {}) const { return reduce("any", std::move(over)); }
  Tensor all(Over over = {}) const { return reduce("all", std::move(over)); }
  Tensor argmin(Over over = {}) const { return reduce("argmin", std::move(over)); }
  Tensor argmax(Over over = {}) const { return reduce("argmax", std::move(over)); }
  /// Any reduction by NumPy's name: nansum, count_nonzero, …
  Tensor reduce(std::string_view name, Over over = {}) const;

  Tensor operator[](const std::vector<Index>& items) const;
  /// The elements where `mask` is true, one after the other.
  Tensor where(const Tensor& mask) const;
  Tensor reshape(Shape shape) const;
  Tensor transpose(Shape axes = {}) const;
  Tensor broadcast_to(const Shape& shape) const;
  Tensor astype(const DType& dtype) const;
  Tensor matmul(const Tensor& other) const;

 private:
  Expr expr_;
};

Tensor zeros(const Shape& shape, const DType& dtype = TypeId::kFloat64);
Tensor ones(const Shape& shape, const DType& dtype = TypeId::kFloat64);
Tensor full(const Shape& shape, Scalar value);
Tensor arange(int64_t stop);
Tensor arange(double start, double stop, double step);
Tensor linspace(double start, double stop, int64_t count = 50, bool endpoint = true);
Tensor eye(int64_t n);
Tensor concatenate(const std::vector<Tensor>& arrays, int64_t axis = 0);
/// Of a .npy file, mapped into memory.
Tensor load(const std::string& path);

/// A number beside an array takes the array's type, as in Python.
struct Operand {
  ops::Argument argument;
  Operand(const Tensor& tensor) : argument(tensor.expr()) {}  // NOLINT
  Operand(double value);                                      // NOLINT
  Operand(int value);                                         // NOLINT
};

/// A universal function by NumPy's name: apply("hypot", {x, y}).
Tensor apply(std::string_view function, const std::vector<Operand>& operands);
Tensor where(const Tensor& condition, const Operand& x, const Operand& y);

Tensor operator+(const Operand& a, const Operand& b);
Tensor operator-(const Operand& a, const Operand& b);
Tensor operator*(const Operand& a, const Operand& b);
Tensor operator/(const Operand& a, const Operand& b);
Tensor operator-(const Tensor& a);
Tensor operator<(const Operand& a, const Operand& b);
Tensor operator<=(const Operand& a, const Operand& b);
Tensor operator>(const Operand& a, const Operand& b);
Tensor operator>=(const Operand& a, const Operand& b);
Tensor operator&(const Tensor& a, const Tensor& b);
Tensor operator|(const Tensor& a, const Tensor& b);

}  // namespace tharsis
