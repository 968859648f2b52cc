#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "tharsis/engine/testing.h"

namespace tharsis::testing {

/// One setting of all knobs that must not change an answer, each by its level.
struct Cell {
  uint8_t threads = 0;           // of each store: 1, 2, 3
  uint8_t splits = 0;            // small, usual, all in one
  uint8_t chunks = 0;            // of a frame: many, a few, one
  uint8_t stores = 0;            // 1, 3
  uint8_t spill = 0;             // where memory runs out; always
  uint8_t batches = 0;           // usual, small
  uint8_t kernels = 0;           // the widest there are; AVX2
  std::array<uint8_t, 2> own{};  // switches that a sink has of its own: off, on

  static constexpr size_t kKnobs = 9;
  static constexpr std::array<uint8_t, kKnobs> kLevels = {3, 3, 3, 2, 2, 2, 2, 2, 2};
  constexpr std::array<uint8_t, kKnobs> levels() const {
    return {threads, splits, chunks, stores, spill, batches, kernels, own[0], own[1]};
  }

  EngineOptions options() const;
  int64_t chunk_rows(int64_t rows) const;
  /// "Threads2Splits0Chunks1…": of a test.
  std::string name() const;
};
void PrintTo(const Cell& cell, std::ostream* out);

/// Whether every two values of every two knobs stand in one of the cells.
template <size_t kCells>
constexpr bool meet_every_pair(const std::array<Cell, kCells>& cells) {
  for (size_t a = 0; a < Cell::kKnobs; ++a) {
    for (size_t b = a + 1; b < Cell::kKnobs; ++b) {
      uint32_t met = 0;
      for (const Cell& cell : cells) met |= 1u << (cell.levels()[a] * 3 + cell.levels()[b]);
      for (int x = 0; x < Cell::kLevels[a]; ++x) {
        for (int y = 0; y < Cell::kLevels[b]; ++y) {
          if ((met >> (x * 3 + y) & 1) == 0) return false;
        }
      }
    }
  }
  return true;
}

/// The cells that a test runs in: nine that meet every pair, or, with THARSIS_TEST_MATRIX=all in
/// the environment, all there are.
std::vector<Cell> cells();

/// What ends a pass, as far as knobs have another effect on it.
enum class SinkKind : uint8_t { kTile, kGroupBy, kJoin, kSort, kCollect, kWindow };

/// An engine that runs in a cell, and knows whether the knobs took effect.
class CellEngine final {
 public:
  explicit CellEngine(const Cell& cell);
  ~CellEngine();
  CellEngine(const CellEngine&) = delete;
  CellEngine& operator=(const CellEngine&) = delete;

  Expr frame(const std::vector<Series>& columns, FrameOptions options = {});
  Ref<Value> run(const Expr& root) { return engine_.run(root); }
  std::vector<Ref<Value>> run(const std::vector<Expr>& roots) { return engine_.run(roots); }
  engine::Session& session() { return engine_.session(); }
  Engine& engine() { return engine_; }

  /// The knobs of which the runs so far show nothing, in words; empty when each took effect.
  std::string without_effect(SinkKind sink) const;

 private:
  Cell cell_;
  Engine engine_;
};

}  // namespace tharsis::testing
