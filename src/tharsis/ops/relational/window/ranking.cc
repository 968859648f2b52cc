#include "tharsis/ops/relational/window/ranking.h"

#include <algorithm>
#include <cmath>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {

Ranking::Method Ranking::named(const std::string& method) {
  constexpr std::string_view kNames[] = {"average", "min", "max", "first", "dense"};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (method == kNames[i]) return static_cast<Method>(i);
  }
  fail(ErrorCode::kInvalidArgument,
       "rank: there is no method '{}'; there are average, min, max, first and dense", method);
}

Ranking::Ranking(const RankAttrs& attrs, Column column, double* out)
    : attrs_(attrs), method_(named(attrs.method)), column_(std::move(column)), out_(out) {}

template <class Visit>
void Ranking::with_type(Visit visit) const {
  const DType& dtype = column_.dtype;
  if (dtype.is_string()) return visit(StringRef{});
  visit_values(dtype, visit);
}

template <class T>
bool Ranking::is_missing(uint32_t row) const {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(column_.values<T>()[row])) return true;
  }
  return !column_.valid(row);
}

// By value, and equal ones by row.
template <class T>
auto Ranking::order() const {
  return [values = column_.values<T>(), up = attrs_.ascending](uint32_t a, uint32_t b) {
    if (values[a] == values[b]) return a < b;
    return up ? values[a] < values[b] : values[b] < values[a];
  };
}

// How far the ranks of a group have come.
struct Ranking::Given {
  double rows = 0;
  double distinct = 0;
};

// Rows of one value.
void Ranking::give(const uint32_t* from, const uint32_t* to, Given& given) const {
  const auto n = static_cast<double>(to - from);
  if (n == 0) return;
  given.distinct += 1;
  double rank = given.distinct;
  if (method_ == Method::kAverage) rank = given.rows + (n + 1) / 2;
  if (method_ == Method::kMin || method_ == Method::kFirst) rank = given.rows + 1;
  if (method_ == Method::kMax) rank = given.rows + n;
  const double step = method_ == Method::kFirst ? 1 : 0;
  for (const uint32_t* row = from; row < to; ++row, rank += step) out_[*row] = rank;
  given.rows += n;
}

// Of sorted rows; those from `gaps` on are missing.
template <class T>
void Ranking::give_ranks(uint32_t* begin, uint32_t* gaps, uint32_t* end) const {
  const auto* values = column_.values<T>();
  Given given;
  if (attrs_.missing == "top") give(gaps, end, given);
  for (uint32_t* from = begin; from < gaps;) {
    uint32_t* to = from + 1;
    while (to < gaps && values[*to] == values[*from]) ++to;
    give(from, to, given);
    from = to;
  }
  if (attrs_.missing == "bottom") give(gaps, end, given);
  if (attrs_.missing == "keep") {
    for (uint32_t* row = gaps; row < end; ++row) out_[*row] = std::nan("");
  }
  if (!attrs_.percent) return;
  const double most = method_ == Method::kDense ? given.distinct : given.rows;
  for (uint32_t* row = begin; row < end; ++row) out_[*row] /= most;
}

// Puts missing rows behind the others, in their order; answers where they begin.
template <class T>
uint32_t* Ranking::gaps_last(uint32_t* begin, uint32_t* end) const {
  const auto there = [this](uint32_t row) { return !is_missing<T>(row); };
  uint32_t* const gaps = std::partition(begin, end, there);
  std::sort(gaps, end);
  return gaps;
}

void Ranking::run(uint32_t* begin, uint32_t* end) const {
  with_type([&]<class T>(T) {
    uint32_t* const gaps = gaps_last<T>(begin, end);
    std::sort(begin, gaps, order<T>());
    give_ranks<T>(begin, gaps, end);
  });
}

template <class T>
void Ranking::sort_on_all_workers(uint32_t* begin, uint32_t* end, Driver& driver) const {
  constexpr int64_t kRowsMin = int64_t{1} << 16;
  const int64_t rows = end - begin;
  int64_t runs = 1;
  while (runs < 2 * driver.workers() && rows / (2 * runs) >= kRowsMin) runs *= 2;
  driver.parallel(runs, [&](int64_t run, Worker&) {
    std::sort(begin + rows * run / runs, begin + rows * (run + 1) / runs, order<T>());
  });
  std::vector<uint32_t> merged(static_cast<size_t>(rows));
  uint32_t *from = begin, *to = merged.data();
  for (int64_t width = 1; width < runs; width *= 2, std::swap(from, to)) {
    const auto at = [&](int64_t run) { return from + rows * run / runs; };
    driver.parallel(runs / (2 * width), [&](int64_t pair, Worker&) {
      const int64_t first = pair * 2 * width, middle = first + width, last = middle + width;
      std::merge(at(first), at(middle), at(middle), at(last), to + (at(first) - from), order<T>());
    });
  }
  if (from != begin) std::copy_n(from, rows, begin);
}

void Ranking::run_on_all_workers(uint32_t* begin, uint32_t* end, Driver& driver) const {
  with_type([&]<class T>(T) {
    uint32_t* const gaps = gaps_last<T>(begin, end);
    sort_on_all_workers<T>(begin, gaps, driver);
    give_ranks<T>(begin, gaps, end);
  });
}

}  // namespace tharsis::ops
