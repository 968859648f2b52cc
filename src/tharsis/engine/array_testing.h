#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tharsis/engine/session.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/array_source.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/indexing.h"
#include "tharsis/ops/reduction.h"
#include "tharsis/types/visit.h"

namespace tharsis::engine::testing {

inline const bool kRegistered = (ops::register_elementwise_ops(), true);

inline Expr operator+(const Expr& a, const Expr& b) { return ops::compute("add", {a, b}); }
inline Expr operator-(const Expr& a, const Expr& b) { return ops::compute("subtract", {a, b}); }
inline Expr operator*(const Expr& a, const Expr& b) { return ops::compute("multiply", {a, b}); }
inline Expr operator/(const Expr& a, const Expr& b) { return ops::compute("divide", {a, b}); }

/// A weak number, as a user writes it.
inline Scalar number(double value) {
  Scalar scalar{TypeId::kFloat64, value};
  scalar.weak = true;
  return scalar;
}

/// An array that lies in memory.
template <class T>
Expr literal(Session& session, TypeId type, const std::vector<T>& values,
             const std::vector<int64_t>& shape) {
  const auto count = static_cast<int64_t>(values.size());
  auto bytes = std::make_shared<memory::Buffer>(count * static_cast<int64_t>(sizeof(T)));
  if (count > 0) std::memcpy(bytes->data(), values.data(), count * sizeof(T));
  Batch batch;
  batch.rows = count;
  Column column;
  column.dtype = type;
  column.data = bytes->data();
  column.owner = std::move(bytes);
  batch.columns.push_back(std::move(column));
  auto value = std::make_shared<Value>();
  value->meta = tensor_meta(type, known_shape(shape));
  value->store = &session.store();
  value->add(session.store().put(std::move(batch)));
  return stored_leaf(std::move(value));
}

/// Numbers without a pattern.
inline std::vector<double> numbers(int64_t count, uint64_t seed = 1) {
  std::vector<double> out(count);
  for (double& value : out) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    value = static_cast<double>(seed >> 11) * 0x1p-53 * 10 - 3;
  }
  return out;
}

template <class T>
std::vector<T> values_of(const Value& value) {
  const memory::Pin pin = value.chunks[0]->store().pin(value.chunks[0]);
  const auto* data = pin->columns[0].values<T>();
  return {data, data + pin->rows};
}

template <class T = double>
std::vector<T> run(Session& session, const Expr& expr) {
  return values_of<T>(*session.run(expr));
}

}  // namespace tharsis::engine::testing
