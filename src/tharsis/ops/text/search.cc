#include "tharsis/ops/elementwise/table.h"
#include "tharsis/ops/text/arrow_bridge.h"
#include "tharsis/ops/text/code_points.h"
#include "tharsis/ops/text/pattern.h"
#include "tharsis/ops/text/text_function.h"

namespace tharsis::ops {
namespace {

// How a pattern must lie in the text.
enum class Where : uint8_t { kAnywhere, kFront, kWhole };

// What a call looks for.
struct Search {
  Pattern pattern;  // literal: only its text counts
  bool ignore_case = false;
};

bool literally(std::string_view text, std::string_view wanted, Where where) {
  switch (where) {
    case Where::kAnywhere:
      return text.find(wanted) != std::string_view::npos;
    case Where::kFront:
      return text.starts_with(wanted);
    case Where::kWhole:
      return text == wanted;
  }
  return false;
}

// Letters and digits as they are, the rest quoted: a text as a pattern.
std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    const bool digit = c >= '0' && c <= '9';
    if (!plain && !digit && static_cast<unsigned char>(c) < 0x80) out += '\\';
    out += c;
  }
  return out;
}

// \b finds words of ASCII letters only.
void refuse_word_edges(const Pattern& pattern, const Arguments& args, std::string_view who) {
  require(!pattern.word_edges || all_ascii(args), ErrorCode::kUnsupported,
          "{}: \\b and \\B in a pattern are supported in ASCII text only", who);
}

// A rewritten `$` takes a line break in, which matters where the match is replaced or counted.
void refuse_line_breaks(const Pattern& pattern, const Arguments& args, std::string_view who) {
  if (!pattern.line_end) return;
  const StringRef* texts = texts_of(args);
  const Validity present = args.present_of(0, false);
  for (int64_t i = 0; i < args.rows(); ++i) {
    require(!present.at(i) || texts[i].view().find('\n') == std::string_view::npos,
            ErrorCode::kUnsupported, "{}: $ in a pattern, and text with line breaks", who);
  }
}

// params: the pattern, whether case counts, and for contains whether it is a regular expression.
class Matches final : public TextFunction {
 public:
  Matches(std::string_view name, Where where) : TextFunction(name, TypeId::kBool), where_(where) {}

  std::shared_ptr<const void> prepare(const ScalarCall& call) const override {
    return std::make_shared<const Search>(search_of(call));
  }

 protected:
  void check_params(const ScalarCall& call) const override {
    const Search search = search_of(call);
    if (!search.pattern.literal) check_arrow_pattern(arrow_pattern(search), name());
  }
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const auto& search = call.ready<Search>();
    if (search.pattern.literal && !search.ignore_case) {
      return test_texts(call, args, [&](std::string_view text) {
        return literally(text, search.pattern.text, where_);
      });
    }
    refuse_word_edges(search.pattern, args, name());
    return truth(call, args, arrow_occurs(arrow_pattern(search), args));
  }

 private:
  Search search_of(const ScalarCall& call) const {
    require(has_param(call, 0), ErrorCode::kDType, "{}: no pattern given", name());
    const std::string text = text_param(call, 0);
    Search search;
    search.ignore_case = !bool_param(call, 1, true);
    if (where_ != Where::kAnywhere || bool_param(call, 2, true)) {
      search.pattern = read_pattern(text, name());
    } else {
      search.pattern.literal = true;
      search.pattern.text = text;
    }
    return search;
  }
  ArrowPattern arrow_pattern(const Search& search) const {
    const std::string& re2 =
        search.pattern.literal ? quoted(search.pattern.text) : search.pattern.re2;
    const char* end = where_ == Where::kWhole ? R"()\z)" : ")";
    const char* begin = where_ == Where::kAnywhere ? "(?:" : R"(\A(?:)";
    return {begin + re2 + end, search.ignore_case};
  }

  Where where_;
};

// params: texts, one of which the text begins (or ends) with.
class Affix final : public TextFunction {
 public:
  Affix(std::string_view name, bool front) : TextFunction(name, TypeId::kBool), front_(front) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    std::vector<std::string> affixes;
    for (size_t i = 0; i < call.params.size(); ++i) affixes.push_back(text_param(call, i));
    return test_texts(call, args, [&](std::string_view text) {
      for (const std::string& affix : affixes) {
        if (front_ ? text.starts_with(affix) : text.ends_with(affix)) return true;
      }
      return false;
    });
  }

 private:
  bool front_;
};

// params: what to find, and between which code points. Its position, -1 where it is not.
class Find final : public TextFunction {
 public:
  Find(std::string_view name, bool first) : TextFunction(name, TypeId::kInt64), first_(first) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const std::string wanted = text_param(call, 0);
    const int64_t start = integer_param(call, 1).value_or(0);
    const auto end = integer_param(call, 2);
    return map_numbers<int64_t>(
        call, args, [&](std::string_view text) { return position(text, wanted, start, end); });
  }

 private:
  int64_t position(std::string_view text, std::string_view wanted, int64_t start,
                   std::optional<int64_t> end) const {
    const int64_t count = count_code_points(text);
    const int64_t begin = start < 0 ? std::max<int64_t>(start + count, 0) : start;
    int64_t stop = end.value_or(count);
    stop = std::min(stop < 0 ? stop + count : stop, count);
    if (begin > stop) return -1;
    const size_t from = byte_of_code_point(text, begin);
    const std::string_view part = text.substr(from, byte_of_code_point(text, stop) - from);
    const size_t at = first_ ? part.find(wanted) : part.rfind(wanted);
    return at == std::string_view::npos ? -1 : begin + count_code_points(part.substr(0, at));
  }

  bool first_;
};

// params[0]: a regular expression.
class Count final : public TextFunction {
 public:
  Count() : TextFunction("str_count", TypeId::kInt64) {}

  std::shared_ptr<const void> prepare(const ScalarCall& call) const override {
    return std::make_shared<const Pattern>(read_pattern(text_param(call, 0), name()));
  }

 protected:
  void check_params(const ScalarCall& call) const override {
    const Pattern pattern = read_pattern(text_param(call, 0), name());
    if (!pattern.literal) check_arrow_pattern({pattern.re2, false}, name());
  }
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const auto& pattern = call.ready<Pattern>();
    if (pattern.literal) {
      return map_numbers<int64_t>(
          call, args, [&](std::string_view text) { return count_of(text, pattern.text); });
    }
    refuse_word_edges(pattern, args, name());
    refuse_line_breaks(pattern, args, name());
    return arrow_count({pattern.re2, false}, call.out, args);
  }

 private:
  static int64_t count_of(std::string_view text, std::string_view wanted) {
    if (wanted.empty()) return count_code_points(text) + 1;
    int64_t count = 0;
    for (size_t at = text.find(wanted); at != std::string_view::npos;
         at = text.find(wanted, at + wanted.size())) {
      ++count;
    }
    return count;
  }
};

// params: the pattern, the replacement, how many at most (all: -1), whether it is a regular
// expression, whether case counts.
class Replace final : public TextFunction {
 public:
  Replace() : TextFunction("str_replace", TypeId::kString) {}

  std::shared_ptr<const void> prepare(const ScalarCall& call) const override {
    return std::make_shared<const Search>(search_of(call));
  }

 protected:
  void check_params(const ScalarCall& call) const override {
    const Search search = search_of(call);
    if (bool_param(call, 3, false)) read_replacement(text_param(call, 1), name());
    if (!search.pattern.literal) check_arrow_pattern({search.pattern.re2, false}, name());
  }
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const auto& search = call.ready<Search>();
    const int64_t limit = integer_param(call, 2).value_or(-1);
    const bool regex = bool_param(call, 3, false);
    const std::string replacement = text_param(call, 1);
    if (limit == 0) return args[0];
    if (search.pattern.literal && !search.ignore_case && (!regex || plain(replacement))) {
      return replace_text(call, args, search.pattern.text, replacement, limit);
    }
    refuse_word_edges(search.pattern, args, name());
    refuse_line_breaks(search.pattern, args, name());
    const std::string pattern =
        search.pattern.literal ? quoted(search.pattern.text) : search.pattern.re2;
    return arrow_replace({pattern, search.ignore_case},
                         regex ? read_replacement(replacement, name()) : escaped(replacement),
                         limit, call.out, args);
  }

 private:
  Search search_of(const ScalarCall& call) const {
    Search search;
    const std::string text = text_param(call, 0);
    search.ignore_case = !bool_param(call, 4, true);
    if (bool_param(call, 3, false)) {
      search.pattern = read_pattern(text, name());
      require(!text.empty(), ErrorCode::kUnsupported, "{}: an empty pattern", name());
    } else {
      search.pattern.literal = true;
      search.pattern.text = text;
    }
    return search;
  }
  static bool plain(const std::string& replacement) {
    return replacement.find('\\') == std::string::npos;
  }
  static std::string escaped(const std::string& replacement) {
    std::string out;
    for (const char c : replacement) out += c == '\\' ? "\\\\" : std::string(1, c);
    return out;
  }

  static Column replace_text(const ScalarCall& call, const Arguments& args,
                             const std::string& wanted, const std::string& replacement,
                             int64_t limit) {
    TextRoom room(args.arena());
    std::string out;
    return map_texts(call, args, [&](const StringRef& ref) {
      const std::string_view text = ref.view();
      if (wanted.empty()) {
        put_between(out, text, replacement, limit);
        return room.copy(out);
      }
      size_t at = text.find(wanted);
      if (at == std::string_view::npos) return ref;
      out.clear();
      size_t from = 0;
      for (int64_t i = 0; at != std::string_view::npos && (limit < 0 || i < limit); ++i) {
        out.append(text.substr(from, at - from)).append(replacement);
        from = at + wanted.size();
        at = text.find(wanted, from);
      }
      out.append(text.substr(from));
      return room.copy(out);
    });
  }
  // Nothing is found before, between and behind all characters.
  static void put_between(std::string& out, std::string_view text, const std::string& replacement,
                          int64_t limit) {
    out.clear();
    int64_t left = limit < 0 ? static_cast<int64_t>(text.size()) + 1 : limit;
    for (size_t at = 0; at < text.size();) {
      if (left-- > 0) out += replacement;
      const size_t size = code_point_size(text, at);
      out.append(text.substr(at, size));
      at += size;
    }
    if (left > 0) out += replacement;
  }
};

// str_cat(a, b, …); params: what stands between, and for missing texts, which else make the row
// missing.
class Cat final : public ScalarFunction {
 public:
  std::string_view name() const override { return "str_cat"; }
  DType infer(const ScalarCall& call) const override {
    for (const DType& type : call.in) {
      require(type.is_string(), ErrorCode::kDType, "str_cat: {} is no text", type.name());
    }
    return call.in[0].with_flavour(flavour_of(call.in));
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    std::vector<Column> parts;
    const Column separator = constant_column({TypeId::kString, text_param(call, 0)});
    const Column missing = constant_column({TypeId::kString, text_param(call, 1)});
    for (const Column& column : in) {
      if (!parts.empty()) parts.push_back(separator);
      parts.push_back(has_param(call, 1) ? filled(column, missing, batch, worker) : column);
    }
    return concatenated(call.out, Arguments(parts, batch, worker));
  }

 private:
  static Column filled(const Column& column, const Column& value, const Batch& batch,
                       Worker& worker) {
    const ScalarFunction& fill = require_function("fillna");
    ScalarCall call{&fill, {column.dtype, value.dtype}, {}, {}, {}};
    call.out = column.dtype;
    const Column two[] = {column, value};
    return fill.evaluate(call, two, batch, worker);
  }
};

}  // namespace

void add_text_search(FunctionTable& table) {
  table.add<Matches>("str_contains", Where::kAnywhere);
  table.add<Matches>("str_match", Where::kFront);
  table.add<Matches>("str_fullmatch", Where::kWhole);
  table.add<Affix>("str_startswith", true);
  table.add<Affix>("str_endswith", false);
  table.add<Find>("str_find", true);
  table.add<Find>("str_rfind", false);
  table.add<Count>();
  table.add<Replace>();
  table.add<Cat>();
}

}  // namespace tharsis::ops
