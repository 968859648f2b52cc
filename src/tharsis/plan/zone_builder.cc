#include "tharsis/plan/zone_builder.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/memory/value.h"

namespace tharsis::plan {
namespace {

Traits traits_of(const Node* node) { return node->call.op->traits(node->call); }

// The first domain position on one axis whose image is at or beyond `position` of the input axis.
int64_t domain_position(int64_t offset, int64_t step, int64_t position) {
  const auto ceiling = [](int64_t a, int64_t b) { return a > 0 ? (a + b - 1) / b : -(-a / b); };
  if (step > 0) return ceiling(position - offset, step);
  return (offset - position) / -step + 1;
}

}  // namespace

bool ZoneBuilder::readable(const Expr& expr) const {
  const Stage& stage = stages_.at(expr.node.get());
  return stage.stored || (stage.kept && stage.readable_at() <= level_);
}

Ref<ArraySource> ZoneBuilder::source_of(const Node* node) {
  auto& source = sources_[node];
  if (source == nullptr) source = std::get<Ref<ArraySource>>(node->call.op->run(node->call, {}));
  return source;
}

size_t ZoneBuilder::selection_of(const Behind& behind) {
  const auto at = std::find(masks_.begin(), masks_.end(), behind.mask);
  if (at == masks_.end()) masks_.push_back(behind.mask);
  return std::find(masks_.begin(), masks_.end(), behind.mask) - masks_.begin();
}

std::vector<Zone> ZoneBuilder::build(const std::vector<int64_t>& domain) {
  domain_ = domain;
  for (const PassSink& sink : sinks_) {
    if (sink.behind.mask) selection_of(sink.behind);
  }
  // Of nothing there are no zones.
  if (std::find(domain.begin(), domain.end(), 0) != domain.end()) return {};
  std::vector<Region> open{whole_region(domain)};
  std::vector<Zone> zones;
  while (!open.empty()) {
    const Region region = open.back();
    open.pop_back();
    if (auto zone = build_zone(region)) {
      zones.push_back(std::move(*zone));
      continue;
    }
    // Cut at the seam, so that the first piece is on top.
    const auto [axis, positions] = *seam_;
    for (size_t i = positions.size() + 1; i-- > 0;) {
      Region piece = region;
      if (i > 0) piece.begin[axis] = positions[i - 1];
      if (i < positions.size()) piece.end[axis] = positions[i];
      open.push_back(piece);
    }
  }
  return zones;
}

// Nothing if the region has a seam, which is then in `seam_`.
std::optional<Zone> ZoneBuilder::build_zone(const Region& region) {
  region_ = region;
  uses_.clear();
  operands_.clear();
  seen_.clear();
  seam_.reset();
  std::vector<size_t> sink_uses(sinks_.size()), mask_uses;
  std::vector<Selected> selected(masks_.size());
  for (size_t i = 0; i < sinks_.size(); ++i) {
    if (sinks_[i].behind.mask) {
      if (!collect(sinks_[i].input, selected[selection_of(sinks_[i].behind)])) return std::nullopt;
      continue;
    }
    const auto at = use(sinks_[i].input, identity_access(region.rank));
    if (!at) return std::nullopt;
    sink_uses[i] = *at;
  }
  for (const Expr& mask : masks_) {
    const auto at = use(mask, identity_access(static_cast<int>(mask.meta().shape.size())));
    if (!at) return std::nullopt;
    mask_uses.push_back(*at);
  }
  Zone zone;
  zone.region = region;
  const std::vector<uint32_t> slots = emit(zone);
  std::vector<Slots> kept;
  for (size_t s = 0; s < masks_.size(); ++s) {
    Selection& selection = zone.selections.emplace_back();
    selection.mask = slots[mask_uses[s]];
    kept.push_back(emit(selected[s], slots, selection));
  }
  for (size_t i = 0; i < sinks_.size(); ++i) {
    const Behind& behind = sinks_[i].behind;
    zone.sinks.push_back(behind.mask ? find(kept[selection_of(behind)], sinks_[i].input)
                                     : slots[sink_uses[i]]);
  }
  return zone;
}

// Writes the program of the zone; answers the slot of each use.
std::vector<uint32_t> ZoneBuilder::emit(Zone& zone) {
  zone.operands = std::move(operands_);
  zone.program = std::make_unique<Program>(static_cast<uint32_t>(zone.operands.size()));
  std::vector<uint32_t> slots;
  for (const Use& one : uses_) {
    if (one.operand >= 0) {
      slots.push_back(static_cast<uint32_t>(one.operand));
      continue;
    }
    std::vector<std::vector<uint32_t>> in;
    for (const size_t i : one.in) in.push_back({slots[i]});
    const OriginScope origin(one.node->origin);
    slots.push_back(one.node->call.op->emit(one.node->call, in, *zone.program)[0]);
  }
  return slots;
}

uint32_t ZoneBuilder::find(const Slots& slots, const Expr& expr) {
  for (const auto& [known, slot] : slots) {
    if (known == expr) return slot;
  }
  fail(ErrorCode::kInternal, "what a selection needs is not there");
}

// What lies behind a selection, down to what it takes from the zone. False at a seam.
bool ZoneBuilder::collect(const Expr& expr, Selected& selected) {
  const auto known = [&](const auto& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& entry) { return entry.first == expr; });
  };
  if (known(selected.taken) || known(selected.made)) return true;
  const Node* node = expr.node.get();
  const bool select = traits_of(node).way == Traits::kRowwise && !readable(expr);
  if (select || readable(expr) || !stages_.at(node).behind.mask) {
    // The elements that are selected from, or a number that stands beside them.
    const auto at =
        select ? use(node->inputs[0], identity_access(region_.rank)) : use(expr, Access{});
    if (at) selected.taken.emplace_back(expr, *at);
    return at.has_value();
  }
  for (const Expr& input : node->inputs) {
    if (!collect(input, selected)) return false;
  }
  made_.insert(node);
  selected.made.emplace_back(expr, 0);
  return true;
}

ZoneBuilder::Slots ZoneBuilder::emit(const Selected& selected, const std::vector<uint32_t>& slots,
                                     Selection& selection) {
  Slots kept;
  for (const auto& [expr, one] : selected.taken) {
    kept.emplace_back(expr, static_cast<uint32_t>(selection.slots.size()));
    selection.slots.push_back(slots[one]);
  }
  selection.program = std::make_unique<Program>(static_cast<uint32_t>(selection.slots.size()));
  for (const auto& [expr, unused] : selected.made) {
    std::vector<std::vector<uint32_t>> in;
    for (const Expr& input : expr.node->inputs) in.push_back({find(kept, input)});
    const OriginScope origin(expr.node->origin);
    kept.emplace_back(expr, expr.node->call.op->emit(expr.node->call, in, *selection.program)[0]);
  }
  return kept;
}

std::optional<size_t> ZoneBuilder::use(const Expr& expr, const Access& access) {
  for (const Seen& seen : seen_[expr.node.get()]) {
    if (seen.output == expr.output && seen.access == access) return seen.use;
  }
  const auto at = use_node(expr, access);
  if (at) seen_[expr.node.get()].push_back({expr.output, access, *at});
  return at;
}

std::optional<size_t> ZoneBuilder::use_node(const Expr& expr, const Access& access) {
  const Node* node = expr.node.get();
  if (readable(expr)) return read(expr, stages_.shape_of(expr), access);
  const Traits traits = traits_of(node);
  if (traits.way != Traits::kView) made_.insert(node);
  if (traits.way == Traits::kSource) return read(expr, stages_.at(node).shape, access);
  if (traits.relabels) return read(node->inputs[0], stages_.at(node).shape, access);
  const Region box = image(access, region_);
  const std::vector<Piece> pieces = node->call.op->demand(node->call, box);
  if (meets_seam(access, box, pieces)) return std::nullopt;
  if (traits.way == Traits::kView) {
    const Piece& piece = piece_of_first(access, pieces);
    return use(node->inputs[piece.input], composed(access, piece.access));
  }
  Use one;
  one.node = node;
  for (size_t i = 0; i < node->inputs.size(); ++i) {
    check(pieces[i].input == i, "an elementwise operator asks for its inputs in order");
    const auto in = use(node->inputs[i], composed(access, pieces[i].access));
    if (!in) return std::nullopt;
    one.in.push_back(*in);
  }
  uses_.push_back(std::move(one));
  return uses_.size() - 1;
}

// The piece that makes the first element of the zone, and so all of it: of the others only gaps
// between steps lie in the zone.
const Piece& ZoneBuilder::piece_of_first(const Access& access,
                                         std::span<const Piece> pieces) const {
  for (const Piece& piece : pieces) {
    bool inside = true;
    for (int j = 0; j < piece.out.rank; ++j) {
      const int16_t axis = access.axis[j];
      const int64_t at = access.offset[j] + (axis < 0 ? 0 : access.step[j] * region_.begin[axis]);
      inside &= at >= piece.out.begin[j] && at < piece.out.end[j];
    }
    if (inside) return piece;
  }
  fail(ErrorCode::kInternal, "no piece of a view makes an element that is asked for");
}

std::optional<size_t> ZoneBuilder::read(const Expr& leaf, const std::vector<int64_t>& shape,
                                        const Access& access) {
  ArrayOperand operand;
  operand.expr = leaf;
  operand.dtype = leaf.meta().dtype;
  operand.walk = walk(access, shape);
  operand.origin = leaf.node->origin;
  if (!readable(leaf)) {
    operand.source = source_of(leaf.node.get());
    if (operand.source->constant()) operand.walk = {};
  }
  for (size_t i = 0; i < operands_.size(); ++i) {
    if (!(operands_[i].expr == leaf && operands_[i].walk == operand.walk)) continue;
    for (size_t use = 0; use < uses_.size(); ++use) {
      if (uses_[use].operand == static_cast<int>(i)) return use;
    }
  }
  uses_.push_back({static_cast<int>(operands_.size()), nullptr, {}});
  operands_.push_back(std::move(operand));
  return uses_.size() - 1;
}

// Whether pieces end inside the box that the zone asks for; `seam_` then tells where to cut.
bool ZoneBuilder::meets_seam(const Access& access, const Region& box,
                             std::span<const Piece> pieces) {
  for (int j = 0; j < box.rank; ++j) {
    const int16_t axis = access.axis[j];
    if (axis < 0) continue;
    std::vector<int64_t> positions;
    for (const Piece& piece : pieces) {
      if (piece.out.begin[j] <= box.begin[j]) continue;
      const int64_t at = domain_position(access.offset[j], access.step[j], piece.out.begin[j]);
      if (at > region_.begin[axis] && at < region_.end[axis]) positions.push_back(at);
    }
    if (positions.empty()) continue;
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    seam_ = Seam{axis, std::move(positions)};
    return true;
  }
  return false;
}

std::string ArrayOperand::text() const {
  if (source == nullptr) return "stored " + expr.meta().text();
  return std::string(expr.node->call.op->name()) + " " +
         expr.node->call.op->text(expr.node->call.attrs);
}

}  // namespace tharsis::plan
