#include "tharsis/ops/elementwise/cast_text.h"

#include <limits>

#include "tharsis/base/error.h"
#include "tharsis/ops/datetime/parse.h"
#include "tharsis/ops/datetime/print.h"
#include "tharsis/ops/datetime/written.h"
#include "tharsis/ops/elementwise/lanes.h"
#include "tharsis/ops/elementwise/number_text.h"
#include "tharsis/ops/elementwise/strings.h"
#include "tharsis/ops/elementwise/time_units.h"

namespace tharsis::ops {
namespace {

// One text per present row; write(row, out) answers its length, of at most kTimeText bytes.
template <class Write>
Column written(const DType& out, const Arguments& args, Validity present, Write write) {
  TextRoom room(args.arena());
  auto* refs = args.room<StringRef>();
  for (int64_t i = 0; i < args.rows(); ++i) {
    if (!present.at(i)) {
      refs[i] = StringRef();
      continue;
    }
    char* to = room.begin(kTimeText);
    refs[i] = room.finish(write(i, to));
  }
  return args.result(out, refs, present);
}

template <class T>
Column written_floats(const DType& out, const Arguments& args) {
  const T* values = args[0].values<T>();
  return written(out, args, args.present_of(0, true),
                 [values](int64_t i, char* to) { return write_float(values[i], to); });
}

template <class T>
Column written_integers(const DType& out, const Arguments& args, TypeId wide) {
  const Column column = converted(args[0], wide, args.rows(), args.arena());
  const T* values = column.values<T>();
  return written(out, args, args.present_of(0, false),
                 [values](int64_t i, char* to) { return write_integer(values[i], to); });
}

Column written_bools(const DType& out, const Arguments& args) {
  const auto* values = args[0].values<uint8_t>();
  return written(out, args, args.present_of(0, false), [values](int64_t i, char* to) {
    const std::string_view word = values[i] != 0 ? "True" : "False";
    word.copy(to, word.size());
    return static_cast<int64_t>(word.size());
  });
}

Column written_times(const DType& out, const Arguments& args, int64_t digits) {
  const auto* values = args[0].values<int64_t>();
  const TimePrinter printer(args[0].dtype, digits);
  return written(out, args, args.present_of(0, false),
                 [&](int64_t i, char* to) { return printer.write(values[i], to); });
}

[[noreturn]] void fail_row(const DType& out, const Arguments& args, int64_t row,
                           std::string_view text) {
  fail(ErrorCode::kInvalidArgument, "cast: '{}' in row {} is no {}", text.substr(0, 60),
       row_text(args.batch(), row), out.name());
}

// One value per present row; read(text) answers nothing where the text is none.
template <class T, class Read>
Column read_rows(const DType& out, const Arguments& args, Read read) {
  const auto* texts = args[0].values<StringRef>();
  const Validity present = args.present_of(0, false);
  auto* values = args.room<T>();
  for (int64_t i = 0; i < args.rows(); ++i) {
    values[i] = T{};
    if (!present.at(i)) continue;
    const std::optional<T> value = read(texts[i].view(), i);
    if (!value) fail_row(out, args, i, texts[i].view());
    values[i] = *value;
  }
  return args.result(out, values, present);
}

template <class T>
Column read_integers(const DType& out, const Arguments& args) {
  if (out.flavour == Flavour::kNumpy && args[0].validity != nullptr) {
    for (int64_t i = 0; i < args.rows(); ++i) {
      require(args[0].valid(i), ErrorCode::kInvalidArgument,
              "cast: row {} is missing, which {} cannot be; fill it first",
              row_text(args.batch(), i), out.name());
    }
  }
  return read_rows<T>(out, args, [&](std::string_view text, int64_t row) -> std::optional<T> {
    const auto value = read_integer(text);
    if (!value) return std::nullopt;
    require(*value >= static_cast<__int128>(std::numeric_limits<T>::min()) &&
                *value <= static_cast<__int128>(std::numeric_limits<T>::max()),
            ErrorCode::kOverflow, "cast: {} in row {} is out of bounds for {}", text,
            row_text(args.batch(), row), out.name());
    return static_cast<T>(*value);
  });
}

Column read_integers_of(const DType& out, const Arguments& args) {
  switch (out.id) {
    case TypeId::kInt8:
      return read_integers<int8_t>(out, args);
    case TypeId::kInt16:
      return read_integers<int16_t>(out, args);
    case TypeId::kInt32:
      return read_integers<int32_t>(out, args);
    case TypeId::kInt64:
      return read_integers<int64_t>(out, args);
    case TypeId::kUInt8:
      return read_integers<uint8_t>(out, args);
    case TypeId::kUInt16:
      return read_integers<uint16_t>(out, args);
    case TypeId::kUInt32:
      return read_integers<uint32_t>(out, args);
    default:
      return read_integers<uint64_t>(out, args);
  }
}

// NumPy's truth of text is that there is some; a missing one is NaN there, which is true. The
// nullable bool reads the words.
Column read_bools(const DType& out, const Arguments& args) {
  if (out.flavour != Flavour::kNumpy) {
    return read_rows<uint8_t>(
        out, args, [](std::string_view text, int64_t) -> std::optional<uint8_t> {
          if (text == "True" || text == "true" || text == "1" || text == "1.0") return 1;
          if (text == "False" || text == "false" || text == "0" || text == "0.0") return 0;
          return std::nullopt;
        });
  }
  const auto* texts = args[0].values<StringRef>();
  const Validity present = args.present_of(0, false);
  auto* values = args.room<uint8_t>();
  for (int64_t i = 0; i < args.rows(); ++i) values[i] = !present.at(i) || texts[i].length > 0;
  return args.result(out, values);
}

// Text that says "missing" is missing.
Column read_times(const DType& out, const Arguments& args) {
  const auto* texts = args[0].values<StringRef>();
  const Validity present = args.present_of(0, false);
  auto* values = args.room<int64_t>();
  auto* there = present_bytes(present, args.rows(), args.arena());
  for (int64_t i = 0; i < args.rows(); ++i) {
    values[i] = 0;
    if (there[i] == 0) continue;
    const auto time = time_from_text(texts[i].view(), out);
    if (!time) fail_row(out, args, i, texts[i].view());
    if (time->missing()) {
      there[i] = 0;
      continue;
    }
    const Column one = constant_column(*time);
    const memory::ArenaScope scope(args.arena());
    values[i] = in_unit(one, out.unit, 1, args.arena(), "cast").values<int64_t>()[0];
  }
  return args.result(out, values, validity_from_bytes(there, args.rows(), args.arena()));
}

}  // namespace

Column text_of(const DType& out, const Arguments& args, int64_t digits) {
  const DType& type = args[0].dtype;
  if (type.id == TypeId::kFloat64) return written_floats<double>(out, args);
  if (type.id == TypeId::kFloat32) return written_floats<float>(out, args);
  if (type.is_bool()) return written_bools(out, args);
  if (type.is_time()) return written_times(out, args, digits);
  if (type.id == TypeId::kUInt64) return written_integers<uint64_t>(out, args, TypeId::kUInt64);
  return written_integers<int64_t>(out, args, TypeId::kInt64);
}

Column read_text(const DType& out, const Arguments& args) {
  if (out.is_bool()) return read_bools(out, args);
  if (out.is_time()) return read_times(out, args);
  if (out.is_integer()) return read_integers_of(out, args);
  const auto read = [](std::string_view text, int64_t) { return read_float(text); };
  if (out.id == TypeId::kFloat64) return read_rows<double>(out, args, read);
  return read_rows<float>(out, args, [](std::string_view text, int64_t) -> std::optional<float> {
    const auto value = read_float(text);
    return value ? std::optional(static_cast<float>(*value)) : std::nullopt;
  });
}

std::string row_text(const Batch& batch, int64_t row) {
  return std::to_string((batch.position >= 0 ? batch.position : batch.first_row) + row);
}

}  // namespace tharsis::ops
