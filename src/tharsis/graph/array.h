#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tharsis/base/ref.h"
#include "tharsis/graph/flow.h"
#include "tharsis/types/dtype.h"

namespace tharsis {

/// Values from outside of the graph, by their position in C order. Immutable; any thread.
class ArraySource {
 public:
  virtual ~ArraySource() = default;
  /// All values in C order where they lie in memory (a mapped file); null: they are made by `read`.
  virtual const void* data() const { return nullptr; }
  /// All values are one: reading one is enough.
  virtual bool constant() const { return false; }
  /// Writes the values at begin, begin + step, … to `out`.
  virtual void read(int64_t begin, int64_t step, int64_t count, void* out) const = 0;
  /// Nanoseconds per value: decides between reading twice and storing.
  virtual double cost_ns() const { return 0.2; }
};

/// States of the elements of an output tile: word w of state i is at data[w * stride + i], so that
/// states merge in vector loops. A word is eight bytes: a double, an int64 or a uint64.
struct States {
  void* data = nullptr;
  int64_t stride = 0;

  template <class T>
  T* words(int word) const {
    return static_cast<T*>(data) + word * stride;
  }
  States from(int64_t begin) const { return {static_cast<uint64_t*>(data) + begin, stride}; }
};

/// How a reduction folds values into the state of an output element. What belongs to one output
/// element arrives as leaves: at most some hundred values in a fixed order; states of leaves are
/// merged in a fixed tree. So the result is a function of the values and their order alone.
class Fold {
 public:
  virtual ~Fold() = default;
  /// Of the values it takes; narrower ones are widened to it first.
  virtual DType takes() const = 0;
  /// Eight-byte words per state, and per open leaf while rows are added to it.
  virtual int words() const = 0;
  virtual int open_words() const = 0;
  /// The result depends on where a value stands: leaves hold values whose positions follow one
  /// another.
  virtual bool positional() const { return false; }

  /// `count` leaves of `length` > 0 values each, one after the other. The first value of leaf i
  /// stands at position + i * pitch among the values of its output element.
  virtual void leaves(const void* values, int64_t count, int64_t length, int64_t position,
                      int64_t pitch, States out) const = 0;

  /// Adds rows to open leaves: value j of a row belongs to output element j of `width`. Row r of a
  /// leaf goes to lane r % lanes; `first_row` counts within the leaf and is a multiple of `lanes`;
  /// `position` is that of its value among those of its output element. Lanes of `open` stand one
  /// after the other, `pitch` apart.
  virtual void rows(const void* values, int64_t rows, int64_t width, int64_t first_row,
                    int64_t position, int lanes, int64_t pitch, States open) const = 0;
  /// The states of leaves that have had all their `rows` rows.
  virtual void close(States open, int64_t rows, int lanes, int64_t pitch, int64_t width,
                     States out) const = 0;

  /// left ← left, then right; the number of values behind each of `count` states is given.
  virtual void merge(States left, States right, int64_t count, int64_t values_left,
                     int64_t values_right) const = 0;
  /// The results, of the dtype of the reduction; `values` is the number of values of each output
  /// element. With 0 values the states are not looked at.
  virtual void finish(States states, int64_t count, int64_t values, void* out) const = 0;
};

/// How a reduction ends a pass over arrays: `fold` along `axes` of the input, ascending.
struct TileSink {
  std::vector<int64_t> axes;
  Ref<Fold> fold;
};

}  // namespace tharsis
