#include <algorithm>
#include <limits>

#include "tharsis/ops/elementwise/table.h"
#include "tharsis/ops/text/code_points.h"
#include "tharsis/ops/text/text_function.h"

namespace tharsis::ops {
namespace {

// A slice of Python over a text of `count` code points: first, number of them, step.
struct Steps {
  int64_t first, count, step;
};
Steps steps_of(std::optional<int64_t> start, std::optional<int64_t> stop, int64_t step,
               int64_t count) {
  const auto clamped = [&](std::optional<int64_t> at, int64_t otherwise) {
    if (!at) return otherwise;
    const int64_t from_front = *at < 0 ? *at + count : *at;
    return step > 0 ? std::clamp<int64_t>(from_front, 0, count)
                    : std::clamp<int64_t>(from_front, -1, count - 1);
  };
  const int64_t first = clamped(start, step > 0 ? 0 : count - 1);
  const int64_t end = clamped(stop, step > 0 ? count : -1);
  const int64_t span = step > 0 ? end - first : first - end;
  const int64_t stride = step > 0 ? step : -step;
  return {first, span <= 0 ? 0 : (span + stride - 1) / stride, step};
}

// params: start, stop, step; each may be left out.
class Slice final : public TextFunction {
 public:
  Slice() : TextFunction("str_slice", TypeId::kString) {}

 protected:
  void check_params(const ScalarCall& call) const override {
    require(integer_param(call, 2).value_or(1) != 0, ErrorCode::kInvalidArgument,
            "str_slice: the step must not be zero");
  }
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const auto start = integer_param(call, 0), stop = integer_param(call, 1);
    const int64_t step = integer_param(call, 2).value_or(1);
    TextRoom room(args.arena());
    return map_texts(call, args, [&](const StringRef& ref) {
      const std::string_view text = ref.view();
      const bool ascii = is_ascii(text);
      const int64_t count = ascii ? ref.length : count_code_points(text);
      const Steps steps = steps_of(start, stop, step, count);
      if (steps.count == 0) return StringRef();
      if (steps.step == 1) return part_of(run_of(text, ascii, steps));
      return picked(text, steps, room);
    });
  }

 private:
  static std::string_view run_of(std::string_view text, bool ascii, const Steps& steps) {
    if (ascii)
      return text.substr(static_cast<size_t>(steps.first), static_cast<size_t>(steps.count));
    const size_t begin = byte_of_code_point(text, steps.first);
    const std::string_view rest = text.substr(begin);
    return rest.substr(0, byte_of_code_point(rest, steps.count));
  }
  static StringRef picked(std::string_view text, const Steps& steps, TextRoom& room) {
    char* const begin = room.begin(static_cast<int64_t>(text.size()));
    char* out = begin;
    for (int64_t i = 0; i < steps.count; ++i) {
      const size_t at = byte_of_code_point(text, steps.first + i * steps.step);
      const std::string_view character = text.substr(at, code_point_size(text, at));
      out = std::copy(character.begin(), character.end(), out);
    }
    return room.finish(out - begin);
  }
};

// params[0]: which code point, from the back where negative. Missing where the text is too short.
class Get final : public TextFunction {
 public:
  Get() : TextFunction("str_get", TypeId::kString) {}

 protected:
  void check_params(const ScalarCall& call) const override {
    require(has_param(call, 0), ErrorCode::kInvalidArgument, "str_get: no position given");
  }
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const int64_t wanted = *integer_param(call, 0);
    const StringRef* texts = texts_of(args);
    auto* out = args.room<StringRef>();
    uint8_t* present = present_bytes(args.present(call.out), args.rows(), args.arena());
    for (int64_t i = 0; i < args.rows(); ++i) {
      out[i] = StringRef();
      if (present[i] == 0) continue;
      const std::string_view text = texts[i].view();
      const int64_t count = count_code_points(text);
      const int64_t index = wanted < 0 ? wanted + count : wanted;
      present[i] = index >= 0 && index < count;
      if (present[i] == 0) continue;
      const size_t at = byte_of_code_point(text, index);
      out[i] = StringRef(text.substr(at, code_point_size(text, at)));
    }
    return args.result(call.out, out, validity_from_bytes(present, args.rows(), args.arena()));
  }
};

// params: width, side (left, right, both), the character to fill with.
class Pad final : public TextFunction {
 public:
  Pad() : TextFunction("str_pad", TypeId::kString) {}

 protected:
  void check_params(const ScalarCall& call) const override {
    const std::string side = side_of(call), fill = fill_of(call);
    require(side == "left" || side == "right" || side == "both", ErrorCode::kInvalidArgument,
            "str_pad: side must be left, right or both, got {}", side);
    require(count_code_points(fill) == 1, ErrorCode::kDType,
            "str_pad: fillchar must be one character, got '{}'", fill);
  }
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const int64_t width = integer_param(call, 0).value_or(0);
    const std::string side = side_of(call), fill = fill_of(call);
    TextRoom room(args.arena());
    return map_texts(call, args, [&](const StringRef& ref) {
      const int64_t lacking = width - count_code_points(ref.view());
      if (lacking <= 0) return ref;
      int64_t front = side == "left" ? lacking : 0;
      // What cannot be halved goes where Python's center puts it.
      if (side == "both") front = lacking / 2 + (lacking & width & 1);
      return padded(ref.view(), front, lacking - front, fill, room);
    });
  }

 private:
  static std::string side_of(const ScalarCall& call) {
    return has_param(call, 1) ? text_param(call, 1) : "left";
  }
  static std::string fill_of(const ScalarCall& call) {
    return has_param(call, 2) ? text_param(call, 2) : " ";
  }
  static StringRef padded(std::string_view text, int64_t front, int64_t back,
                          const std::string& fill, TextRoom& room) {
    const auto size =
        static_cast<int64_t>(text.size() + fill.size() * static_cast<size_t>(front + back));
    char* out = room.begin(size);
    for (int64_t i = 0; i < front; ++i) out = std::copy(fill.begin(), fill.end(), out);
    out = std::copy(text.begin(), text.end(), out);
    for (int64_t i = 0; i < back; ++i) out = std::copy(fill.begin(), fill.end(), out);
    return room.finish(size);
  }
};

// params[0]: width. Zeros go behind a sign.
class Zfill final : public TextFunction {
 public:
  Zfill() : TextFunction("str_zfill", TypeId::kString) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const int64_t width = integer_param(call, 0).value_or(0);
    TextRoom room(args.arena());
    return map_texts(call, args, [&](const StringRef& ref) {
      std::string_view text = ref.view();
      const int64_t lacking = width - count_code_points(text);
      if (lacking <= 0) return ref;
      const auto size = static_cast<int64_t>(text.size()) + lacking;
      char* out = room.begin(size);
      if (text.starts_with('-') || text.starts_with('+')) {
        *out++ = text[0];
        text.remove_prefix(1);
      }
      out = std::fill_n(out, lacking, '0');
      std::copy(text.begin(), text.end(), out);
      return room.finish(size);
    });
  }
};

// params[0]: how often.
class Repeat final : public TextFunction {
 public:
  Repeat() : TextFunction("str_repeat", TypeId::kString) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const int64_t times = std::max<int64_t>(integer_param(call, 0).value_or(1), 0);
    TextRoom room(args.arena());
    return map_texts(call, args, [&](const StringRef& ref) {
      const int64_t size = ref.length * times;
      require(size < std::numeric_limits<int32_t>::max(), ErrorCode::kOverflow,
              "str_repeat: a text of {} bytes", size);
      char* out = room.begin(size);
      for (int64_t i = 0; i < times; ++i) out = std::copy_n(ref.data(), ref.length, out);
      return room.finish(size);
    });
  }
};

class Length final : public TextFunction {
 public:
  Length() : TextFunction("str_len", TypeId::kInt64) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    return map_numbers<int64_t>(call, args, count_code_points);
  }
};

}  // namespace

void add_text_slices(FunctionTable& table) {
  table.add<Slice>();
  table.add<Get>();
  table.add<Pad>();
  table.add<Zfill>();
  table.add<Repeat>();
  table.add<Length>();
}

}  // namespace tharsis::ops
