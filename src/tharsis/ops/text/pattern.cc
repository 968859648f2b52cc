#include "tharsis/ops/text/pattern.h"

#include <fmt/format.h>

#include "tharsis/base/error.h"

namespace tharsis::ops {
namespace {

constexpr std::string_view kSpaces =
    R"(\x09-\x0d\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view kNotSpaces =
    R"(\x00-\x08\x0e-\x1b\x21-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";
constexpr std::string_view kSpecial = R"(.^$*+?{}[]\|())";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

// Rewrites a pattern from left to right.
class PatternReader {
 public:
  PatternReader(std::string_view text, std::string_view who) : rest_(text), who_(who) {}

  Pattern read() {
    out_.literal = rest_.find_first_of(kSpecial) == std::string_view::npos;
    out_.text = rest_;
    while (!rest_.empty()) next();
    return std::move(out_);
  }

 private:
  [[noreturn]] void unsupported(std::string_view what) const {
    fail(ErrorCode::kUnsupported, "{}: {} in a pattern is not supported", who_, what);
  }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void put(std::string_view text) { out_.re2 += text; }
  void put(char c) { out_.re2 += c; }

  void next() {
    if (rest_[0] == '\\') return escape(false);
    if (rest_[0] == '[') return character_class();
    if (rest_.starts_with("(?")) return group();
    if (rest_[0] == '{') return repeat();
    if (take("$")) {
      out_.line_end = true;
      return put(R"((?:\n?\z))");
    }
    const char c = take();
    put(c);
    if ((c == '*' || c == '+' || c == '?') && rest_.starts_with('+')) {
      unsupported("a possessive repeat");
    }
  }

  // (?: (?P<name> (?i) are RE2's own; the rest looks around or back.
  void group() {
    if (rest_.starts_with("(?=") || rest_.starts_with("(?!") || rest_.starts_with("(?<=") ||
        rest_.starts_with("(?<!")) {
      unsupported("a look ahead or behind");
    }
    if (rest_.starts_with("(?P=") || rest_.starts_with("(?(")) unsupported("a backreference");
    if (rest_.starts_with("(?>")) unsupported("an atomic group");
    if (rest_.starts_with("(?#")) unsupported("a comment");
    if (take("(?P<")) return put("(?P<");
    take("(?");
    put("(?");
    while (!rest_.empty() && (is_letter(rest_[0]) || rest_[0] == '-')) {
      const char flag = take();
      if (flag != 'i' && flag != 's' && flag != '-') unsupported(fmt::format("the flag {}", flag));
      put(flag);
    }
  }

  // {,n} is {0,n}; a brace that repeats nothing stands for itself, in both syntaxes.
  void repeat() {
    size_t end = 1;
    while (end < rest_.size() && (is_digit(rest_[end]) || rest_[end] == ',')) ++end;
    const bool counts = end < rest_.size() && rest_[end] == '}' && end > 1;
    const std::string_view inside = rest_.substr(1, end - 1);
    if (!counts || inside == ",") {
      take();
      return put(R"(\{)");
    }
    put('{');
    if (inside[0] == ',') put('0');
    put(inside);
    put('}');
    rest_.remove_prefix(end + 1);
    if (rest_.starts_with('+')) unsupported("a possessive repeat");
  }

  void character_class() {
    put(take());
    if (take("^")) put('^');
    if (take("]")) put(R"(\])");  // first in a class it stands for itself
    while (!rest_.empty() && rest_[0] != ']') {
      if (rest_[0] == '\\') {
        escape(true);
      } else if (rest_[0] == '[') {
        take();
        put(R"(\[)");
      } else {
        put(take());
      }
    }
    if (!rest_.empty()) put(take());
  }

  void code_point(size_t digits) {
    if (rest_.size() < digits) unsupported("an unfinished escape");
    put(fmt::format("\\x{{{}}}", rest_.substr(0, digits)));
    rest_.remove_prefix(digits);
  }

  void kind(std::string_view members, bool in_class) {
    put(in_class ? std::string(members) : fmt::format("[{}]", members));
  }

  void escape(bool in_class) {
    take();
    if (rest_.empty()) unsupported("a last backslash");
    const char c = take();
    switch (c) {
      case 'd':
        return put(R"(\p{Nd})");
      case 'D':
        return put(R"(\P{Nd})");
      case 'w':
        return kind(R"(\p{L}\p{N}_)", in_class);
      case 'W':
        if (in_class) unsupported("\\W in a class");
        return put(R"([^\p{L}\p{N}_])");
      case 's':
        return kind(kSpaces, in_class);
      case 'S':
        return kind(kNotSpaces, in_class);
      case 'b':
        if (in_class) return put(R"(\x08)");
        out_.word_edges = true;
        return put(R"(\b)");
      case 'B':
        out_.word_edges = true;
        return put(R"(\B)");
      case 'Z':
        return put(R"(\z)");
      case 'A':
        return put(R"(\A)");
      case 'u':
        return code_point(4);
      case 'U':
        return code_point(8);
      case 'x':
        return code_point(2);
      case 'N':
        unsupported("\\N");
      default:
        break;
    }
    if (is_digit(c)) {
      if (c != '0') unsupported("a backreference");
      return put(R"(\x00)");
    }
    if (is_letter(c) && std::string_view("afnrtv").find(c) == std::string_view::npos) {
      unsupported(fmt::format("\\{}", c));
    }
    put('\\');
    put(c);
  }

  std::string_view rest_;
  std::string_view who_;
  Pattern out_;
};

}  // namespace

Pattern read_pattern(std::string_view python, std::string_view who) {
  return PatternReader(python, who).read();
}

std::string read_replacement(std::string_view python, std::string_view who) {
  std::string out;
  for (size_t i = 0; i < python.size(); ++i) {
    if (python[i] != '\\') {
      out += python[i];
      continue;
    }
    require(++i < python.size(), ErrorCode::kInvalidArgument, "{}: bad escape (end of pattern)",
            who);
    const char c = python[i];
    if (c == 'g' && i + 3 < python.size() && python[i + 1] == '<' && is_digit(python[i + 2]) &&
        python[i + 3] == '>') {
      out += fmt::format("\\{}", python[i + 2]);
      i += 3;
    } else if (c >= '1' && c <= '9' && !(i + 1 < python.size() && is_digit(python[i + 1]))) {
      out += fmt::format("\\{}", c);
    } else if (c == '\\') {
      out += R"(\\)";
    } else if (c == 'n' || c == 't' || c == 'r') {
      out += c == 'n' ? '\n' : c == 't' ? '\t' : '\r';
    } else {
      fail(ErrorCode::kUnsupported, "{}: \\{} in a replacement is not supported", who, c);
    }
  }
  return out;
}

}  // namespace tharsis::ops
