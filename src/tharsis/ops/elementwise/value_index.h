#pragma once

#include <string>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/ops/elementwise/arguments.h"

namespace tharsis::ops {

/// From values to their positions in a list; built once for one type of column, then read by all
/// threads. Numbers are equal across their types; NaN and the missing value are one; times are
/// brought to the unit of the column.
class ValueIndex {
 public:
  /// Of repeated values the first counts. A value that no row of `type` can be equal to is left
  /// out.
  ValueIndex(const std::vector<Scalar>& values, const DType& type, std::string_view who);

  /// The position of each row's value, or -1. A missing row has the position of the missing value.
  int32_t* positions(const Arguments& args) const;

 private:
  struct Slot {
    int64_t key;  // the number, or the hash of the text
    int32_t position = -1;
  };
  void add_number(int64_t key, int32_t position);
  void add_text(std::string_view text, int32_t position);
  int32_t find_number(int64_t key) const;
  int32_t find_text(const StringRef& text) const;
  void resize(size_t values);
  Column keys_of(const Arguments& args) const;

  DType type_;
  bool real_ = false;  // keys are the bits of doubles
  std::vector<Slot> slots_;
  int shift_ = 64;  // from a hash to a slot
  std::vector<std::string> texts_;
  int32_t missing_ = -1;
};

/// The type that pandas gives to codes of so many categories: int8, int16 or int32.
TypeId code_type(size_t categories);

/// The labels of a category type as constants.
std::vector<Scalar> label_scalars(const std::vector<Label>& labels);

}  // namespace tharsis::ops
