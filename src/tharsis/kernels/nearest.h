#pragma once

#include <cstdint>

namespace tharsis::kernels {

/// `totals` of PointLoops has so many lanes per candidate: point i is added to lane i % 8, so that
/// sums are the same bits on every instruction set. The caller adds the lanes.
inline constexpr int kTotalLanes = 8;

/// Loops over points and centers, which are rows of `columns` values; T is float or double. Lanes
/// are points: few columns and few centers cost no more than their share. Results do not depend on
/// the instruction set.
template <class T>
struct PointLoops {
  /// Values of scratch that the first two need, per column.
  static constexpr int64_t kScratch = 64;

  /// nearest[i] = the center with the least distance from point i - shift, the first of equals.
  /// `half_squares` are |center|² / 2. REQUIRES: count < 2^24.
  void (*nearest)(const T* points, int64_t rows, int64_t columns, const T* shift, const T* centers,
                  const T* half_squares, int64_t count, T* scratch, int32_t* nearest);

  /// closest[i] = min(closest[i], |point i - last|²), unless `last` is null; then
  /// totals[c] += weight[i] min(closest[i], |point i - candidate c|²). Null weights are 1.
  void (*candidates)(const T* points, int64_t rows, int64_t columns, const T* last,
                     const T* candidates, int64_t count, const T* weight, T* scratch, T* closest,
                     double* totals);

  /// out[i] = |point i - shift - center group[i]|².
  void (*own)(const T* points, int64_t rows, int64_t columns, const T* shift, const T* centers,
              const int32_t* group, double* out);

  /// sums[group[i]] += weight[i] (point i - shift), weights[group[i]] += weight[i]. Null weights
  /// are 1.
  void (*add)(const T* points, int64_t rows, int64_t columns, const T* shift, const T* weight,
              const int32_t* group, double* sums, double* weights);
};

template <class T>
const PointLoops<T>& point_loops();

}  // namespace tharsis::kernels
