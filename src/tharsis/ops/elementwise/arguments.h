#pragma once

#include <array>
#include <optional>
#include <vector>

#include "tharsis/graph/program.h"

namespace tharsis::ops {

/// Which rows are present: bits from an offset on; null: all are.
struct Validity {
  const uint8_t* bits = nullptr;
  int64_t offset = 0;

  bool at(int64_t row) const {
    return bits == nullptr || ((bits[(offset + row) >> 3] >> ((offset + row) & 7)) & 1) != 0;
  }
};

/// The arguments of one evaluation, flat or constant (dictionaries are resolved), and what its
/// result is made of. Lives as long as the call to `evaluate`.
class Arguments {
 public:
  Arguments(std::span<const Column> in, const Batch& batch, Worker& worker);

  size_t size() const { return size_; }
  const Column& operator[](size_t i) const { return *in_[i]; }
  bool is_constant(size_t i) const { return in_[i]->encoding == Encoding::kConstant; }
  /// Values to make: one if all arguments are constant, which the result then is too.
  int64_t rows() const { return rows_; }
  memory::Arena& arena() const { return worker_.arena; }
  Worker& worker() const { return worker_; }
  const Batch& batch() const { return batch_; }

  /// Rows where no argument is missing. A NaN of NumPy's flavour is a missing value where `out` has
  /// a bitmap for them.
  Validity present(const DType& out) const;
  /// Of one argument, over `rows()` rows.
  Validity present_of(size_t i, bool nan_too) const;

  template <class T>
  T* room() const {
    return arena().take_as<T>(rows_);
  }
  void* room(const DType& dtype) const { return arena().take(rows_ * dtype.width()); }
  /// The result; missing rows of a NumPy-flavoured float become NaN in `data`.
  Column result(const DType& dtype, void* data, Validity validity = {}) const;

 private:
  static constexpr size_t kMax = 8;
  std::array<const Column*, kMax> in_{};
  std::vector<Column> decoded_;
  size_t size_;
  int64_t rows_;
  bool constant_;
  const Batch& batch_;
  Worker& worker_;
};

/// Evaluates over the words of a dictionary, where that is the only column among constants and has
/// fewer words than there are rows, and looks the answers up by code. A missing row is missing.
std::optional<Column> evaluated_by_words(const ScalarCall& call, std::span<const Column> in,
                                         const Batch& batch, Worker& worker);

/// `column` without its dictionary.
Column decoded(const Column& column, int64_t rows, memory::Arena& arena);
/// Rows present in both.
Validity both_present(Validity a, Validity b, int64_t rows, memory::Arena& arena);
/// One byte, 1 where present, per row.
uint8_t* present_bytes(Validity validity, int64_t rows, memory::Arena& arena);
Validity validity_from_bytes(const uint8_t* bytes, int64_t rows, memory::Arena& arena);
/// `column` made flat: a constant is repeated.
Column repeated(const Column& column, int64_t rows, memory::Arena& arena);

}  // namespace tharsis::ops
