#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/ops/relational/groupby/aggregate.h"
#include "tharsis/ops/relational/groupby/number_words.h"

namespace tharsis::ops {

/// A column over `holder`, which it shares.
template <class Holder>
Column column_of(DType dtype, std::shared_ptr<Holder> holder, const void* data) {
  Column column;
  column.dtype = std::move(dtype);
  column.data = data;
  column.owner = std::move(holder);
  return column;
}

/// A column of n values, each value(i).
template <class T, class Value>
Column made_column(DType dtype, int64_t n, Value value) {
  auto bytes = std::make_shared<memory::Buffer>(n * static_cast<int64_t>(sizeof(T)));
  T* out = bytes->as<T>();
  for (int64_t i = 0; i < n; ++i) out[i] = value(i);
  return column_of(std::move(dtype), std::move(bytes), out);
}

/// One value for all rows.
inline Column zero_column() {
  static const int64_t kZero[2] = {0, 0};
  Column column;
  column.dtype = TypeId::kInt64;
  column.encoding = Encoding::kConstant;
  column.data = kZero;
  column.owner = std::shared_ptr<const void>(std::shared_ptr<const void>(), kZero);
  return column;
}

/// `column` with the rows missing that are not present(i).
template <class Present>
Column with_validity(Column column, int64_t rows, const Present& present) {
  bool all = true;
  for (int64_t i = 0; i < rows && all; ++i) all = present(i);
  if (all) return column;
  struct Both {
    memory::Buffer bits;
    std::shared_ptr<const void> rest;
  };
  auto both = std::make_shared<Both>();
  both->bits = memory::Buffer((rows + 7) / 8);
  auto* bits = both->bits.template as<uint8_t>();
  std::memset(bits, 0, (rows + 7) / 8);
  for (int64_t i = 0; i < rows; ++i) bits[i >> 3] |= static_cast<uint8_t>(present(i) << (i & 7));
  both->rest = column.owner;
  column.validity = bits;
  column.validity_offset = 0;
  column.owner = std::move(both);
  return column;
}

template <class T>
bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return value != value;
  return false;
}

inline bool may_miss(const Column& column) {
  return column.validity != nullptr || column.dtype.is_float();
}

/// Calls add(i, value) for the rows of a flat or constant column that have a value, and
/// missing(i) for the others.
template <class T, class Add, class Missing>
void each_value(const Column& column, int64_t rows, Add add, Missing missing) {
  const T* values = column.values<T>();
  if (column.encoding == Encoding::kConstant) {
    const bool none = !column.valid(0) || is_nan(values[0]);
    for (int64_t i = 0; i < rows; ++i) none ? missing(i) : add(i, values[0]);
  } else if (column.validity == nullptr) {
    for (int64_t i = 0; i < rows; ++i) {
      if constexpr (std::is_floating_point_v<T>) {
        if (values[i] != values[i]) [[unlikely]] {
          missing(i);
          continue;
        }
      }
      add(i, values[i]);
    }
  } else {
    for (int64_t i = 0; i < rows; ++i) {
      if (!column.valid(i) || is_nan(values[i])) {
        missing(i);
      } else {
        add(i, values[i]);
      }
    }
  }
}

/// How many rows of each group had no value; empty as long as all had one. Kept apart, since it
/// nearly always is.
class MissingCounts {
 public:
  void resize(int64_t groups) {
    groups_ = groups;
    if (counts_.size() > 0) counts_.resize(groups, 0);
  }
  void add(uint32_t group, int64_t n = 1) {
    if (counts_.size() < groups_) counts_.resize(groups_, 0);
    counts_[group] += n;
  }
  /// All of them, zeros included: an array for loops that must not ask whether there is one.
  const int64_t* all(int64_t groups) {
    counts_.resize(groups, 0);
    return counts_.data();
  }
  bool empty() const { return counts_.size() == 0; }
  int64_t bytes() const { return counts_.bytes(); }

  Column write(std::span<const uint32_t> groups) const {
    if (empty()) return zero_column();
    return made_column<int64_t>(TypeId::kInt64, static_cast<int64_t>(groups.size()),
                                [&](int64_t i) { return counts_[groups[i]]; });
  }
  void merge(const Column& column, const uint32_t* groups, int64_t rows) {
    const auto* counts = column.values<int64_t>();
    for (int64_t i = 0; i < rows; ++i) {
      if (counts[column.at(i)] != 0) add(groups[i], counts[column.at(i)]);
    }
  }
  void absorb(const MissingCounts& other, std::span<const uint32_t> theirs, const uint32_t* ours) {
    for (size_t i = 0; !other.empty() && i < theirs.size(); ++i) {
      if (other.counts_[theirs[i]] != 0) add(ours[i], other.counts_[theirs[i]]);
    }
  }

 private:
  int64_t groups_ = 0;
  Grown<int64_t> counts_;
};

}  // namespace tharsis::ops
