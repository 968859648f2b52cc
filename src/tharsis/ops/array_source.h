#pragma once

#include <string>
#include <vector>

#include "tharsis/graph/op.h"

namespace tharsis::ops {

/// One value everywhere.
struct FullAttrs {
  Scalar value;  // its type is that of the array
  std::vector<int64_t> shape;
  void fields(Fields& f) {
    f("value", value);
    f("shape", shape);
  }
};

/// start + i * delta, computed in the type of `start`.
struct ArangeAttrs {
  Scalar start;
  Scalar delta;
  int64_t count = 0;
  void fields(Fields& f) {
    f("start", start);
    f("delta", delta);
    f("count", count);
  }
};

/// `count` float64 from start to stop, as numpy.linspace rounds them.
struct LinspaceAttrs {
  double start = 0;
  double stop = 1;
  int64_t count = 50;
  bool endpoint = true;
  void fields(Fields& f) {
    f("start", start);
    f("stop", stop);
    f("count", count);
    f("endpoint", endpoint);
  }
};

/// Ones where column - row = diagonal.
struct EyeAttrs {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t diagonal = 0;
  DType dtype = TypeId::kFloat64;
  void fields(Fields& f) {
    f("rows", rows);
    f("columns", columns);
    f("diagonal", diagonal);
    f("dtype", dtype);
  }
};

/// The array of a .npy file in C order, mapped into memory. What the file is, is part of the
/// meaning: if it changes, it is another array.
struct NpyAttrs {
  std::string path;
  int64_t offset = 0;
  std::vector<int64_t> shape;
  DType dtype;
  int64_t file_size = 0;
  int64_t modified_ns = 0;
  void fields(Fields& f) {
    f("path", path);
    f("offset", offset);
    f("shape", shape);
    f("dtype", dtype);
    f("file_size", file_size);
    f("modified_ns", modified_ns);
  }
};

const Op& full_op();
const Op& arange_op();
const Op& linspace_op();
const Op& eye_op();
const Op& npy_op();

Expr full(std::vector<int64_t> shape, Scalar value);
Expr arange(Scalar start, Scalar delta, int64_t count);
Expr linspace(double start, double stop, int64_t count, bool endpoint = true);
Expr eye(int64_t rows, int64_t columns, int64_t diagonal, DType dtype);
/// Reads the header now; Fortran order becomes a transposed view.
Expr load_npy(const std::string& path);

void register_array_source_ops();

}  // namespace tharsis::ops
