#pragma once

#include <cstdint>
#include <mutex>

namespace tharsis::ops {

/// C (m × n, row-major) = A B, with A stored as k × m if `transpose_a` and so on; lda… are the
/// lengths of stored rows. One thread of BLAS. `beta` 1 adds to C.
template <class T>
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const T* a,
          int64_t lda, const T* b, int64_t ldb, double beta, T* c, int64_t ldc);

/// The upper triangle of C (n × n) = XᵀX, X of `rows` rows of n. `beta` 1 adds to C.
template <class T>
void gram_upper(int64_t rows, int64_t n, const T* x, double beta, T* c);

/// While it lives, LAPACK uses all of `threads`, and nobody else does.
class WideCall {
 public:
  explicit WideCall(int threads);
  ~WideCall();
  WideCall(const WideCall&) = delete;
  WideCall& operator=(const WideCall&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace tharsis::ops
