#include <cmath>

#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// The product of the values of a group.
template <class S>
class Product final : public Accumulator {
 public:
  Product(DType out, int64_t min_count) : out_(std::move(out)), least_(min_count) {}

  void place(StateRows& states) override {
    product_ = states.add(S{1});
    count_ = states.add(int64_t{0});
  }
  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<S> products(states, product_);
    const Slot<int64_t> counts(states, count_);
    visit_values(column.dtype, [&]<class T>(T) {
      each_value<T>(
          column, rows.rows,
          [&](int64_t i, T value) {
            times(products[rows.groups[i]], static_cast<S>(value));
            ++counts[rows.groups[i]];
          },
          [](int64_t) {});
    });
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<S> products(states, product_);
    const Slot<int64_t> counts(states, count_);
    for (int64_t i = 0; i < rows; ++i) {
      times(products[groups[i]], columns[0].values<S>()[i]);
      counts[groups[i]] += columns[1].values<int64_t>()[i];
    }
  }
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override {
    const Slot<S> products(states, product_);
    const Slot<int64_t> counts(states, count_);
    const auto n = static_cast<int64_t>(groups.size());
    const TypeId type = std::is_same_v<S, double> ? TypeId::kFloat64 : TypeId::kInt64;
    out.push_back(made_column<S>(type, n, [&](int64_t i) { return products[groups[i]]; }));
    out.push_back(
        made_column<int64_t>(TypeId::kInt64, n, [&](int64_t i) { return counts[groups[i]]; }));
  }
  Column finish(int64_t groups, StateRows& states, const int64_t*) override {
    const Slot<S> products(states, product_);
    const Slot<int64_t> counts(states, count_);
    const auto enough = [&](int64_t i) { return counts[i] >= least_; };
    Column column;
    if (out_.is_float()) {
      const auto value = [&](int64_t i) {
        return enough(i) ? static_cast<double>(products[i]) : std::nan("");
      };
      column = out_.id == TypeId::kFloat32
                   ? made_column<float>(out_, groups,
                                        [&](int64_t i) { return static_cast<float>(value(i)); })
                   : made_column<double>(out_, groups, value);
    } else {
      column = made_column<int64_t>(out_, groups,
                                    [&](int64_t i) { return static_cast<int64_t>(products[i]); });
    }
    if (out_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups, enough);
  }
  size_t width() const override { return 2; }

 private:
  // Whole numbers wrap around, as NumPy's do.
  static void times(S& now, S value) {
    if constexpr (std::is_same_v<S, double>) {
      now *= value;
    } else {
      now = static_cast<S>(static_cast<uint64_t>(now) * static_cast<uint64_t>(value));
    }
  }

  const DType out_;
  const int64_t least_;  // values that an answer needs
  int64_t product_ = 0, count_ = 0;
};

}  // namespace

std::unique_ptr<Accumulator> make_product(DType out, int64_t min_count) {
  if (out.is_float()) return std::make_unique<Product<double>>(std::move(out), min_count);
  return std::make_unique<Product<int64_t>>(std::move(out), min_count);
}

}  // namespace tharsis::ops
