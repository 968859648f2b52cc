#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/graph/program.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/types/label.h"

namespace tharsis::ops::testing {

// A value of a test: nothing is a missing one.
template <class T>
using Maybe = std::vector<std::optional<T>>;

/// Flat columns and programs of one call, for tests of scalar functions.
class ScalarRun {
 public:
  ScalarRun() : store_(budget_, "/tmp"), arena_(budget_), worker_{store_, arena_, cancel_} {
    register_elementwise_ops();
  }

  template <class T>
  Column flat(const DType& dtype, const Maybe<T>& values) {
    const auto rows = static_cast<int64_t>(values.size());
    auto bytes = std::make_shared<memory::Buffer>(rows * dtype.width() + rows / 8 + 1);
    auto* bits = bytes->template as<uint8_t>() + rows * dtype.width();
    std::fill_n(bits, rows / 8 + 1, 0);
    bool missing = false;
    for (int64_t i = 0; i < rows; ++i) {
      const auto& value = values[static_cast<size_t>(i)];
      if (value) bits[i / 8] |= static_cast<uint8_t>(1 << (i % 8));
      missing |= !value.has_value();
      if constexpr (std::is_same_v<T, std::string>) {
        if (value) texts_.push_back(std::make_unique<std::string>(*value));
        bytes->template as<StringRef>()[i] = value ? StringRef(*texts_.back()) : StringRef();
      } else {
        bytes->template as<T>()[i] = value.value_or(T{});
      }
    }
    Column column;
    column.dtype = dtype;
    column.data = bytes->data();
    if (missing) column.validity = bits;
    column.owner = std::move(bytes);
    return column;
  }

  Column words(const Maybe<std::string>& values, const std::vector<std::string>& dictionary) {
    Maybe<int32_t> codes;
    for (const auto& value : values) {
      const auto at =
          value ? std::find(dictionary.begin(), dictionary.end(), *value) : dictionary.begin();
      codes.push_back(value ? std::optional(static_cast<int32_t>(at - dictionary.begin()))
                            : std::nullopt);
    }
    Column column = flat<int32_t>(TypeId::kInt32, codes);
    column.dtype = TypeId::kString;
    column.encoding = Encoding::kDictionary;
    column.dictionary_rows = static_cast<int64_t>(dictionary.size());
    column.dictionary = std::make_shared<const Column>(
        flat<std::string>(TypeId::kString, {dictionary.begin(), dictionary.end()}));
    return column;
  }

  /// function(columns and constants…): columns first in `in`, constants by their place.
  struct Argument {
    Column column;
    std::optional<Scalar> constant;
    Argument(Column c) : column(std::move(c)) {}            // NOLINT
    Argument(Scalar value) : constant(std::move(value)) {}  // NOLINT
  };
  Column run(std::string_view function, std::vector<Argument> arguments, int64_t rows,
             std::vector<Scalar> params = {}) {
    ScalarCall call;
    call.function = &require_function(function);
    call.params = std::move(params);
    std::vector<Scalar*> constants;
    for (Argument& argument : arguments) {
      constants.push_back(argument.constant ? &*argument.constant : nullptr);
      call.in.push_back(argument.constant ? argument.constant->dtype : argument.column.dtype);
    }
    call.function->settle(call, constants);
    call.out = call.function->infer(call);
    batch_ = Batch();
    batch_.rows = rows;
    for (const Argument& argument : arguments) {
      if (!argument.constant) batch_.columns.push_back(argument.column);
    }
    Program program(static_cast<uint32_t>(batch_.columns.size()));
    std::vector<uint32_t> slots;
    uint32_t next = 0;
    for (const Argument& argument : arguments) {
      slots.push_back(argument.constant ? program.constant(*argument.constant) : next++);
    }
    const uint32_t out = program.append(std::move(call), std::move(slots));
    program.run(batch_, worker_);
    return batch_.columns[out];
  }

  /// The values as text, "-" for missing ones: easy to compare and to read.
  static std::string text(const Column& column, int64_t rows) {
    std::string out;
    for (int64_t i = 0; i < rows; ++i) {
      const Scalar value = memory::scalar_at(column, i);
      const bool nan = std::holds_alternative<double>(value.value) &&
                       std::isnan(std::get<double>(value.value)) && value.dtype.nan_is_missing();
      out += (i == 0 ? "" : " ") + (value.missing() || nan ? "-" : value.text());
    }
    return out;
  }

  Worker& worker() { return worker_; }

 private:
  memory::Budget budget_{int64_t{1} << 30};
  memory::Store store_;
  memory::Arena arena_;
  CancelToken cancel_;
  Worker worker_;
  std::vector<std::unique_ptr<std::string>> texts_;
  Batch batch_;
};

inline Scalar weak(int64_t value) { return {TypeId::kInt64, value, true}; }
inline Scalar weak(double value) { return {TypeId::kFloat64, value, true}; }
inline Scalar text(std::string value) { return {TypeId::kString, std::move(value)}; }

}  // namespace tharsis::ops::testing
