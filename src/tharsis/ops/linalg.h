#pragma once

#include "tharsis/graph/op.h"

namespace tharsis::ops {

/// The matrix product over the last two axes; the axes before them are broadcast. A transposed
/// operand is read where it lies.
struct MatmulAttrs {
  bool transpose_a = false;  // the last two axes
  bool transpose_b = false;
  void fields(Fields& f) {
    f("transpose_a", transpose_a);
    f("transpose_b", transpose_b);
  }
};

/// Xᵀ X of a matrix: half of the work of a product.
struct GramAttrs {
  void fields(Fields&) {}
};

/// Eigenvalues (ascending) and eigenvectors (as columns) of a symmetric matrix.
struct EighAttrs {
  bool lower = true;
  void fields(Fields& f) { f("lower", lower); }
};

/// U, s, Vᵀ with A = U diag(s) Vᵀ.
struct SvdAttrs {
  bool full_matrices = false;
  void fields(Fields& f) { f("full_matrices", full_matrices); }
};

/// Q, R with A = Q R, Q of min(m, n) columns.
struct QrAttrs {
  void fields(Fields&) {}
};

/// X with A X = B.
struct SolveAttrs {
  void fields(Fields&) {}
};

const Op& matmul_op();
const Op& gram_op();
const Op& eigh_op();
const Op& svd_op();
const Op& qr_op();
const Op& solve_op();

/// numpy.matmul: vectors are rows on the left and columns on the right.
Expr matmul(const Expr& a, const Expr& b);
/// numpy.dot: a product with a number, or over the last axis of a and the last but one of b.
Expr dot(const Expr& a, const Expr& b);
Expr gram(const Expr& x);

void register_linalg_ops();

}  // namespace tharsis::ops
