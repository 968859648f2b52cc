#pragma once

#include "tharsis/graph/op.h"
#include "tharsis/ops/window.h"

namespace tharsis::ops {

/// Ranks the rows of one group at a time by the values of one column.
class Ranking {
 public:
  enum class Method : uint8_t { kAverage, kMin, kMax, kFirst, kDense };
  /// An error for another name.
  static Method named(const std::string& method);

  /// `column` is flat, over all rows; so is `out`.
  Ranking(const RankAttrs& attrs, Column column, double* out);

  /// Ranks the rows [begin, end), which it sorts.
  void run(uint32_t* begin, uint32_t* end) const;
  /// The same for one large group.
  void run_on_all_workers(uint32_t* begin, uint32_t* end, Driver& driver) const;

 private:
  struct Given;
  template <class Visit>
  void with_type(Visit visit) const;
  template <class T>
  bool is_missing(uint32_t row) const;
  template <class T>
  auto order() const;
  template <class T>
  uint32_t* gaps_last(uint32_t* begin, uint32_t* end) const;
  template <class T>
  void sort_on_all_workers(uint32_t* begin, uint32_t* end, Driver& driver) const;
  template <class T>
  void give_ranks(uint32_t* begin, uint32_t* gaps, uint32_t* end) const;
  void give(const uint32_t* from, const uint32_t* to, Given& given) const;

  const RankAttrs& attrs_;
  const Method method_;
  const Column column_;
  double* const out_;
};

}  // namespace tharsis::ops
