#include "tharsis/types/label.h"

#include <functional>

#include "tharsis/base/error.h"

namespace tharsis {

bool same_label(const Label& a, const Label& b) {
  if (a.index() != b.index()) return false;
  const auto* x = std::get_if<Ref<LabelTuple>>(&a);
  if (x == nullptr) return a == b;
  const auto& left = (*x)->parts;
  const auto& right = std::get<Ref<LabelTuple>>(b)->parts;
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!same_label(left[i], right[i])) return false;
  }
  return true;
}

size_t LabelHash::operator()(const Label& label) const {
  const auto hash = []<class T>(const T& value) -> size_t {
    if constexpr (std::is_same_v<T, Ref<LabelTuple>>) {
      size_t sum = value->parts.size();
      for (const Label& part : value->parts) sum = sum * 0x9E3779B97F4A7C15ull + LabelHash()(part);
      return sum;
    } else {
      return std::hash<T>()(value);
    }
  };
  return std::visit(hash, label) + label.index();
}

std::string label_plain(const Label& label) {
  struct Show {
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(bool value) const { return value ? "True" : "False"; }
    std::string operator()(int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return fmt::format("{}", value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const Ref<LabelTuple>& value) const {
      std::string out = "(";
      for (size_t i = 0; i < value->parts.size(); ++i) {
        out += (i ? ", " : "") + label_text(value->parts[i]);
      }
      return out + (value->parts.size() == 1 ? ",)" : ")");
    }
  };
  return std::visit(Show{}, label);
}

std::string label_text(const Label& label) {
  if (const auto* text = std::get_if<std::string>(&label)) return "'" + *text + "'";
  return label_plain(label);
}

void put_label(WireWriter& out, const Label& label) {
  out.put<uint8_t>(static_cast<uint8_t>(label.index()));
  struct Put {
    WireWriter& out;
    void operator()(std::monostate) const {}
    void operator()(bool value) const { out.put<uint8_t>(value); }
    void operator()(int64_t value) const { out.put(value); }
    void operator()(double value) const { out.put(value); }
    void operator()(const std::string& value) const { out.put_string(value); }
    void operator()(const Ref<LabelTuple>& value) const {
      out.put<uint64_t>(value->parts.size());
      for (const Label& part : value->parts) put_label(out, part);
    }
  };
  std::visit(Put{out}, label);
}

namespace {

Label label_at(WireReader& in, int depth) {
  require(depth <= kLabelDepthMax, ErrorCode::kStorage, "wire: a label of tuples {} deep", depth);
  switch (in.get<uint8_t>()) {
    case 0:
      return std::monostate{};
    case 1:
      return in.get<uint8_t>() != 0;
    case 2:
      return in.get<int64_t>();
    case 3:
      return in.get<double>();
    case 4:
      return std::string(in.get_string());
    case 5: {
      auto tuple = std::make_shared<LabelTuple>();
      const auto count = in.get_count();
      for (uint64_t i = 0; i < count; ++i) tuple->parts.push_back(label_at(in, depth + 1));
      return Ref<LabelTuple>(std::move(tuple));
    }
    default:
      fail(ErrorCode::kStorage, "wire: a label of an unknown kind");
  }
}

}  // namespace

Label get_label(WireReader& in) { return label_at(in, 0); }

}  // namespace tharsis
