#include <algorithm>

#include "tharsis/ops/elementwise/table.h"
#include "tharsis/ops/text/code_points.h"
#include "tharsis/ops/text/text_function.h"

namespace tharsis::ops {
namespace {

// What is taken off: white space, or the code points of params[0].
class Unwanted {
 public:
  explicit Unwanted(const ScalarCall& call) : spaces_(!has_param(call, 0)) {
    const std::string characters = text_param(call, 0);
    for (size_t at = 0; at < characters.size(); at += code_point_size(characters, at)) {
      codes_.push_back(
          decode(std::string_view(characters).substr(at, code_point_size(characters, at))));
    }
  }
  bool has(std::string_view character) const {
    const uint32_t code = decode(character);
    return spaces_ ? is_white_space(code)
                   : std::find(codes_.begin(), codes_.end(), code) != codes_.end();
  }

 private:
  bool spaces_;
  std::vector<uint32_t> codes_;
};

std::string_view without_front(std::string_view text, const Unwanted& unwanted) {
  while (!text.empty()) {
    const size_t size = code_point_size(text, 0);
    if (!unwanted.has(text.substr(0, size))) break;
    text.remove_prefix(size);
  }
  return text;
}

std::string_view without_back(std::string_view text, const Unwanted& unwanted) {
  while (!text.empty()) {
    size_t at = text.size() - 1;
    while (at > 0 && !begins_code_point(text[at])) --at;
    if (!unwanted.has(text.substr(at))) break;
    text = text.substr(0, at);
  }
  return text;
}

class Strip final : public TextFunction {
 public:
  Strip(std::string_view name, bool front, bool back)
      : TextFunction(name, TypeId::kString), front_(front), back_(back) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const Unwanted unwanted(call);
    return map_texts(call, args, [&](const StringRef& ref) {
      std::string_view text = ref.view();
      if (front_) text = without_front(text, unwanted);
      if (back_) text = without_back(text, unwanted);
      return part_of(text);
    });
  }

 private:
  bool front_;
  bool back_;
};

// removeprefix and removesuffix; params[0].
class RemoveAffix final : public TextFunction {
 public:
  RemoveAffix(std::string_view name, bool prefix)
      : TextFunction(name, TypeId::kString), prefix_(prefix) {}

 protected:
  Column answer(const ScalarCall& call, const Arguments& args) const override {
    const std::string affix = text_param(call, 0);
    return map_texts(call, args, [&](const StringRef& ref) {
      std::string_view text = ref.view();
      if (prefix_ && text.starts_with(affix)) text.remove_prefix(affix.size());
      if (!prefix_ && text.ends_with(affix)) text.remove_suffix(affix.size());
      return part_of(text);
    });
  }

 private:
  bool prefix_;
};

}  // namespace

void add_text_strip(FunctionTable& table) {
  table.add<Strip>("str_strip", true, true);
  table.add<Strip>("str_lstrip", true, false);
  table.add<Strip>("str_rstrip", false, true);
  table.add<RemoveAffix>("str_removeprefix", true);
  table.add<RemoveAffix>("str_removesuffix", false);
}

}  // namespace tharsis::ops
