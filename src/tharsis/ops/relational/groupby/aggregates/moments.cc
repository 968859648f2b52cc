#include <array>
#include <cmath>

#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// 1 / n: a division per row is what Welford's method costs otherwise.
const std::array<double, 4096>& reciprocals() {
  static const std::array<double, 4096> table = [] {
    std::array<double, 4096> out{};
    for (size_t n = 1; n < out.size(); ++n) out[n] = 1.0 / static_cast<double>(n);
    return out;
  }();
  return table;
}

// Count, mean and sum of squared deviations (Welford); states merge after Chan, Golub & LeVeque,
// 1979.
class Moments final : public Accumulator {
 public:
  Moments(DType out, Spread spread, int64_t ddof)
      : out_(std::move(out)), spread_(spread), ddof_(ddof) {}

  void place(StateRows& states) override {
    count_ = states.add(int64_t{0});
    mean_ = states.add(0.0);
    m2_ = states.add(0.0);
  }
  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<int64_t> counts(states, count_);
    const Slot<double> means(states, mean_), m2(states, m2_);
    const auto& inverse = reciprocals();
    visit_values(column.dtype, [&]<class T>(T) {
      each_value<T>(
          column, rows.rows,
          [&](int64_t i, T typed) {
            const uint32_t group = rows.groups[i];
            const auto value = static_cast<double>(typed);
            const int64_t n = ++counts[group];
            const double delta = value - means[group];
            const double share = n < static_cast<int64_t>(inverse.size())
                                     ? inverse[static_cast<size_t>(n)]
                                     : 1.0 / static_cast<double>(n);
            const double mean = means[group] + delta * share;
            means[group] = mean;
            m2[group] += delta * (value - mean);
          },
          [](int64_t) {});
    });
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const auto* counts = columns[0].values<int64_t>();
    const auto* means = columns[1].values<double>();
    const auto* m2 = columns[2].values<double>();
    for (int64_t i = 0; i < rows; ++i) add(groups[i], counts[i], means[i], m2[i], states);
  }
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override {
    const Slot<int64_t> counts(states, count_);
    const Slot<double> means(states, mean_), m2(states, m2_);
    const auto n = static_cast<int64_t>(groups.size());
    out.push_back(
        made_column<int64_t>(TypeId::kInt64, n, [&](int64_t i) { return counts[groups[i]]; }));
    out.push_back(
        made_column<double>(TypeId::kFloat64, n, [&](int64_t i) { return means[groups[i]]; }));
    out.push_back(
        made_column<double>(TypeId::kFloat64, n, [&](int64_t i) { return m2[groups[i]]; }));
  }
  void absorb(Accumulator& other, StateRows& other_states, std::span<const uint32_t> theirs,
              const uint32_t* ours, StateRows& states) override {
    auto& from = static_cast<Moments&>(other);
    const Slot<int64_t> counts(other_states, from.count_);
    const Slot<double> means(other_states, from.mean_), m2(other_states, from.m2_);
    for (size_t i = 0; i < theirs.size(); ++i)
      add(ours[i], counts[theirs[i]], means[theirs[i]], m2[theirs[i]], states);
  }
  Column finish(int64_t groups, StateRows& states, const int64_t*) override {
    const Slot<int64_t> counts(states, count_);
    const Slot<double> m2(states, m2_);
    const auto value = [&](int64_t i) {
      const int64_t divisor = counts[i] - ddof_;
      double variance = divisor > 0 ? m2[i] / static_cast<double>(divisor) : std::nan("");
      if (spread_ == Spread::kSem) variance /= static_cast<double>(counts[i]);
      return spread_ == Spread::kVar ? variance : std::sqrt(variance);
    };
    Column column = out_.id == TypeId::kFloat32
                        ? made_column<float>(
                              out_, groups, [&](int64_t i) { return static_cast<float>(value(i)); })
                        : made_column<double>(out_, groups, value);
    if (out_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups, [&](int64_t i) { return counts[i] > ddof_; });
  }
  size_t width() const override { return 3; }

 private:
  void add(uint32_t group, int64_t more, double mean, double m2, StateRows& states) const {
    if (more == 0) return;
    int64_t& count = Slot<int64_t>(states, count_)[group];
    double& own = Slot<double>(states, mean_)[group];
    const auto a = static_cast<double>(count), b = static_cast<double>(more);
    const double delta = mean - own;
    count += more;
    own += delta * b / (a + b);
    Slot<double>(states, m2_)[group] += m2 + delta * delta * a * b / (a + b);
  }

  const DType out_;
  const Spread spread_;
  const int64_t ddof_;
  int64_t count_ = 0, mean_ = 0, m2_ = 0;
};

}  // namespace

std::unique_ptr<Accumulator> make_moments(DType out, Spread spread, int64_t ddof) {
  return std::make_unique<Moments>(std::move(out), spread, ddof);
}

}  // namespace tharsis::ops
