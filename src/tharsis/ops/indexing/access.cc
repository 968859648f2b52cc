#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/indexing.h"

namespace tharsis::ops {
namespace {

Access access_of(const AccessAttrs& attrs) {
  Access access;
  access.axis.assign(attrs.axis.begin(), attrs.axis.end());
  access.offset = attrs.offset;
  access.step = attrs.step;
  return access;
}

bool changes_nothing(const AccessAttrs& attrs, const Meta& in) {
  if (attrs.shape.size() != in.shape.size()) return false;
  for (size_t j = 0; j < attrs.axis.size(); ++j) {
    if (attrs.axis[j] != static_cast<int64_t>(j) || attrs.offset[j] != 0 || attrs.step[j] != 1)
      return false;
    if (attrs.shape[j] != -1 && attrs.shape[j] != in.shape[j].size) return false;
  }
  return true;
}

class AccessOp final : public OpOf<AccessAttrs> {
 public:
  std::string_view name() const override { return "access"; }
  Traits traits(const Call&) const override { return {.way = Traits::kView}; }

  // What is checked here must hold of wire input too: no view reaches outside of its array.
  std::vector<Meta> infer(const Call& call) const override {
    const AccessAttrs& attrs = of(call);
    const Meta& in = *call.in[0];
    check(attrs.axis.size() == in.shape.size() && attrs.offset.size() == in.shape.size() &&
              attrs.step.size() == in.shape.size(),
          "access: one entry per input axis");
    require(attrs.shape.size() <= kMaxRank, ErrorCode::kUnsupported,
            "an array of {} dimensions: the engine holds at most {}", attrs.shape.size(), kMaxRank);
    std::vector<Dim> shape = known_shape(attrs.shape);
    bool empty = false;
    for (const int64_t size : attrs.shape) empty |= size == 0;
    for (size_t j = 0; j < in.shape.size(); ++j) {
      const int64_t axis = attrs.axis[j];
      check(axis >= -1 && axis < static_cast<int64_t>(shape.size()), "access: no such axis");
      if (axis >= 0 && attrs.shape[axis] == -1) {
        check(attrs.offset[j] == 0 && attrs.step[j] == 1, "access: a part of an unknown length");
        shape[axis] = in.shape[j];
        continue;
      }
      if (empty) continue;
      const int64_t last =
          attrs.offset[j] + (axis < 0 ? 0 : attrs.step[j] * (attrs.shape[axis] - 1));
      check(std::min(attrs.offset[j], last) >= 0 &&
                std::max(attrs.offset[j], last) < in.shape[j].size,
            "access: outside of the array");
    }
    return {tensor_meta(in.dtype, std::move(shape))};
  }

  std::vector<Piece> demand(const Call& call, const Region& out) const override {
    return {{0, access_of(of(call)), out}};
  }
};

std::vector<int64_t> sizes_of(const Expr& x, std::string_view who) {
  const auto sizes = sizes_if_known(x.meta());
  require(sizes.has_value(), ErrorCode::kUnsupported,
          "{}: the length of {} is not known before it is computed", who, x.meta().text());
  return *sizes;
}

AccessAttrs identity_attrs(const Meta& in) {
  AccessAttrs attrs;
  for (size_t j = 0; j < in.shape.size(); ++j) {
    attrs.shape.push_back(in.shape[j].known() ? in.shape[j].size : -1);
    attrs.axis.push_back(static_cast<int64_t>(j));
    attrs.offset.push_back(0);
    attrs.step.push_back(1);
  }
  return attrs;
}

// As Python's slice.indices: where it starts and how many positions it has.
std::pair<int64_t, int64_t> slice_bounds(const Index& item, int64_t size) {
  const int64_t step = item.step;
  require(step != 0, ErrorCode::kInvalidArgument, "slice step cannot be zero");
  const int64_t lowest = step > 0 ? 0 : -1;
  const int64_t highest = step > 0 ? size : size - 1;
  const auto bound = [&](std::optional<int64_t> at, int64_t otherwise) {
    if (!at) return otherwise;
    return std::clamp(*at < 0 ? *at + size : *at, lowest, highest);
  };
  const int64_t start = bound(item.start, step > 0 ? lowest : highest);
  const int64_t stop = bound(item.stop, step > 0 ? highest : lowest);
  const int64_t span = step > 0 ? stop - start : start - stop;
  const int64_t count = span > 0 ? (span - 1) / std::abs(step) + 1 : 0;
  return {count > 0 ? start : 0, count};
}

bool takes_all(const Index& item) {
  return item.kind == Index::kSlice && !item.start && !item.stop && item.step == 1;
}

}  // namespace

const Op& access_op() {
  static const AccessOp op;
  return op;
}

Expr access(const Expr& x, AccessAttrs attrs) {
  const Node& below = *x.node;
  if (below.call.op == &access_op() && below.stored == nullptr) {
    const Access both = composed(access_of(attrs), access_of(below.call.attrs.as<AccessAttrs>()));
    AccessAttrs one;
    one.shape = std::move(attrs.shape);
    one.axis.assign(both.axis.begin(), both.axis.end());
    one.offset = both.offset;
    one.step = both.step;
    return access(below.inputs[0], std::move(one));
  }
  if (changes_nothing(attrs, x.meta())) return x;
  return call(access_op(), std::move(attrs), {x});
}

Expr index(const Expr& x, const std::vector<Index>& items) {
  const Meta& in = x.meta();
  const auto named = std::count_if(items.begin(), items.end(), [](const Index& item) {
    return item.kind == Index::kAt || item.kind == Index::kSlice;
  });
  require(named <= static_cast<int64_t>(in.shape.size()), ErrorCode::kIndex,
          "too many indices for array: array is {}-dimensional, but {} were indexed",
          in.shape.size(), named);
  AccessAttrs attrs;
  int64_t j = 0;  // input axis
  const auto keep = [&](const Index& item) {
    if (takes_all(item)) {
      attrs.shape.push_back(in.shape[j].known() ? in.shape[j].size : -1);
      attrs.offset.push_back(0);
      attrs.step.push_back(1);
    } else {
      const auto [start, count] = slice_bounds(item, sizes_of(x, "slice")[j]);
      attrs.shape.push_back(count);
      attrs.offset.push_back(start);
      attrs.step.push_back(item.step);
    }
    attrs.axis.push_back(static_cast<int64_t>(attrs.shape.size()) - 1);
    ++j;
  };
  bool ellipsis = false;
  const auto fill = [&] {
    for (auto n = static_cast<int64_t>(in.shape.size()) - named; n > 0; --n) keep({});
    ellipsis = true;
  };
  for (const Index& item : items) {
    switch (item.kind) {
      case Index::kSlice:
        keep(item);
        break;
      case Index::kNewAxis:
        attrs.shape.push_back(1);
        break;
      case Index::kEllipsis:
        require(!ellipsis, ErrorCode::kIndex, "an index can only have a single ellipsis ('...')");
        fill();
        break;
      case Index::kAt: {
        const int64_t size = sizes_of(x, "index")[j];
        require(item.at >= -size && item.at < size, ErrorCode::kIndex,
                "index {} is out of bounds for axis {} with size {}", item.at, j, size);
        attrs.axis.push_back(-1);
        attrs.offset.push_back(item.at < 0 ? item.at + size : item.at);
        attrs.step.push_back(1);
        ++j;
        break;
      }
    }
  }
  if (!ellipsis) fill();
  return access(x, std::move(attrs));
}

Expr transpose(const Expr& x, const std::vector<int64_t>& axes) {
  const size_t rank = x.meta().shape.size();
  require(axes.size() == rank, ErrorCode::kInvalidArgument, "axes don't match array");
  AccessAttrs attrs = identity_attrs(x.meta());
  const AccessAttrs before = attrs;
  std::vector<bool> seen(rank, false);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t j = normalized_axis(axes[i], rank, "transpose");
    require(!seen[j], ErrorCode::kInvalidArgument, "repeated axis in transpose");
    seen[j] = true;
    attrs.shape[i] = before.shape[j];
    attrs.axis[j] = static_cast<int64_t>(i);
  }
  return access(x, std::move(attrs));
}

Expr broadcast_to(const Expr& x, const std::vector<int64_t>& shape) {
  const Meta& in = x.meta();
  AccessAttrs attrs = identity_attrs(in);
  const auto lead = static_cast<int64_t>(shape.size()) - static_cast<int64_t>(in.shape.size());
  bool fits = lead >= 0;
  for (size_t j = 0; fits && j < in.shape.size(); ++j) {
    const int64_t size = in.shape[j].size, wanted = shape[lead + j];
    fits = size == wanted || size == 1;
    attrs.axis[j] = size == 1 && wanted != 1 ? -1 : lead + static_cast<int64_t>(j);
  }
  if (!fits) {
    fail(ErrorCode::kShape, "operands could not be broadcast together: {} cannot take the shape {}",
         in.text(), tensor_meta(in.dtype, known_shape(shape)).text());
  }
  attrs.shape = shape;
  return access(x, std::move(attrs));
}

int64_t normalized_axis(int64_t axis, size_t rank, std::string_view who) {
  const auto n = static_cast<int64_t>(rank);
  require(axis >= -n && axis < n, ErrorCode::kAxis,
          "{}: axis {} is out of bounds for array of dimension {}", who, axis, rank);
  return axis < 0 ? axis + n : axis;
}

}  // namespace tharsis::ops
