#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tharsis/graph/array.h"
#include "tharsis/graph/expr.h"
#include "tharsis/graph/flow.h"
#include "tharsis/graph/program.h"
#include "tharsis/graph/region.h"

namespace tharsis {

/// What an operator is, as far as others ask. Of the call, not of the operator: var(axis=1) may be
/// no breaker.
struct Traits {
  enum Way : uint8_t {
    kSource,       // has no input that streams
    kView,         // never runs: an access, a projection
    kElementwise,  // a register program over its inputs' rows or index space
    kRowwise,      // a step that changes rows
    kBreaker,      // must see all of its input: a sink
    kWhole,        // runs on stored inputs, in one piece (`evaluate`)
  } way = kRowwise;
  enum Order : uint8_t { kKeeps, kDestroys, kDefines } order = kKeeps;
  bool asks_order = false;  // the answer depends on the order of the rows of its input
  bool pure = true;
  bool positions =
      false;  // needs to know where its rows stand in the whole: its input is a source or stored
  bool wide = false;           // one call uses all cores
  bool relabels = false;       // arrays: the values of its input in C order, under another shape
  uint16_t streamed = 0xFFFF;  // inputs from here on are side values, stored before the call runs
};

class Facts;
class Driver;

/// "Run these first, then ask me again."
struct Need {
  std::vector<Expr> run;
};
/// Nothing: stays as it is. Otherwise the expressions that take the place of the outputs.
using Lowered = std::variant<std::monostate, Need, std::vector<Expr>>;

using Run = std::variant<std::monostate, Ref<Source>, Ref<Step>, Ref<Sink>, Ref<ArraySource>,
                         Ref<TileSink>>;

/// Which fields of a frame somebody looks at, by position. For tensors: one field.
using Fieldset = std::vector<bool>;

/// A call that makes fewer fields. `kept` are the positions of the old outputs that it still has,
/// ascending. With `pass` set the call is not needed at all: its output is that input as it is.
struct Narrowed {
  Attrs attrs;
  std::vector<uint32_t> kept;
  int pass = -1;
};

/// A comparison of a field with a constant: equal, not_equal, less, less_equal, greater,
/// greater_equal or isin.
struct FieldTest {
  int64_t field = 0;
  std::string function;
  std::vector<Scalar> constants;
};

/// An operator: its meaning, its inference and how it runs. Immutable; one object per operator.
class Op {
 public:
  virtual ~Op() = default;

  /// Also its name on the wire and in explain.
  virtual std::string_view name() const = 0;
  virtual Attrs read(Fields& reader) const = 0;                      // by OpOf
  virtual void show(const Attrs& attrs, Fields& printer) const = 0;  // by OpOf
  Attrs decode(std::string_view bytes) const;
  std::string text(const Attrs& attrs) const;

  /// What a front door means by this operator: the call itself, or a small graph around it (a
  /// group-by and the sort of its groups). Doors and bindings build through this, rules through
  /// `call`.
  virtual Expr build(Attrs attrs, std::vector<Expr> inputs) const;

  virtual Traits traits(const Call& call) const = 0;
  /// Checks the call and tells the outputs. A frame whose row space is left empty gets the node's
  /// own.
  virtual std::vector<Meta> infer(const Call& call) const = 0;

  /// Pruning, frames only: the fields of each input that `needed` fields of output 0 ask for …
  virtual std::vector<Fieldset> demand_fields(const Call& call, const Fieldset& needed) const;
  /// … and the call that makes them, over inputs of which the fields `inputs[i]` (old positions,
  /// ascending) are left. The default keeps all fields.
  virtual Narrowed narrow(const Call& call, const Fieldset& needed,
                          std::span<const std::vector<uint32_t>> inputs) const;

  /// Arrays: which parts of the inputs make `out`. An element of `out` is made from all pieces that
  /// cover it; pieces that cover only a part of it (a concatenation's) meet at seams.
  virtual std::vector<Piece> demand(const Call& call, const Region& out) const;
  /// kElementwise and kView of frames: appends to the program, given the slots of each input's
  /// fields; answers the slots of the output's fields.
  virtual std::vector<uint32_t> emit(const Call& call, std::span<const std::vector<uint32_t>> in,
                                     Program& program) const;
  /// kSource, kRowwise, kBreaker. `side` are the stored values of the inputs that do not stream.
  virtual Run run(const Call& call, std::span<const Ref<Value>> side) const;
  /// kSource: the same source, which may leave out rows that fail one of `tests`; it need not,
  /// since the filter stays above it. Nothing: it cannot, or does so already.
  virtual std::optional<Attrs> absorb_tests(const Call& call,
                                            std::span<const FieldTest> tests) const;
  /// A simpler graph for this call, when its stored inputs are known.
  virtual Lowered lower(const Call& call, std::span<const Expr> inputs, const Facts& facts) const;
  /// kWhole, and views of stored values: the result from stored inputs, at once and without a pass.
  virtual std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                           Driver& driver) const;
};

/// An operator whose attributes are a struct T.
template <class T>
class OpOf : public Op {
 public:
  Attrs read(Fields& reader) const override {
    T attrs;
    attrs.fields(reader);
    return attrs;
  }
  void show(const Attrs& attrs, Fields& printer) const override {
    T copy = attrs.as<T>();
    copy.fields(printer);
  }

 protected:
  static const T& of(const Call& call) { return call.attrs.as<T>(); }
};

/// What planning knows.
class Facts {
 public:
  virtual ~Facts() = default;
  virtual Ref<Value> stored(const Expr& expr) const = 0;
  virtual int64_t budget_bytes() const = 0;
  virtual uint16_t nodes() const = 0;
  virtual uint16_t workers() const = 0;
};

/// What a loop may ask for. Runs on the thread of the caller, which holds no worker.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual std::vector<Ref<Value>> run(std::span<const Expr> roots) = 0;
  virtual memory::Store& store() = 0;
  virtual const CancelToken& cancel() const = 0;
  virtual uint16_t workers() const = 0;
  /// Calls body(i, worker) for i in [0, count), each once, claimed in ascending order, on all
  /// workers.
  virtual void parallel(int64_t count, const std::function<void(int64_t, Worker&)>& body) = 0;
};

/// Operators by name, for the wire and for bindings. A family registers its table once.
void register_ops(std::span<const Op* const> ops);
const Op* find_op(std::string_view name);
/// All of them, by name.
std::vector<const Op*> all_ops();

}  // namespace tharsis
