// T2 of the design: random chains of views, programs, seams, masks and reductions, against an array
// that is a list of numbers.
#include <cmath>
#include <functional>
#include <numeric>
#include <random>

#include "tharsis/engine/array_testing.h"
#include "tharsis/engine/test_matrix.h"

namespace tharsis::engine {
namespace {

using namespace testing;
using ops::Index;
using tharsis::testing::Engine;

struct Plain {
  std::vector<int64_t> shape;
  std::vector<double> values;  // in C order

  int64_t size() const { return static_cast<int64_t>(values.size()); }
  int rank() const { return static_cast<int>(shape.size()); }
};

int64_t product(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

// Calls visit(position in C order, indices) for every element.
template <class Visit>
void each(const std::vector<int64_t>& shape, Visit visit) {
  const int64_t n = product(shape);
  for (int64_t i = 0; i < n; ++i) {
    std::vector<int64_t> at(shape.size());
    int64_t rest = i;
    for (size_t axis = shape.size(); axis-- > 0;) {
      at[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    visit(i, at);
  }
}

int64_t position(const std::vector<int64_t>& at, const std::vector<int64_t>& shape) {
  int64_t p = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) p = p * shape[axis] + at[axis];
  return p;
}

Plain made(std::vector<int64_t> shape,
           const std::function<double(const std::vector<int64_t>&)>& value) {
  Plain out{std::move(shape), {}};
  each(out.shape,
       [&](int64_t, const std::vector<int64_t>& at) { out.values.push_back(value(at)); });
  return out;
}

struct Pair {
  Expr expr;
  Plain plain;
};

class Chains {
 public:
  Chains(Engine& engine, uint64_t seed) : engine_(engine), random_(seed) {}

  int64_t below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }

  Pair leaf() {
    std::vector<int64_t> shape;
    for (int64_t rank = below(4); rank > 0; --rank)
      shape.push_back(below(8) == 0 ? 1 : 1 + below(40));
    return leaf(shape);
  }
  Pair leaf(const std::vector<int64_t>& shape) {
    const auto values = testing::numbers(product(shape), random_());
    return {literal(engine_.session(), TypeId::kFloat64, values, shape), {shape, values}};
  }

  // One more operation on top of `x`.
  Pair grow(Pair x) {
    switch (below(9)) {
      case 0:
      case 1:
        return slice(x);
      case 2:
        return transpose(x);
      case 3:
        return add(x, broadcastable(x));
      case 4:
        return multiply_constant(x);
      case 5:
        return concatenate(x);
      case 6:
        return reshape(x);
      case 7:
        return reduce(x);
      default:
        return below(3) == 0 ? select(x) : new_axis(x);
    }
  }

  Pair slice(const Pair& x) {
    std::vector<Index> items;
    std::vector<int64_t> start, step, shape, from;
    for (int axis = 0; axis < x.plain.rank(); ++axis) {
      const int64_t n = x.plain.shape[axis];
      if (below(6) == 0 && n > 0) {
        const int64_t at = below(n);
        items.push_back({.kind = Index::kAt, .at = below(2) == 0 ? at : at - n});
        start.push_back(at);
        step.push_back(0);
        from.push_back(-1);
        continue;
      }
      Index item;
      item.step = below(3) == 0 ? -1 - below(3) : 1 + below(3);
      if (below(2) == 0) item.start = below(n + 2) - (below(3) == 0 ? n : 0);
      if (below(2) == 0) item.stop = below(n + 2) - (below(3) == 0 ? n : 0);
      items.push_back(item);
      // As Python's range(n)[start:stop:step].
      int64_t first = 0, count = 0;
      bool seen = false;
      int64_t a = item.start ? *item.start : item.step > 0 ? 0 : n - 1;
      int64_t b = item.stop ? *item.stop : item.step > 0 ? n : -1;
      if (item.start && a < 0) a += n;
      if (item.stop && b < 0) b += n;
      if (item.step > 0) a = std::max<int64_t>(a, 0);
      if (item.step < 0) a = std::min(a, n - 1);
      if (item.stop && item.step < 0) b = std::max<int64_t>(b, -1);
      for (int64_t i = a; item.step > 0 ? i < std::min(b, n) : i > b && i >= 0; i += item.step) {
        if (!seen) first = i;
        seen = true;
        ++count;
      }
      start.push_back(first);
      step.push_back(item.step);
      from.push_back(static_cast<int64_t>(shape.size()));
      shape.push_back(count);
    }
    return {ops::index(x.expr, items), made(shape, [&](const std::vector<int64_t>& at) {
              std::vector<int64_t> in;
              for (size_t j = 0; j < start.size(); ++j)
                in.push_back(start[j] + (from[j] < 0 ? 0 : step[j] * at[from[j]]));
              return x.plain.values[position(in, x.plain.shape)];
            })};
  }

  Pair transpose(const Pair& x) {
    std::vector<int64_t> axes(x.plain.rank()), shape(x.plain.rank());
    std::iota(axes.begin(), axes.end(), 0);
    std::shuffle(axes.begin(), axes.end(), random_);
    for (size_t i = 0; i < axes.size(); ++i) shape[i] = x.plain.shape[axes[i]];
    return {ops::transpose(x.expr, axes), made(shape, [&](const std::vector<int64_t>& at) {
              std::vector<int64_t> in(at.size());
              for (size_t i = 0; i < axes.size(); ++i) in[axes[i]] = at[i];
              return x.plain.values[position(in, x.plain.shape)];
            })};
  }

  Pair broadcastable(const Pair& x) {
    if (below(3) == 0) return x;
    std::vector<int64_t> shape;
    for (const int64_t n : x.plain.shape) shape.push_back(below(3) == 0 ? 1 : n);
    shape.erase(shape.begin(), shape.begin() + below(x.plain.rank() + 1));
    return leaf(shape);
  }

  Pair add(const Pair& x, const Pair& y) {
    return {x.expr + y.expr, made(x.plain.shape, [&](const std::vector<int64_t>& at) {
              std::vector<int64_t> in(at.end() - y.plain.rank(), at.end());
              for (size_t i = 0; i < in.size(); ++i) {
                if (y.plain.shape[i] == 1) in[i] = 0;
              }
              return x.plain.values[position(at, x.plain.shape)] +
                     y.plain.values[position(in, y.plain.shape)];
            })};
  }

  Pair multiply_constant(Pair x) {
    const double factor = static_cast<double>(below(5)) - 2.5;
    for (double& value : x.plain.values) value *= factor;
    return {ops::compute("multiply", {x.expr, number(factor)}), std::move(x.plain)};
  }

  Pair concatenate(const Pair& x) {
    if (x.plain.rank() == 0) return x;
    const int64_t axis = below(x.plain.rank());
    std::vector<int64_t> other = x.plain.shape;
    other[axis] = below(5);
    const Pair y = below(2) == 0 ? leaf(other) : x;
    std::vector<int64_t> shape = x.plain.shape;
    shape[axis] += y.plain.shape[axis];
    const int64_t seam = x.plain.shape[axis];
    return {ops::concatenate({x.expr, y.expr}, axis), made(shape, [&](std::vector<int64_t> at) {
              if (at[axis] < seam) return x.plain.values[position(at, x.plain.shape)];
              at[axis] -= seam;
              return y.plain.values[position(at, y.plain.shape)];
            })};
  }

  Pair reshape(Pair x) {
    std::vector<int64_t> shape{x.plain.size()};
    for (int64_t n = 2; n < 30 && shape.size() < 3; ++n) {
      if (shape[0] % n == 0 && shape[0] > n && below(2) == 0) {
        shape[0] /= n;
        shape.push_back(n);
      }
    }
    x.plain.shape = shape;
    return {ops::reshape(x.expr, shape), std::move(x.plain)};
  }

  Pair new_axis(Pair x) {
    if (x.plain.rank() > 4) return x;
    const int64_t axis = below(x.plain.rank() + 1);
    std::vector<Index> items(axis);
    items.push_back({.kind = Index::kNewAxis});
    x.plain.shape.insert(x.plain.shape.begin() + axis, 1);
    return {ops::index(x.expr, items), std::move(x.plain)};
  }

  Pair reduce(const Pair& x) {
    ops::ReduceAttrs attrs;
    std::vector<int64_t> shape;
    attrs.keepdims = below(2) == 0;
    for (int axis = 0; axis < x.plain.rank(); ++axis) {
      const bool reduced = below(2) == 0;
      if (reduced) attrs.axes.push_back(axis);
      if (!reduced) shape.push_back(x.plain.shape[axis]);
      if (reduced && attrs.keepdims) shape.push_back(1);
    }
    Plain out{shape, std::vector<double>(product(shape), 0.0)};
    each(x.plain.shape, [&](int64_t i, const std::vector<int64_t>& at) {
      std::vector<int64_t> to;
      for (int axis = 0; axis < x.plain.rank(); ++axis) {
        const bool reduced =
            std::find(attrs.axes.begin(), attrs.axes.end(), axis) != attrs.axes.end();
        if (!reduced) to.push_back(at[axis]);
        if (reduced && attrs.keepdims) to.push_back(0);
      }
      out.values[position(to, shape)] += x.plain.values[i];
    });
    return {ops::reduce("sum", x.expr, attrs), std::move(out)};
  }

  // Rank 1 and of unknown length: what follows are programs and sums.
  Pair select(const Pair& x) {
    if (x.plain.rank() == 0) return x;
    const Expr mask = ops::compute("greater", {x.expr, number(0.5)});
    Plain out{{0}, {}};
    for (const double value : x.plain.values) {
      if (value > 0.5) out.values.push_back(value);
    }
    out.shape[0] = out.size();
    Pair kept{ops::select(x.expr, mask), std::move(out)};
    for (int64_t more = below(3); more > 0; --more) kept = multiply_constant(std::move(kept));
    if (below(2) == 0) {
      double sum = 0;
      for (const double one : kept.plain.values) sum += one;
      return {ops::reduce_all("sum", kept.expr), {{}, {sum}}};
    }
    // The length is needed for other views: it is observed, as a door does.
    const Ref<Value> value = engine_.run(kept.expr);
    return {stored_leaf(value), std::move(kept.plain)};
  }

 private:
  Engine& engine_;
  std::mt19937_64 random_;
};

void expect_equal(Engine& engine, const Pair& pair, uint64_t seed) {
  const Ref<Value> value = engine.run(pair.expr);
  ASSERT_EQ(*sizes_if_known(value->meta), pair.plain.shape) << "seed " << seed;
  const auto values = values_of<double>(*value);
  for (int64_t i = 0; i < pair.plain.size(); ++i) {
    const double expected = pair.plain.values[i];
    ASSERT_NEAR(values[i], expected, 1e-9 * (1 + std::abs(expected)))
        << "seed " << seed << ", element " << i << " of " << value->meta.text();
  }
}

void expect_chains_equal(Engine& engine) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Chains chains(engine, seed);
    Pair x = chains.leaf();
    for (int64_t length = 1 + chains.below(7); length > 0 && x.plain.size() < 20000; --length)
      x = chains.grow(std::move(x));
    expect_equal(engine, x, seed);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

class ArrayChains : public ::testing::TestWithParam<tharsis::testing::Cell> {};

TEST_P(ArrayChains, AgreeWithAListOfNumbers) {
  tharsis::testing::CellEngine engine(GetParam());
  expect_chains_equal(engine.engine());
  EXPECT_EQ(engine.without_effect(tharsis::testing::SinkKind::kTile), "");
}

INSTANTIATE_TEST_SUITE_P(Matrix, ArrayChains, ::testing::ValuesIn(tharsis::testing::cells()),
                         [](const auto& test) { return test.param.name(); });

TEST(ArrayChainsOfTheCaller, AgreeWithAListOfNumbers) {
  Engine engine({.inline_small = true});
  expect_chains_equal(engine);
}

}  // namespace
}  // namespace tharsis::engine
