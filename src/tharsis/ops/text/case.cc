#include "tharsis/ops/elementwise/table.h"
#include "tharsis/ops/text/arrow_bridge.h"
#include "tharsis/ops/text/code_points.h"
#include "tharsis/ops/text/text_function.h"

namespace tharsis::ops {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alpha(char c) { return is_lower(c) || is_upper(c); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char to_lower(char c) { return static_cast<char>(c + (is_upper(c) ? 32 : 0)); }
char to_upper(char c) { return static_cast<char>(c - (is_lower(c) ? 32 : 0)); }

// Functions that keep the length of ASCII text; others are Arrow's.
using Rewrite = void (*)(const char* in, char* out, size_t size);

void lower(const char* in, char* out, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = to_lower(in[i]);
}
void upper(const char* in, char* out, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = to_upper(in[i]);
}
void swap_case(const char* in, char* out, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = is_lower(in[i]) ? to_upper(in[i]) : to_lower(in[i]);
}
void capitalize(const char* in, char* out, size_t size) {
  lower(in, out, size);
  if (size > 0) out[0] = to_upper(in[0]);
}
// A letter after none is a capital.
void title(const char* in, char* out, size_t size) {
  bool inside = false;
  for (size_t i = 0; i < size; ++i) {
    out[i] = inside ? to_lower(in[i]) : to_upper(in[i]);
    inside = is_alpha(in[i]);
  }
}

class ChangeCase final : public TextFunction {
 public:
  ChangeCase(std::string_view name, Rewrite rewrite, std::string_view kernel)
      : TextFunction(name, TypeId::kString), rewrite_(rewrite), kernel_(kernel) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    if (!all_ascii(args)) return arrow_text(kernel_, call.out, args);
    TextRoom room(args.arena());
    return map_texts(call, args, [&](const StringRef& text) {
      rewrite_(text.data(), room.begin(text.length), text.length);
      return room.finish(text.length);
    });
  }

 private:
  Rewrite rewrite_;
  std::string_view kernel_;
};

using Test = bool (*)(std::string_view text);

// Some characters, all of which pass.
template <bool (*passes)(char)>
bool all(std::string_view text) {
  for (const char c : text) {
    if (!passes(c)) return false;
  }
  return !text.empty();
}
bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
bool is_space(char c) { return is_white_space(static_cast<unsigned char>(c)); }

// Some letters, all of them small (or capital).
bool all_lower(std::string_view text) {
  bool any = false;
  for (const char c : text) {
    if (is_upper(c)) return false;
    any |= is_lower(c);
  }
  return any;
}
bool all_upper(std::string_view text) {
  bool any = false;
  for (const char c : text) {
    if (is_lower(c)) return false;
    any |= is_upper(c);
  }
  return any;
}
bool is_title(std::string_view text) {
  bool inside = false, any = false;
  for (const char c : text) {
    if (inside ? is_upper(c) : is_lower(c)) return false;
    inside = is_alpha(c);
    any |= inside;
  }
  return any;
}

class TestCharacters final : public TextFunction {
 public:
  TestCharacters(std::string_view name, Test test, std::string_view kernel)
      : TextFunction(name, TypeId::kBool), test_(test), kernel_(kernel) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    if (all_ascii(args)) {
      return test_texts(call, args, [this](std::string_view text) { return test_(text); });
    }
    const Column column = arrow_text(kernel_, call.out, args);
    return truth(call, args, static_cast<uint8_t*>(const_cast<void*>(column.data)));
  }

 private:
  Test test_;
  std::string_view kernel_;
};

}  // namespace

void add_text_case(FunctionTable& table) {
  table.add<ChangeCase>("str_lower", lower, "utf8_lower");
  table.add<ChangeCase>("str_upper", upper, "utf8_upper");
  table.add<ChangeCase>("str_swapcase", swap_case, "utf8_swapcase");
  table.add<ChangeCase>("str_capitalize", capitalize, "utf8_capitalize");
  table.add<ChangeCase>("str_title", title, "utf8_title");
  table.add<TestCharacters>("str_isalpha", all<is_alpha>, "utf8_is_alpha");
  table.add<TestCharacters>("str_isdigit", all<is_digit>, "utf8_is_digit");
  table.add<TestCharacters>("str_isdecimal", all<is_digit>, "utf8_is_decimal");
  table.add<TestCharacters>("str_isnumeric", all<is_digit>, "utf8_is_numeric");
  table.add<TestCharacters>("str_isalnum", all<is_alnum>, "utf8_is_alnum");
  table.add<TestCharacters>("str_isspace", all<is_space>, "utf8_is_space");
  table.add<TestCharacters>("str_islower", all_lower, "utf8_is_lower");
  table.add<TestCharacters>("str_isupper", all_upper, "utf8_is_upper");
  table.add<TestCharacters>("str_istitle", is_title, "utf8_is_title");
}

}  // namespace tharsis::ops
