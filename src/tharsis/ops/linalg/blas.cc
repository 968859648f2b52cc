#include "tharsis/ops/linalg/blas.h"

#include <cblas.h>

#include <type_traits>

namespace tharsis::ops {
namespace {

std::mutex& wide_mutex() {
  static std::mutex mutex;
  return mutex;
}

void one_thread() {
  static const bool once = (scipy_openblas_set_num_threads(1), true);
  (void)once;
}

blasint small(int64_t n) { return static_cast<blasint>(n); }

}  // namespace

template <class T>
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const T* a,
          int64_t lda, const T* b, int64_t ldb, double beta, T* c, int64_t ldc) {
  one_thread();
  const CBLAS_TRANSPOSE ta = transpose_a ? CblasTrans : CblasNoTrans;
  const CBLAS_TRANSPOSE tb = transpose_b ? CblasTrans : CblasNoTrans;
  if constexpr (std::is_same_v<T, double>) {
    scipy_cblas_dgemm(CblasRowMajor, ta, tb, small(m), small(n), small(k), 1.0, a, small(lda), b,
                      small(ldb), beta, c, small(ldc));
  } else {
    scipy_cblas_sgemm(CblasRowMajor, ta, tb, small(m), small(n), small(k), 1.0f, a, small(lda), b,
                      small(ldb), static_cast<float>(beta), c, small(ldc));
  }
}

template <class T>
void gram_upper(int64_t rows, int64_t n, const T* x, double beta, T* c) {
  one_thread();
  if constexpr (std::is_same_v<T, double>) {
    scipy_cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, small(n), small(rows), 1.0, x,
                      small(n), beta, c, small(n));
  } else {
    scipy_cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, small(n), small(rows), 1.0f, x,
                      small(n), static_cast<float>(beta), c, small(n));
  }
}

template void gemm<double>(bool, bool, int64_t, int64_t, int64_t, const double*, int64_t,
                           const double*, int64_t, double, double*, int64_t);
template void gemm<float>(bool, bool, int64_t, int64_t, int64_t, const float*, int64_t,
                          const float*, int64_t, double, float*, int64_t);
template void gram_upper<double>(int64_t, int64_t, const double*, double, double*);
template void gram_upper<float>(int64_t, int64_t, const float*, double, float*);

WideCall::WideCall(int threads) : lock_(wide_mutex()) {
  one_thread();
  scipy_openblas_set_num_threads(threads);
}

WideCall::~WideCall() { scipy_openblas_set_num_threads(1); }

}  // namespace tharsis::ops
