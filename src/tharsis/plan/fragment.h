#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/plan/array_fragment.h"

namespace tharsis::plan {

struct Segment;

/// Where columns leave a segment: through a step into the next segment, or into a sink.
struct Exit {
  std::vector<uint32_t> slots;  // the columns that pass, in the order the call expects
  Ref<Step> step;               // set: the rows change here and go on in `next`
  std::string text;             // of the step's call, for explain, as the next
  const Node* node = nullptr;   // that makes the rows behind the step
  uint32_t origin = 0;          // of the user's line, for errors
  std::unique_ptr<Segment> next;
  int sink = -1;  // without a step: the sink of the fragment that takes the rows
};

/// A run of a pipeline in which rows keep their place: programs append columns, exits take some of
/// them. The segments of a pipeline form a tree: several sinks can share one pass.
struct Segment {
  uint32_t inputs = 0;
  std::unique_ptr<Program> program;
  std::vector<Exit> exits;
};

/// What a pipeline reads. Operands stand side by side: the rows of the first decide the splits.
struct Operand {
  Ref<Value> value;    // stored rows …
  Ref<Source> source;  // … or a source
  std::string text;
  const Node* node = nullptr;
  uint32_t fields = 0;
  uint32_t origin = 0;
};

struct SinkSpec {
  Ref<Sink> sink;
  const Node* node = nullptr;  // whose result it makes; null: the rows themselves of `expr`
  Expr expr;
  std::string text;
};

/// One pass over rows, and the sinks it feeds.
struct Fragment {
  std::vector<Operand> operands;
  Segment trunk;
  std::vector<SinkSpec> sinks;
  std::vector<const Node*> made;  // what is computed on the way, or read from outside
};

/// What a cut may do beyond what it must. As with rules, the answers do not depend on it.
struct CutOptions {
  int64_t budget_bytes = INT64_MAX;
  bool fuse_maps = true;  // maps run on the way to what reads them; else each result is stored
  bool share = true;      // sinks over the same rows run in one pass; dear values are stored once
};

/// What can run now.
struct Cut {
  std::vector<std::unique_ptr<Fragment>> fragments;
  std::vector<std::unique_ptr<ArrayFragment>> arrays;  // run in order: later ones read earlier ones
  std::vector<Expr> whole;  // calls on stored inputs, evaluated in one piece; one per node
  bool fused_maps = false;  // whether these options made a difference
  bool shared = false;
};

/// Finds what is ready below `roots` and not stored. Empty when all roots are stored.
Cut cut(const std::vector<Expr>& roots, const CutOptions& options = {});

}  // namespace tharsis::plan
