#include <cmath>
#include <limits>

#include "tharsis/ops/relational/groupby/aggregates/kept_text.h"
#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// Whether row position `next` takes the place of `now`.
template <bool kLast>
bool takes(int64_t next, int64_t now) {
  return kLast ? next >= now : next < now;
}
template <bool kLast>
constexpr int64_t kNobody = kLast ? INT64_MIN : INT64_MAX;

// The position of the first or last row of a group. A table meets rows in their order, so that the
// first is the one that makes the group.
template <bool kLast>
class RowPosition final : public Accumulator {
 public:
  void place(StateRows& states) override { slot_ = states.add(kNobody<kLast>); }
  void update(const Column&, const GroupedRows& rows, StateRows& states) override {
    const Slot<int64_t> positions(states, slot_);
    if (!kLast && rows.in_order) {
      for (const uint32_t row : rows.fresh) positions[rows.groups[row]] = rows.position(row);
      return;
    }
    for (int64_t i = 0; i < rows.rows; ++i) offer(positions[rows.groups[i]], rows.position(i));
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<int64_t> positions(states, slot_);
    const auto* more = columns[0].values<int64_t>();
    for (int64_t i = 0; i < rows; ++i) offer(positions[groups[i]], more[i]);
  }
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override {
    const Slot<int64_t> positions(states, slot_);
    out.push_back(made_column<int64_t>(TypeId::kInt64, static_cast<int64_t>(groups.size()),
                                       [&](int64_t i) { return positions[groups[i]]; }));
  }
  void absorb(Accumulator& other, StateRows& other_states, std::span<const uint32_t> theirs,
              const uint32_t* ours, StateRows& states) override {
    const Slot<int64_t> positions(states, slot_);
    const Slot<int64_t> more(other_states, static_cast<RowPosition&>(other).slot_);
    for (size_t i = 0; i < theirs.size(); ++i) offer(positions[ours[i]], more[theirs[i]]);
  }
  Column finish(int64_t groups, StateRows& states, const int64_t*) override {
    const Slot<int64_t> positions(states, slot_);
    return made_column<int64_t>(TypeId::kInt64, groups, [&](int64_t i) { return positions[i]; });
  }
  size_t width() const override { return 1; }

 private:
  static void offer(int64_t& now, int64_t next) {
    if (takes<kLast>(next, now)) now = next;
  }
  int64_t slot_ = 0;
};

// The first or last value of a group; with kMissing the value of its first or last row, which may
// be missing.
template <class T, bool kLast, bool kMissing>
class Choice final : public Accumulator {
 public:
  explicit Choice(DType dtype) : dtype_(std::move(dtype)) {}

  void place(StateRows& states) override {
    position_ = states.add(kNobody<kLast>);
    value_ = states.add(T{});
  }
  void resize(int64_t groups) override {
    if (kMissing) gone_.resize(groups, 0);
  }
  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<int64_t> positions(states, position_);
    const Slot<T> values(states, value_);
    each_value<T>(
        column, rows.rows,
        [&](int64_t i, T value) {
          offer(rows.groups[i], rows.position(i), value, false, positions, values);
        },
        [&](int64_t i) {
          if (kMissing) offer(rows.groups[i], rows.position(i), T{}, true, positions, values);
        });
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<int64_t> positions(states, position_);
    const Slot<T> values(states, value_);
    const auto* at = columns[0].values<int64_t>();
    const auto* more = columns[1].values<T>();
    for (int64_t i = 0; i < rows; ++i) {
      if (at[i] == kNobody<kLast>) continue;
      offer(groups[i], at[i], more[i], !columns[1].valid(i), positions, values);
    }
  }
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override {
    const Slot<int64_t> positions(states, position_);
    const Slot<T> values(states, value_);
    const auto n = static_cast<int64_t>(groups.size());
    out.push_back(
        made_column<int64_t>(TypeId::kInt64, n, [&](int64_t i) { return positions[groups[i]]; }));
    Column column = made_column<T>(dtype_.is_category() ? DType(TypeId::kInt32) : dtype_, n,
                                   [&](int64_t i) { return values[groups[i]]; });
    if (kMissing) {
      column =
          with_validity(std::move(column), n, [&](int64_t i) { return gone_[groups[i]] == 0; });
    }
    out.push_back(std::move(column));
  }
  Column finish(int64_t groups, StateRows& states, const int64_t*) override {
    const Slot<int64_t> positions(states, position_);
    const Slot<T> values(states, value_);
    const auto present = [&](int64_t i) {
      return positions[i] != kNobody<kLast> && (!kMissing || gone_[i] == 0);
    };
    Column column = made_column<T>(dtype_, groups, [&](int64_t i) {
      if constexpr (std::is_floating_point_v<T>) {
        if (!present(i)) return static_cast<T>(std::nan(""));
      }
      return values[i];
    });
    if (dtype_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups, present);
  }
  int64_t bytes() const override { return gone_.bytes(); }
  size_t width() const override { return 2; }

 private:
  void offer(uint32_t group, int64_t position, T value, bool missing,
             const Slot<int64_t>& positions, const Slot<T>& values) {
    if (!takes<kLast>(position, positions[group])) return;
    positions[group] = position;
    values[group] = value;
    if (kMissing) gone_[group] = missing;
  }

  const DType dtype_;
  int64_t position_ = 0, value_ = 0;
  Grown<uint8_t> gone_;
};

// The same for text.
template <bool kLast, bool kMissing>
class TextChoice final : public Accumulator {
 public:
  void place(StateRows& states) override { position_ = states.add(kNobody<kLast>); }
  void resize(int64_t groups) override {
    texts_.resize(groups);
    if (kMissing) gone_.resize(groups, 0);
  }
  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<int64_t> positions(states, position_);
    const auto* texts = column.values<StringRef>();
    for (int64_t i = 0; i < rows.rows; ++i) {
      const bool missing = !column.valid(i);
      if (missing && !kMissing) continue;
      offer(rows.groups[i], rows.position(i), missing ? StringRef() : texts[column.at(i)], missing,
            positions);
    }
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<int64_t> positions(states, position_);
    const auto* at = columns[0].values<int64_t>();
    const auto* texts = columns[1].values<StringRef>();
    for (int64_t i = 0; i < rows; ++i) {
      if (at[i] == kNobody<kLast>) continue;
      const bool missing = !columns[1].valid(i);
      offer(groups[i], at[i], missing ? StringRef() : texts[i], missing, positions);
    }
  }
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override {
    const Slot<int64_t> positions(states, position_);
    const auto n = static_cast<int64_t>(groups.size());
    out.push_back(
        made_column<int64_t>(TypeId::kInt64, n, [&](int64_t i) { return positions[groups[i]]; }));
    Column column = texts_.write(groups);
    if (kMissing) {
      column = with_validity(std::move(column), n, [&](int64_t i) {
        return texts_.present(groups[i]) && gone_[groups[i]] == 0;
      });
    }
    out.push_back(std::move(column));
  }
  Column finish(int64_t groups, StateRows&, const int64_t*) override {
    if (!kMissing) return texts_.finish(groups);
    std::vector<uint8_t> present(groups);
    for (int64_t i = 0; i < groups; ++i) present[i] = texts_.present(i) && gone_[i] == 0;
    Column column = texts_.finish(groups);
    column.validity = nullptr;
    return with_validity(std::move(column), groups, [&](int64_t i) { return present[i] != 0; });
  }
  int64_t bytes() const override { return texts_.bytes() + gone_.bytes(); }
  int64_t growth_max(const Column& column, int64_t rows) const override {
    return texts_.growth_max(column, rows) + rows * 2;
  }
  size_t width() const override { return 2; }

 private:
  void offer(uint32_t group, int64_t position, const StringRef& text, bool missing,
             const Slot<int64_t>& positions) {
    if (!takes<kLast>(position, positions[group])) return;
    positions[group] = position;
    texts_.set(group, text);
    if (kMissing) gone_[group] = missing;
  }
  int64_t position_ = 0;
  KeptTexts texts_;
  Grown<uint8_t> gone_;
};

template <bool kLast, bool kMissing>
std::unique_ptr<Accumulator> choice(const DType& dtype) {
  if (dtype.is_string()) return std::make_unique<TextChoice<kLast, kMissing>>();
  return visit_values(dtype, [&]<class T>(T) -> std::unique_ptr<Accumulator> {
    return std::make_unique<Choice<T, kLast, kMissing>>(dtype);
  });
}

}  // namespace

std::unique_ptr<Accumulator> make_choice(DType dtype, bool last, bool missing_too) {
  if (last) return missing_too ? choice<true, true>(dtype) : choice<true, false>(dtype);
  return missing_too ? choice<false, true>(dtype) : choice<false, false>(dtype);
}

std::unique_ptr<Accumulator> make_position(bool last) {
  if (last) return std::make_unique<RowPosition<true>>();
  return std::make_unique<RowPosition<false>>();
}

}  // namespace tharsis::ops
