#include "tharsis/graph/program.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/graph/expr.h"
#include "tharsis/types/promote.h"

namespace tharsis {
namespace {

struct Functions {
  std::mutex mutex;
  std::map<std::string_view, const ScalarFunction*> by_name;
};

Functions& functions() {
  static Functions instance;
  return instance;
}

constexpr size_t kEqualWithin = 1024;  // instructions

// One value in memory, and the text it may point to.
struct ConstantBytes {
  alignas(16) char value[16 + memory::kPadding] = {};
  uint8_t validity = 1;
  std::string text;
};

template <class T>
void write(ConstantBytes& bytes, T value) {
  std::memcpy(bytes.value, &value, sizeof(T));
}

}  // namespace

void ScalarFunction::settle(ScalarCall& call, std::span<Scalar* const> constants) const {
  std::optional<DType> strong;
  for (size_t i = 0; i < constants.size(); ++i) {
    const bool weak = constants[i] != nullptr && constants[i]->weak;
    if (weak || call.in[i].id == TypeId::kNull) continue;
    if (!strong) {
      strong = call.in[i];
    } else if (const auto both = promoted(*strong, call.in[i])) {
      strong = both;
    }
  }
  for (size_t i = 0; i < constants.size(); ++i) {
    if (constants[i] == nullptr || !strong) continue;
    Scalar& constant = *constants[i];
    if (constant.dtype.id == TypeId::kNull) {
      constant.dtype = *strong;
    } else if (constant.weak) {
      constant.dtype = weak_type(constant, *strong, name());
    }
    call.in[i] = constant.dtype;
  }
}

Column constant_column(const Scalar& scalar) {
  auto bytes = std::make_shared<ConstantBytes>();
  const DType& dtype = scalar.dtype;
  Column column;
  column.dtype = dtype;
  column.encoding = Encoding::kConstant;
  column.data = bytes->value;
  if (scalar.missing()) {
    if (dtype.id == TypeId::kFloat32 && dtype.nan_is_missing()) {
      write(*bytes, std::numeric_limits<float>::quiet_NaN());
    } else if (dtype.nan_is_missing()) {
      write(*bytes, std::numeric_limits<double>::quiet_NaN());
    } else {
      bytes->validity = 0;
      column.validity = &bytes->validity;
    }
  } else if (dtype.is_string()) {
    bytes->text = std::get<std::string>(scalar.value);
    write(*bytes, StringRef(bytes->text));
  } else {
    switch (dtype.id) {
      case TypeId::kBool:
        write(*bytes, static_cast<uint8_t>(scalar.as_int() != 0));
        break;
      case TypeId::kInt8:
        write(*bytes, static_cast<int8_t>(scalar.as_int()));
        break;
      case TypeId::kInt16:
        write(*bytes, static_cast<int16_t>(scalar.as_int()));
        break;
      case TypeId::kInt32:
      case TypeId::kCategory:
        write(*bytes, static_cast<int32_t>(scalar.as_int()));
        break;
      case TypeId::kUInt8:
        write(*bytes, static_cast<uint8_t>(scalar.as_int()));
        break;
      case TypeId::kUInt16:
        write(*bytes, static_cast<uint16_t>(scalar.as_int()));
        break;
      case TypeId::kUInt32:
        write(*bytes, static_cast<uint32_t>(scalar.as_int()));
        break;
      case TypeId::kFloat32:
        write(*bytes, static_cast<float>(scalar.as_double()));
        break;
      case TypeId::kFloat64:
        write(*bytes, scalar.as_double());
        break;
      case TypeId::kUInt64:
        write(*bytes, std::holds_alternative<uint64_t>(scalar.value)
                          ? std::get<uint64_t>(scalar.value)
                          : static_cast<uint64_t>(scalar.as_int()));
        break;
      default:
        write(*bytes, scalar.as_int());
    }
  }
  column.owner = std::move(bytes);
  return column;
}

uint32_t Program::constant(const Scalar& value) {
  WireWriter key;
  put_scalar(key, value);
  for (const auto& [bytes, slot] : constant_keys_) {
    if (bytes == key.bytes()) return slot;
  }
  constants_.emplace_back(slots_, constant_column(value));
  constant_keys_.emplace_back(key.take(), slots_);
  return slots_++;
}

uint32_t Program::append(ScalarCall call, std::vector<uint32_t> in) {
  // Looked for among the last ones only: long programs would take quadratic time.
  const size_t first = instructions_.size() - std::min(instructions_.size(), kEqualWithin);
  for (size_t i = first; i < instructions_.size(); ++i) {
    const Instruction& other = instructions_[i];
    if (other.call.function != call.function || other.in != in || !(other.call.out == call.out))
      continue;
    WireWriter a, b;
    for (const Scalar& param : call.params) put_scalar(a, param);
    for (const Scalar& param : other.call.params) put_scalar(b, param);
    if (a.bytes() == b.bytes()) return other.out;
  }
  call.prepared = call.function->prepare(call);
  instructions_.push_back({std::move(call), std::move(in), slots_, current_origin()});
  return slots_++;
}

void Program::run(Batch& batch, Worker& worker) const {
  check(batch.columns.size() == inputs_, "a program was given another number of columns");
  batch.columns.resize(slots_);
  for (const auto& [slot, column] : constants_) batch.columns[slot] = column;
  std::vector<Column> in;
  for (const Instruction& instruction : instructions_) {
    in.clear();
    for (const uint32_t slot : instruction.in) in.push_back(batch.columns[slot]);
    try {
      batch.columns[instruction.out] =
          instruction.call.function->evaluate(instruction.call, in, batch, worker);
    } catch (Error& error) {
      error.set_origin(instruction.origin);
      throw;
    }
  }
}

void register_functions(std::span<const ScalarFunction* const> rows) {
  const std::lock_guard lock(functions().mutex);
  for (const ScalarFunction* row : rows) functions().by_name.emplace(row->name(), row);
}

const ScalarFunction& require_function(std::string_view name) {
  const std::lock_guard lock(functions().mutex);
  const auto at = functions().by_name.find(name);
  if (at != functions().by_name.end()) return *at->second;
  std::vector<std::string> names;
  for (const auto& [other, row] : functions().by_name) names.emplace_back(other);
  const auto near = near_names(name, names);
  fail(ErrorCode::kUnsupported, "there is no function '{}'{}", name,
       near.empty() ? "" : "; did you mean '" + near.front() + "'?");
}

}  // namespace tharsis
