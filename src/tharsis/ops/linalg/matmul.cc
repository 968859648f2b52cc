#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/memory/array_room.h"
#include "tharsis/ops/elementwise.h"
#include "tharsis/ops/indexing.h"
#include "tharsis/ops/linalg.h"
#include "tharsis/ops/linalg/blas.h"
#include "tharsis/ops/reduction.h"
#include "tharsis/types/promote.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

using memory::ArrayRoom;
using memory::PinnedArray;

constexpr int64_t kTileRows = 512;
constexpr int64_t kTileColumns = 1024;

// One operand: matrices of rows × columns as they are used, and how they lie.
struct Matrices {
  bool transposed = false;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t row_length = 0;  // of stored rows
  std::vector<int64_t> batch;

  Matrices(const std::vector<int64_t>& shape, bool transpose) : transposed(transpose) {
    const size_t rank = shape.size();
    rows = shape[rank - (transpose ? 1 : 2)];
    columns = shape[rank - (transpose ? 2 : 1)];
    row_length = shape[rank - 1];
    batch.assign(shape.begin(), shape.end() - 2);
  }
  int64_t size() const { return rows * columns; }
  // Of element (i, j) of a matrix as it is used.
  int64_t offset(int64_t i, int64_t j) const {
    return transposed ? j * row_length + i : i * row_length + j;
  }
  // Of the matrix that belongs to output matrix `number`.
  int64_t begin(int64_t number, const std::vector<int64_t>& out_batch) const {
    int64_t position = 0, stride = 1;
    for (size_t axis = out_batch.size(); axis-- > 0; number /= out_batch[axis]) {
      const size_t behind = out_batch.size() - axis;
      if (behind > batch.size()) continue;
      const int64_t length = batch[batch.size() - behind];
      if (length > 1) position += number % out_batch[axis] * stride;
      stride *= length;
    }
    return position * size();
  }
};

std::vector<int64_t> broadcast_batch(const std::vector<int64_t>& a, const std::vector<int64_t>& b,
                                     const Call& call) {
  std::vector<int64_t> out(std::max(a.size(), b.size()));
  for (size_t i = 1; i <= out.size(); ++i) {
    const int64_t x = i <= a.size() ? a[a.size() - i] : 1;
    const int64_t y = i <= b.size() ? b[b.size() - i] : 1;
    require(x == y || x == 1 || y == 1, ErrorCode::kShape,
            "matmul: operands could not be broadcast together: {} and {}", call.in[0]->text(),
            call.in[1]->text());
    out[out.size() - i] = x == 1 ? y : x;
  }
  return out;
}

struct Tile {
  int64_t row, rows, column, columns;
};

// A tile of an integer or bool product; integers wrap.
template <class T>
void multiply_tile(const Matrices& a, const T* x, const Matrices& b, const T* y, const Tile& tile,
                   bool logical, T* out, int64_t pitch) {
  for (int64_t i = 0; i < tile.rows; ++i) {
    T* row = out + i * pitch;
    std::fill_n(row, tile.columns, T{0});
    for (int64_t p = 0; p < a.columns; ++p) {
      const T factor = x[a.offset(tile.row + i, p)];
      if (factor == 0) continue;
      for (int64_t j = 0; j < tile.columns; ++j) {
        const T value = y[b.offset(p, tile.column + j)];
        row[j] = logical ? static_cast<T>(row[j] | (value != 0 ? 1 : 0))
                         : static_cast<T>(row[j] + factor * value);
      }
    }
  }
}

class Matmul final : public OpOf<MatmulAttrs> {
 public:
  std::string_view name() const override { return "matmul"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const auto x = sizes(call, 0), y = sizes(call, 1);
    const Matrices a(x, of(call).transpose_a), b(y, of(call).transpose_b);
    require(a.columns == b.rows, ErrorCode::kShape,
            "matmul: the inner lengths differ: {} and {}, which have {} and {}", a.columns, b.rows,
            call.in[0]->text(), call.in[1]->text());
    std::vector<int64_t> shape = broadcast_batch(a.batch, b.batch, call);
    shape.push_back(a.rows);
    shape.push_back(b.columns);
    check(call.in[0]->dtype == call.in[1]->dtype, "matmul: operands of different types");
    return {tensor_meta(call.in[0]->dtype, known_shape(shape))};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const Matrices a(*sizes_if_known(inputs[0]->meta), of(call).transpose_a);
    const Matrices b(*sizes_if_known(inputs[1]->meta), of(call).transpose_b);
    std::vector<int64_t> shape = broadcast_batch(a.batch, b.batch, call);
    int64_t matrices = 1;
    for (const int64_t length : shape) matrices *= length;
    const std::vector<int64_t> batch = shape;
    shape.push_back(a.rows);
    shape.push_back(b.columns);
    const PinnedArray x(*inputs[0]), y(*inputs[1]);
    const DType dtype = inputs[0]->meta.dtype;
    ArrayRoom room(driver.store(), dtype, matrices * a.rows * b.columns, "matrix product");
    visit_number(dtype.id, [&](auto type) {
      using T = decltype(type);
      const int64_t down = (a.rows + kTileRows - 1) / kTileRows;
      const int64_t across = (b.columns + kTileColumns - 1) / kTileColumns;
      const auto body = [&](int64_t i, Worker&) {
        const int64_t number = i / (down * across);
        Tile tile{i / across % down * kTileRows, 0, i % across * kTileColumns, 0};
        tile.rows = std::min(kTileRows, a.rows - tile.row);
        tile.columns = std::min(kTileColumns, b.columns - tile.column);
        const T* left = x.as<T>() + a.begin(number, batch);
        const T* right = y.as<T>() + b.begin(number, batch);
        T* out = room.as<T>() + (number * a.rows + tile.row) * b.columns + tile.column;
        if constexpr (std::is_floating_point_v<T>) {
          if (a.columns == 0) {
            for (int64_t r = 0; r < tile.rows; ++r)
              std::fill_n(out + r * b.columns, tile.columns, T{0});
            return;
          }
          gemm(a.transposed, b.transposed, tile.rows, tile.columns, a.columns,
               left + a.offset(tile.row, 0), a.row_length, right + b.offset(0, tile.column),
               b.row_length, 0.0, out, b.columns);
        } else {
          multiply_tile(a, left, b, right, tile, dtype.is_bool(), out, b.columns);
        }
      };
      driver.parallel(matrices * down * across, body);
    });
    return {room.close(shape)};
  }

 private:
  static std::vector<int64_t> sizes(const Call& call, size_t input) {
    const Meta& meta = *call.in[input];
    require(meta.dtype.is_number() || meta.dtype.is_bool(), ErrorCode::kDType,
            "matmul of {} has no meaning", meta.dtype.name());
    const auto known = sizes_if_known(meta);
    require(known.has_value(), ErrorCode::kUnsupported,
            "matmul: the length of {} is not known before it is computed", meta.text());
    check(known->size() >= 2, "matmul: vectors were not made matrices");
    return *known;
  }
};

// Panels of rows, whose products are added in order: the cut depends on the shape alone.
class Gram final : public OpOf<GramAttrs> {
 public:
  std::string_view name() const override { return "gram"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& x = *call.in[0];
    check(x.shape.size() == 2 && x.dtype.is_float(), "gram: a matrix of floats");
    return {tensor_meta(x.dtype, {x.shape[1], x.shape[1]})};
  }

  std::vector<Ref<Value>> evaluate(const Call&, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const auto shape = *sizes_if_known(inputs[0]->meta);
    const int64_t rows = shape[0], n = shape[1];
    const PinnedArray x(*inputs[0]);
    ArrayRoom room(driver.store(), inputs[0]->meta.dtype, n * n, "gram matrix");
    visit_number(inputs[0]->meta.dtype.id, [&](auto type) {
      using T = decltype(type);
      if constexpr (std::is_floating_point_v<T>) fill(x.as<T>(), rows, n, driver, room.as<T>());
    });
    return {room.close({n, n})};
  }

 private:
  template <class T>
  static void fill(const T* x, int64_t rows, int64_t n, Driver& driver, T* out) {
    if (n == 0) return;
    std::fill_n(out, n * n, T{0});
    if (rows == 0) return;
    const int64_t panels = std::clamp<int64_t>(std::min(rows / 4096, rows / n), 1, 32);
    const int64_t length = (rows + panels - 1) / panels;
    memory::Reservation reservation(driver.store().budget(), "panels of a gram matrix");
    const int64_t bytes = panels * n * n * static_cast<int64_t>(sizeof(T));
    reservation.ensure_or_fail(bytes);
    reservation.charge(bytes);
    const memory::Buffer parts(bytes);
    auto* sums = const_cast<T*>(parts.as<T>());
    driver.parallel(panels, [&](int64_t i, Worker&) {
      const int64_t begin = std::min(i * length, rows);
      gram_upper(std::min(length, rows - begin), n, x + begin * n, 0.0, sums + i * n * n);
    });
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t panel = 0; panel < panels; ++panel) {
        for (int64_t j = i; j < n; ++j) out[i * n + j] += sums[(panel * n + i) * n + j];
      }
      for (int64_t j = i; j < n; ++j) out[j * n + i] = out[i * n + j];
    }
  }
};

// The array below a view that only swaps its last two axes.
Expr below_transpose(const Expr& x) {
  const Node& node = *x.node;
  const size_t rank = x.meta().shape.size();
  if (node.call.op != &access_op() || node.stored != nullptr || rank < 2) return {};
  const Expr& below = node.inputs[0];
  if (below.meta().shape.size() != rank) return {};
  const auto& attrs = node.call.attrs.as<AccessAttrs>();
  for (size_t j = 0; j < rank; ++j) {
    const size_t to = j + 2 < rank ? j : j + 2 == rank ? rank - 1 : rank - 2;
    const bool swaps = attrs.axis[j] == static_cast<int64_t>(to) && attrs.offset[j] == 0 &&
                       attrs.step[j] == 1 && x.meta().shape[to] == below.meta().shape[j];
    if (!swaps) return {};
  }
  return below;
}

Expr with_common_type(const Expr& x, const DType& dtype) {
  return x.meta().dtype == dtype ? x : cast(x, dtype);
}

Index all_before() {
  Index item;
  item.kind = Index::kEllipsis;
  return item;
}

}  // namespace

const Op& matmul_op() {
  static const Matmul op;
  return op;
}
const Op& gram_op() {
  static const Gram op;
  return op;
}

Expr gram(const Expr& x) { return call(gram_op(), GramAttrs{}, {x}); }

Expr matmul(const Expr& a, const Expr& b) {
  const size_t left = a.meta().shape.size(), right = b.meta().shape.size();
  require(left > 0 && right > 0, ErrorCode::kInvalidArgument,
          "matmul: an operand does not have enough dimensions: a number; use * instead");
  const DType common = promote(a.meta().dtype, b.meta().dtype, "matmul");
  Index row, column, first;
  row.kind = column.kind = Index::kNewAxis;
  first.kind = Index::kAt;
  if (left == 1 && right == 1) {
    require(a.meta().shape[0] == b.meta().shape[0], ErrorCode::kShape,
            "matmul: the lengths differ: {} and {}", a.meta().text(), b.meta().text());
    const Expr sum = reduce_all(common.is_bool() ? "any" : "sum", compute("multiply", {a, b}));
    return with_common_type(sum, common);
  }
  if (left == 1) return index(matmul(index(a, {row}), b), {all_before(), first, Index{}});
  if (right == 1) {
    return index(matmul(a, index(b, {Index{}, column})), {all_before(), Index{}, first});
  }
  MatmulAttrs attrs;
  Expr x = with_common_type(a, common), y = with_common_type(b, common);
  if (const Expr below = below_transpose(x)) {
    // Xᵀ X of a tall matrix.
    const auto shape = sizes_if_known(below.meta());
    if (below == y && common.is_float() && shape && shape->size() == 2 &&
        (*shape)[0] >= 2 * (*shape)[1])
      return gram(y);
    x = below;
    attrs.transpose_a = true;
  }
  if (const Expr below = below_transpose(y)) {
    y = below;
    attrs.transpose_b = true;
  }
  return call(matmul_op(), attrs, {x, y});
}

Expr dot(const Expr& a, const Expr& b) {
  const size_t left = a.meta().shape.size(), right = b.meta().shape.size();
  if (left == 0 || right == 0) return compute("multiply", {a, b});
  if (right == 1 || (left <= 2 && right == 2)) return matmul(a, b);
  const auto x = sizes_if_known(a.meta()), y = sizes_if_known(b.meta());
  require(x && y, ErrorCode::kUnsupported,
          "dot: a length is not known before it is computed: {} and {}", a.meta().text(),
          b.meta().text());
  // Rows of a with columns of b, whatever the axes before them.
  const int64_t inner = x->back();
  std::vector<int64_t> axes{static_cast<int64_t>(right) - 2}, shape(x->begin(), x->end() - 1);
  for (size_t axis = 0; axis < right; ++axis) {
    if (axis + 2 == right) continue;
    axes.push_back(static_cast<int64_t>(axis));
    shape.push_back((*y)[axis]);
  }
  require((*y)[right - 2] == inner, ErrorCode::kShape, "dot: the lengths differ: {} and {}",
          a.meta().text(), b.meta().text());
  int64_t rows = 1, columns = 1;
  for (size_t axis = 0; axis + 1 < left; ++axis) rows *= (*x)[axis];
  for (size_t axis = 0; axis < right; ++axis) columns *= axis + 2 == right ? 1 : (*y)[axis];
  return reshape(matmul(reshape(a, {rows, inner}), reshape(transpose(b, axes), {inner, columns})),
                 shape);
}

}  // namespace tharsis::ops
