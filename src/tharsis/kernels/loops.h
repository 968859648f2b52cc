#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tharsis/kernels/target.h"
#include "tharsis/types/dtype.h"

namespace tharsis::kernels {

/// How values are held while a loop computes: narrower types are widened to these (convert.h) and
/// narrowed afterwards, which wraps. kBool is one byte, 0 or 1.
enum class Lane : uint8_t { kI32, kI64, kU64, kF32, kF64, kBool };
inline constexpr int kLanes = 6;

/// The lane that holds the values of a number or bool type exactly.
Lane lane_of(TypeId type);
/// The type whose memory form is the lane itself.
TypeId lane_type(Lane lane);
int64_t lane_width(Lane lane);

/// out[i] = f(in[0][i], in[1][i], …) for i in [0, n). No input overlaps the output; nothing beyond
/// n is read or written.
using Loop = void (*)(const void* const* in, void* out, int64_t n);

/// What a loop of two arguments reads: a value per row of both, or one value for all rows of one.
enum class Form : uint8_t { kColumns, kLeftConstant, kRightConstant };
inline constexpr int kForms = 3;

/// One function over all its lanes, forms and instruction sets.
struct LoopSet {
  std::string_view name;
  using Forms = std::array<Loop, kForms>;
  std::array<std::array<Forms, kLanes>, kTargets> loops{};
  std::array<Lane, kLanes> out{};  // the lane of the result

  /// Of the target in force; null where the function has no such loop.
  Loop at(Lane lane, Form form = Form::kColumns) const {
    return loops[static_cast<size_t>(target())][static_cast<size_t>(lane)]
                [static_cast<size_t>(form)];
  }
  Lane out_of(Lane lane) const { return out[static_cast<size_t>(lane)]; }
};

/// By NumPy's name of the ufunc; null if there is no loop of that name.
const LoopSet* find_loops(std::string_view name);
/// The same for a name that must exist.
const LoopSet& loops_named(std::string_view name);
/// All of them, sorted.
std::vector<std::string_view> loop_names();

}  // namespace tharsis::kernels
