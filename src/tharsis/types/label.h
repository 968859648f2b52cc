#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/base/wire.h"

namespace tharsis {

struct LabelTuple;

/// The name of a column or an index level: data, not an identifier. monostate is Python's None.
using Label = std::variant<std::monostate, bool, int64_t, double, std::string, Ref<LabelTuple>>;

struct LabelTuple {
  std::vector<Label> parts;
};

bool same_label(const Label& a, const Label& b);
struct SameLabel {
  bool operator()(const Label& a, const Label& b) const { return same_label(a, b); }
};
struct LabelHash {
  size_t operator()(const Label& label) const;
};
/// As Python's repr shows it: 'price', 3, ('a', 1).
std::string label_text(const Label& label);
/// The label as plain text, without quotes.
std::string label_plain(const Label& label);

/// Tuples in tuples deeper than this are refused, by whoever makes a label.
inline constexpr int kLabelDepthMax = 100;

void put_label(WireWriter& out, const Label& label);
Label get_label(WireReader& in);

}  // namespace tharsis
