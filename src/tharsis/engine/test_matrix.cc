#include "tharsis/engine/test_matrix.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <ostream>
#include <string_view>

#include "tharsis/base/error.h"
#include "tharsis/kernels/target.h"

namespace tharsis::testing {
namespace {

constexpr int64_t kSplitBytes[] = {int64_t{1} << 10, int64_t{1} << 15, int64_t{1} << 40};
constexpr int64_t kChunks[] = {48, 3, 1};
constexpr int kStores[] = {1, 3};
constexpr int64_t kSomeRows[] = {kBatchRows, 64};

// Threads, splits and chunks are three parallel classes of the affine plane of order 3; what has
// two levels cuts each of their lines.
constexpr std::array<Cell, 9> kPairwise = {{{0, 0, 0, 1, 0, 1, 0, {0, 0}},
                                            {0, 1, 1, 1, 1, 0, 1, {1, 1}},
                                            {0, 2, 2, 0, 1, 1, 0, {1, 0}},
                                            {1, 0, 1, 0, 1, 1, 0, {0, 1}},
                                            {1, 1, 2, 0, 0, 1, 1, {0, 0}},
                                            {1, 2, 0, 1, 0, 0, 1, {1, 1}},
                                            {2, 0, 2, 1, 0, 0, 1, {1, 1}},
                                            {2, 1, 0, 0, 1, 1, 0, {0, 0}},
                                            {2, 2, 1, 0, 0, 0, 0, {0, 0}}}};
static_assert(meet_every_pair(kPairwise));

// All combinations. The switches of a sink's own are dealt, not multiplied.
std::vector<Cell> every_cell() {
  std::vector<Cell> out;
  for (int number = 0; number < 3 * 3 * 3 * 2 * 2 * 2 * 2; ++number) {
    int rest = number;
    const auto next = [&](int levels) {
      const int level = rest % levels;
      rest /= levels;
      return static_cast<uint8_t>(level);
    };
    Cell cell{next(3), next(3), next(3), next(2), next(2), next(2), next(2), {}};
    const int sum = cell.threads + cell.splits + cell.chunks + cell.stores + cell.spill;
    cell.own = {static_cast<uint8_t>(sum % 2), static_cast<uint8_t>((sum + number / 2) / 2 % 2)};
    out.push_back(cell);
  }
  return out;
}

// What a sink has no use for.
struct Uses {
  bool spills = true;
  bool batches = true;  // arrays go by runs of elements
  bool seams = false;   // where arrays meet, a pass is cut, however large its splits are
};

Uses uses_of(SinkKind sink, const Cell& cell) {
  Uses uses;
  switch (sink) {
    case SinkKind::kTile:
      uses.batches = false;
      uses.seams = true;
      // A tile that one split completes has no states that could wait on disk.
      uses.spills = cell.splits == 0;
      break;
    case SinkKind::kGroupBy:
    case SinkKind::kJoin:
    case SinkKind::kSort:
    case SinkKind::kCollect:
    case SinkKind::kWindow:
      break;
  }
  return uses;
}

}  // namespace

EngineOptions Cell::options() const {
  EngineOptions out;
  out.stores = kStores[stores];
  out.workers = out.stores * (threads + 1);
  out.split_bytes = kSplitBytes[splits];
  out.batch_rows = kSomeRows[batches];
  out.spill_always = spill != 0;
  return out;
}

int64_t Cell::chunk_rows(int64_t rows) const {
  return std::max<int64_t>(rows / kChunks[chunks] + (chunks < 2 ? 0 : 1), 1);
}

std::string Cell::name() const {
  static constexpr std::array<const char*, kKnobs> kNames = {
      "Threads", "Splits", "Chunks", "Stores", "Spill", "Batches", "Kernels", "One", "Two"};
  std::string out;
  for (size_t i = 0; i < kKnobs; ++i) out += kNames[i] + std::to_string(levels()[i]);
  return out;
}

void PrintTo(const Cell& cell, std::ostream* out) { *out << cell.name(); }

std::vector<Cell> cells() {
  const char* wish = std::getenv("THARSIS_TEST_MATRIX");
  if (wish != nullptr && std::string_view(wish) == "all") return every_cell();
  return {kPairwise.begin(), kPairwise.end()};
}

CellEngine::CellEngine(const Cell& cell) : cell_(cell), engine_(cell.options()) {
  if (cell.kernels == 1) kernels::force_target(kernels::Target::kAvx2);
}

CellEngine::~CellEngine() { kernels::force_target(std::nullopt); }

Expr CellEngine::frame(const std::vector<Series>& columns, FrameOptions options) {
  const int64_t rows = columns.empty() ? 0 : columns[0].rows;
  options.chunk_rows = cell_.chunk_rows(rows);
  const Expr frame = engine_.frame(columns, options);
  const auto chunks = static_cast<int64_t>(stored_value(frame)->chunks.size());
  check(chunks >= std::min(rows, kChunks[cell_.chunks]), "a frame in too few chunks");
  return frame;
}

std::string CellEngine::without_effect(SinkKind sink) const {
  const Uses uses = uses_of(sink, cell_);
  std::string out;
  const auto missing = [&](std::string_view knob) {
    out.append(out.empty() ? "" : ", ").append(knob);
  };
  const int stores = kStores[cell_.stores];
  int64_t most = 0, least = INT64_MAX;
  bool dealt = true, in_batches = true;
  for (const auto& report : engine_.reports()) {
    for (const auto& pass : report.fragments) {
      most = std::max(most, pass.splits);
      if (pass.splits > 0) least = std::min(least, pass.splits);
      // Splits are dealt by rule, so that every store works however busy the machine is.
      dealt &= static_cast<int>(pass.splits_by_node.size()) == stores;
      for (const int64_t splits : pass.splits_by_node)
        dealt &= splits >= pass.splits / stores && splits <= (pass.splits - 1) / stores + 1;
      in_batches &= pass.rows_in <= pass.batches * kSomeRows[cell_.batches];
    }
  }
  if (engine_.workers() != stores * (cell_.threads + 1)) missing("threads");
  if (cell_.splits == 0 && most < stores) missing("splits");
  if (cell_.splits == 2 && (uses.seams ? least : most) != 1) missing("splits");
  if (!dealt) missing("stores");
  const bool spilled = engine_.spilled_bytes() > 0;
  if (cell_.spill == 1 ? uses.spills && !spilled : spilled) missing("spill");
  if (uses.batches && !in_batches) missing("batches");
  if (cell_.kernels == 1 && kernels::target() != kernels::Target::kAvx2) missing("kernels");
  return out;
}

}  // namespace tharsis::testing
