#include "tharsis/kernels/loops.h"

#include <map>

#include "tharsis/base/error.h"
#include "tharsis/kernels/loops_internal.h"

namespace tharsis::kernels {
namespace {

std::map<std::string_view, LoopSet> build() {
  std::map<std::string_view, LoopSet> sets;
  for (const Target target : {Target::kAvx2, Target::kAvx512}) {
    LoopTable table;
    arithmetic_loops(target, table);
    compare_loops(target, table);
    divide_loops(target, table);
    float_parts_loops(target, table);
    integer_loops(target, table);
    const auto math = target == Target::kAvx512 ? math_rows_avx512() : math_rows_avx2();
    table.insert(table.end(), math.begin(), math.end());
    for (const LoopRow& row : table) {
      LoopSet& set = sets[row.name];
      set.name = row.name;
      auto& forms = set.loops[static_cast<size_t>(target)][static_cast<size_t>(row.lane)];
      check(forms[0] == nullptr, "two loops of one name and lane");
      forms = {row.loop, row.left_constant, row.right_constant};
      set.out[static_cast<size_t>(row.lane)] = row.out;
    }
  }
  return sets;
}

const std::map<std::string_view, LoopSet>& all_loops() {
  static const std::map<std::string_view, LoopSet> sets = build();
  return sets;
}

}  // namespace

Lane lane_of(TypeId type) {
  switch (type) {
    case TypeId::kBool:
      return Lane::kBool;
    case TypeId::kUInt32:
    case TypeId::kInt64:
    case TypeId::kTimestamp:
    case TypeId::kDuration:
      return Lane::kI64;
    case TypeId::kUInt64:
      return Lane::kU64;
    case TypeId::kFloat32:
      return Lane::kF32;
    case TypeId::kFloat64:
      return Lane::kF64;
    default:
      return Lane::kI32;
  }
}

TypeId lane_type(Lane lane) {
  constexpr std::array types{TypeId::kInt32,   TypeId::kInt64,   TypeId::kUInt64,
                             TypeId::kFloat32, TypeId::kFloat64, TypeId::kBool};
  return types[static_cast<size_t>(lane)];
}

int64_t lane_width(Lane lane) {
  constexpr std::array<int64_t, kLanes> widths{4, 8, 8, 4, 8, 1};
  return widths[static_cast<size_t>(lane)];
}

const LoopSet* find_loops(std::string_view name) {
  const auto at = all_loops().find(name);
  return at == all_loops().end() ? nullptr : &at->second;
}

const LoopSet& loops_named(std::string_view name) {
  const LoopSet* set = find_loops(name);
  check(set != nullptr, name);
  return *set;
}

std::vector<std::string_view> loop_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, set] : all_loops()) names.push_back(name);
  return names;
}

}  // namespace tharsis::kernels
