#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/graph/flow.h"
#include "tharsis/types/scalar.h"

namespace tharsis {

struct ScalarCall;

/// A function of single values: one row of a table. Runs over columns of frames and blocks of
/// arrays alike.
class ScalarFunction {
 public:
  virtual ~ScalarFunction() = default;
  virtual std::string_view name() const = 0;
  /// Gives the constants among the arguments their types before `infer` is asked: `constants[i]` is
  /// argument i where that is one, else null; `call.in` is kept in step. The default is NEP 50: a
  /// bare number takes the common type of the other arguments, and so does a missing value.
  virtual void settle(ScalarCall& call, std::span<Scalar* const> constants) const;
  /// The type of the result; an error in the words of the user where there is none.
  virtual DType infer(const ScalarCall& call) const = 0;
  /// What evaluation needs of the parameters, made once when the call joins a program: a compiled
  /// pattern, a hash table, a time zone.
  virtual std::shared_ptr<const void> prepare(const ScalarCall&) const { return nullptr; }
  /// One value per row. Scratch comes from the worker's arena.
  virtual Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                          Worker& worker) const = 0;
  /// As `evaluate`, for flat and constant columns without missing values, but into `out`, which has
  /// room for exactly `rows` values and may overlap no input: an array is made in place. False
  /// where the function has no such loop; the caller then copies what `evaluate` answers.
  virtual bool evaluate_into(const ScalarCall&, std::span<const Column>, int64_t /*rows*/,
                             void* /*out*/, Worker&) const {
    return false;
  }
  /// Nanoseconds per value, roughly: decides between computing twice and storing.
  virtual double cost_ns(const ScalarCall&) const { return 0.3; }
  /// Where the function is a loop over lanes, its name among the kernels; empty otherwise.
  virtual std::string_view loop() const { return {}; }
};

/// A scalar function with the types of its arguments and its parameters (a pattern, a unit).
struct ScalarCall {
  const ScalarFunction* function = nullptr;
  std::vector<DType> in;
  std::vector<Scalar> params;
  DType out;
  std::shared_ptr<const void> prepared;  // by Program::append

  template <class T>
  const T& ready() const {
    return *static_cast<const T*>(prepared.get());
  }
};

/// One instruction: out = function(in…).
struct Instruction {
  ScalarCall call;
  std::vector<uint32_t> in;
  uint32_t out = 0;
  uint32_t origin = 0;  // of the user's line, for errors
};

/// Straight-line code over slots. The first `inputs` slots are given; instructions and constants
/// append. Equal instructions are written once.
class Program {
 public:
  explicit Program(uint32_t inputs) : inputs_(inputs), slots_(inputs) {}

  uint32_t constant(const Scalar& value);
  uint32_t append(ScalarCall call, std::vector<uint32_t> in);

  uint32_t inputs() const { return inputs_; }
  uint32_t slots() const { return slots_; }
  bool empty() const { return instructions_.empty() && constants_.empty(); }
  const std::vector<Instruction>& instructions() const { return instructions_; }
  const std::vector<std::pair<uint32_t, Column>>& constants() const { return constants_; }

  /// Appends the constants and results to the columns of `batch`: slot i is column i afterwards.
  void run(Batch& batch, Worker& worker) const;

 private:
  uint32_t inputs_;
  uint32_t slots_;
  std::vector<Instruction> instructions_;
  std::vector<std::pair<uint32_t, Column>> constants_;
  std::vector<std::pair<std::string, uint32_t>> constant_keys_;
};

/// A column of one value for all rows, which it owns.
Column constant_column(const Scalar& value);

/// Functions by name. A family registers its table once.
void register_functions(std::span<const ScalarFunction* const> functions);
/// An Unsupported error with near names if there is none.
const ScalarFunction& require_function(std::string_view name);

}  // namespace tharsis
