#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tharsis/graph/program.h"
#include "tharsis/memory/arena.h"
#include "tharsis/memory/store.h"
#include "tharsis/ops/elementwise.h"

namespace tharsis::engine {

/// Functions of small arrays that are there already, at once and without a graph: building,
/// planning and running one costs a hundred times what ten additions do. Any thread.
class SmallArrays {
 public:
  static constexpr int64_t kElementsMax = 4096;

  explicit SmallArrays(memory::Store& store) : store_(store), arena_(store.budget()) {}

  /// function(arguments…) as a stored array. Nothing where an argument is not stored, not small,
  /// not a number, or of another shape than the others: then a graph is built.
  std::optional<Expr> compute(std::string_view function, std::span<const ops::Argument> arguments);

  /// `expr` with its result, where that is a view or a reduction of small arrays that are there;
  /// else as it is. An array under another shape is the same memory, whatever its size.
  Expr settled(Expr expr);

  /// Elements of arguments that were read, ever.
  int64_t elements_read() const { return elements_read_.load(std::memory_order_relaxed); }

 private:
  // A function over argument types, resolved once.
  struct Resolved {
    std::string function;
    std::vector<TypeId> types;  // kNull where a weak number stands
    std::vector<bool> whole;    // of weak numbers: an integer
    ScalarCall call;
  };
  struct Operands;
  Ref<Value> evaluate(const Node& node);
  Ref<Value> view(const Node& node);
  Ref<Value> reduction(const Node& node);
  const Resolved& resolve(std::string_view function, std::span<const ops::Argument> arguments);

  void count_read(int64_t elements) {
    elements_read_.fetch_add(elements, std::memory_order_relaxed);
  }

  memory::Store& store_;
  std::atomic<int64_t> elements_read_ = 0;
  std::mutex mutex_;
  memory::Arena arena_;  // guarded by mutex_, as all below
  std::vector<Resolved> resolved_;
};

}  // namespace tharsis::engine
