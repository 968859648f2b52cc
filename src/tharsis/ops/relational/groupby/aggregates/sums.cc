#include <cmath>

#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// Sum, and mean: the sum over the number of values.
template <class S>
class Sum final : public Accumulator {
 public:
  Sum(DType out, bool mean, int64_t min_count)
      : out_(std::move(out)), mean_(mean), least_(mean ? 1 : min_count) {}

  void place(StateRows& states) override { slot_ = states.add(S{0}); }
  bool asks_sizes() const override { return least_ > 0; }
  void resize(int64_t groups) override { missing_.resize(groups); }

  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<S> sums(states, slot_);
    const uint32_t* groups = rows.groups;
    visit_values(column.dtype, [&]<class T>(T) {
      each_value<T>(
          column, rows.rows, [&](int64_t i, T value) { sums[groups[i]] += static_cast<S>(value); },
          [&](int64_t i) {
            if (least_ > 0) missing_.add(groups[i]);
          });
    });
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<S> sums(states, slot_);
    const auto* more = columns[0].values<S>();
    for (int64_t i = 0; i < rows; ++i) sums[groups[i]] += more[i];
    missing_.merge(columns[1], groups, rows);
  }
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override {
    const Slot<S> sums(states, slot_);
    const TypeId type = std::is_same_v<S, double> ? TypeId::kFloat64 : TypeId::kInt64;
    out.push_back(made_column<S>(type, static_cast<int64_t>(groups.size()),
                                 [&](int64_t i) { return sums[groups[i]]; }));
    out.push_back(missing_.write(groups));
  }
  void absorb(Accumulator& other, StateRows& other_states, std::span<const uint32_t> theirs,
              const uint32_t* ours, StateRows& states) override {
    auto& from = static_cast<Sum&>(other);
    const Slot<S> sums(states, slot_);
    const Slot<S> more(other_states, from.slot_);
    for (size_t i = 0; i < theirs.size(); ++i) sums[ours[i]] += more[theirs[i]];
    missing_.absorb(from.missing_, theirs, ours);
  }

  Column finish(int64_t groups, StateRows& states, const int64_t* sizes) override {
    const Slot<S> sums(states, slot_);
    Column column;
    if (least_ == 0) {
      if (out_.id == TypeId::kFloat64)
        return made_column<double>(out_, groups,
                                   [&](int64_t i) { return static_cast<double>(sums[i]); });
      if (out_.id == TypeId::kFloat32)
        return made_column<float>(out_, groups,
                                  [&](int64_t i) { return static_cast<float>(sums[i]); });
      return made_column<int64_t>(out_, groups,
                                  [&](int64_t i) { return static_cast<int64_t>(sums[i]); });
    }
    const int64_t* missing = missing_.all(groups);
    const auto count = [&](int64_t i) { return sizes[i] - missing[i]; };
    const auto enough = [&](int64_t i) { return count(i) >= least_; };
    if (out_.is_float()) {
      const auto value = [&](int64_t i) {
        const auto sum = static_cast<double>(sums[i]);
        return !enough(i) ? std::nan("") : mean_ ? sum / static_cast<double>(count(i)) : sum;
      };
      column = out_.id == TypeId::kFloat32
                   ? made_column<float>(out_, groups,
                                        [&](int64_t i) { return static_cast<float>(value(i)); })
                   : made_column<double>(out_, groups, value);
    } else {
      column = made_column<int64_t>(out_, groups, [&](int64_t i) {
        const auto sum = static_cast<int64_t>(sums[i]);
        return mean_ ? (count(i) > 0 ? sum / count(i) : 0) : sum;
      });
    }
    if (out_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups, enough);
  }
  int64_t bytes() const override { return missing_.bytes(); }
  size_t width() const override { return 2; }

 private:
  const DType out_;
  const bool mean_;
  const int64_t least_;  // values that an answer needs
  int64_t slot_ = 0;
  MissingCounts missing_;
};

}  // namespace

std::unique_ptr<Accumulator> make_sum(DType in, DType out, bool mean, int64_t min_count) {
  if (in.is_float() || (mean && !in.is_time()))
    return std::make_unique<Sum<double>>(std::move(out), mean, min_count);
  return std::make_unique<Sum<int64_t>>(std::move(out), mean, min_count);
}

}  // namespace tharsis::ops
