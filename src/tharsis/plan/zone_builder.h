#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "tharsis/plan/array_fragment.h"
#include "tharsis/plan/array_stages.h"

namespace tharsis::plan {

/// A sink of a pass, before its zones are built.
struct PassSink {
  Expr input;  // the elements it takes
  Behind behind;
};

/// Builds the zones of one pass: walks from what the sinks take down to what can be read, pushing
/// views onto the operands, and cuts the domain where that meets a seam.
class ZoneBuilder {
 public:
  ZoneBuilder(const Stages& stages, int level, std::span<const PassSink> sinks)
      : stages_(stages), level_(level), sinks_(sinks) {}

  std::vector<Zone> build(const std::vector<int64_t>& domain);
  /// The masks that sinks are behind, each once; a selection of every zone.
  const std::vector<Expr>& masks() const { return masks_; }
  /// What is computed in the pass, or read from outside; each once.
  std::vector<const Node*> made() const { return {made_.begin(), made_.end()}; }

 private:
  // How one value is made in the zone that is being built: a slot in waiting. Operands come first
  // in a program, so slots are known only when all uses are.
  struct Use {
    int operand = -1;
    const Node* node = nullptr;
    std::vector<size_t> in;
  };
  struct Seam {
    int axis = 0;
    std::vector<int64_t> positions;
  };
  struct Seen {
    uint16_t output;
    Access access;
    size_t use;
  };

  // Behind a selection: what it takes from the zone (by use), and what is made of that, inputs
  // first.
  struct Selected {
    std::vector<std::pair<Expr, size_t>> taken;
    std::vector<std::pair<Expr, size_t>> made;
  };
  using Slots = std::vector<std::pair<Expr, uint32_t>>;

  bool readable(const Expr& expr) const;
  std::optional<Zone> build_zone(const Region& region);
  std::optional<size_t> use(const Expr& expr, const Access& access);
  std::optional<size_t> use_node(const Expr& expr, const Access& access);
  std::optional<size_t> read(const Expr& leaf, const std::vector<int64_t>& shape,
                             const Access& access);
  const Piece& piece_of_first(const Access& access, std::span<const Piece> pieces) const;
  bool meets_seam(const Access& access, const Region& box, std::span<const Piece> pieces);
  bool collect(const Expr& expr, Selected& selected);
  std::vector<uint32_t> emit(Zone& zone);
  static Slots emit(const Selected& selected, const std::vector<uint32_t>& slots,
                    Selection& selection);
  static uint32_t find(const Slots& slots, const Expr& expr);
  Ref<ArraySource> source_of(const Node* node);
  size_t selection_of(const Behind& behind);

  const Stages& stages_;
  const int level_;
  const std::span<const PassSink> sinks_;
  std::vector<Expr> masks_;
  std::unordered_map<const Node*, Ref<ArraySource>> sources_;
  std::unordered_set<const Node*> made_;

  // Of the zone that is being built:
  Region region_;
  std::vector<int64_t> domain_;
  std::vector<Use> uses_;
  std::vector<ArrayOperand> operands_;
  std::unordered_map<const Node*, std::vector<Seen>> seen_;
  std::optional<Seam> seam_;
};

}  // namespace tharsis::plan
