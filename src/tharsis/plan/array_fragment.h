#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tharsis/graph/leaf_grid.h"
#include "tharsis/graph/op.h"

namespace tharsis::plan {

/// An array that a fragment reads, and how positions of the domain walk through its C order.
struct ArrayOperand {
  Expr expr;                // is stored when the fragment runs …
  Ref<ArraySource> source;  // … or comes from a source
  DType dtype;
  Walk walk;
  uint32_t origin = 0;

  std::string text() const;
};

/// Elements that a mask keeps, one after the other, and a program over them.
struct Selection {
  uint32_t mask = 0;            // a slot of the program of the zone
  std::vector<uint32_t> slots;  // what is kept of it: the inputs of `program`
  std::unique_ptr<Program> program;
};

/// A box of the domain in which every element is made by the same program of the same operands.
/// Where arrays are concatenated, zones meet at the seams.
struct Zone {
  Region region;
  std::vector<ArrayOperand> operands;  // slot i of the program is operand i
  std::unique_ptr<Program> program;
  std::vector<Selection> selections;  // as many in every zone
  std::vector<uint32_t> sinks;        // per sink, the slot it takes: of the zone or its selection
};

/// Where the elements of a fragment end: in a reduction or, in C order, in one buffer.
struct ArraySink {
  Expr expr;                   // whose value it makes
  Ref<TileSink> tile;          // null: the elements themselves
  LeafGrid grid;               // with `tile`: over the domain
  int selection = -1;          // takes what this selection keeps
  std::vector<int64_t> shape;  // of the result; behind a selection the first length is -1
  std::string text;
};

/// One pass over an index space, and the sinks it feeds.
struct ArrayFragment {
  std::vector<int64_t> shape;
  std::vector<Zone> zones;
  std::vector<ArraySink> sinks;
  std::vector<const Node*> made;  // what is computed on the way, or read from outside
};

struct Cut;
struct CutOptions;

/// Adds the passes that make `targets`, in the order in which they run: later ones may read what
/// earlier ones make. What depends on a length that is not known yet is left for another round.
/// REQUIRES: everything below the targets is an array or stored.
void cut_arrays(const std::vector<Expr>& targets, const CutOptions& options, Cut* cut);

/// Joins neighbouring axes that all operands, zones and sinks treat as one; afterwards there is at
/// least one axis.
void coalesce(ArrayFragment& fragment);

}  // namespace tharsis::plan
