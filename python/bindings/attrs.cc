#include "bindings.h"
#include "tharsis/base/error.h"

namespace tharsis::python {
namespace {

// Reads the fields of an attribute struct from nested dicts and lists. What is not named keeps its
// default.
class PythonFields final : public Fields {
 public:
  PythonFields(std::string_view op, const nb::dict& keywords) : op_(op) {
    levels_.push_back({keywords, 0, 0});
  }

  // Keywords that no field took.
  void require_all_used() const {
    const Level& top = levels_[0];
    if (top.used == nb::len(top.object)) return;
    for (const auto& [name, value] : nb::borrow<nb::dict>(top.object)) {
      const std::string text = nb::cast<std::string>(name);
      if (std::find(seen_.begin(), seen_.end(), text) != seen_.end()) continue;
      const auto near = near_names(text, seen_);
      fail(ErrorCode::kInvalidArgument, "{}: there is no argument '{}'{}", op_, text,
           near.empty() ? "" : "; did you mean '" + near.front() + "'?");
    }
  }

 protected:
  void leaf(std::string_view name, bool& value) override { read(name, value); }
  void leaf(std::string_view name, int64_t& value) override { read(name, value); }
  void leaf(std::string_view name, double& value) override { read(name, value); }
  void leaf(std::string_view name, std::string& value) override { read(name, value); }
  void leaf(std::string_view name, Label& value) override {
    if (const nb::object given = find(name); given.is_valid()) value = label_from_python(given);
  }
  void leaf(std::string_view name, DType& value) override {
    if (const nb::object given = find(name); given.is_valid()) value = dtype_from_python(given);
  }
  void leaf(std::string_view name, Scalar& value) override {
    if (const nb::object given = find(name); given.is_valid())
      value = scalar_from_python(given, op_);
  }
  size_t begin_list(std::string_view name, size_t size) override {
    const nb::object given = find(name);
    if (!given.is_valid()) {
      // A list that is not given keeps its defaults: they are read from nowhere.
      levels_.push_back({nb::none(), 0, 0});
      return size;
    }
    levels_.push_back({nb::list(given), 0, 0});
    return nb::len(levels_.back().object);
  }
  void end_list() override { levels_.pop_back(); }
  void begin_struct(std::string_view name) override {
    const nb::object given = find(name);
    levels_.push_back({given.is_valid() ? given : nb::none(), 0, 0});
  }
  void end_struct() override { levels_.pop_back(); }

 private:
  struct Level {
    nb::object object;  // a dict, a list, or None: nothing was given
    size_t next = 0;    // of a list
    size_t used = 0;    // of a dict
  };

  nb::object find(std::string_view name) {
    Level& level = levels_.back();
    if (level.object.is_none()) return {};
    if (nb::isinstance<nb::list>(level.object)) return level.object[level.next++];
    const std::string key(name);
    if (levels_.size() == 1) seen_.push_back(key);
    const nb::dict dict = nb::borrow<nb::dict>(level.object);
    if (!dict.contains(key.c_str())) return {};
    ++level.used;
    return dict[key.c_str()];
  }

  template <class T>
  void read(std::string_view name, T& value) {
    const nb::object given = find(name);
    if (!given.is_valid()) return;
    require(nb::try_cast<T>(given, value), ErrorCode::kInvalidArgument, "{}: {} cannot be {}", op_,
            name, nb::cast<std::string>(nb::repr(given)));
  }

  const std::string op_;
  std::vector<Level> levels_;
  std::vector<std::string> seen_;
};

}  // namespace

Attrs attrs_from_python(const Op& op, const nb::dict& keywords) {
  PythonFields fields(op.name(), keywords);
  Attrs attrs = op.read(fields);
  fields.require_all_used();
  return attrs;
}

}  // namespace tharsis::python
