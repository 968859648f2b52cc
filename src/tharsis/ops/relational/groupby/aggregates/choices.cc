#include <cmath>
#include <limits>

#include "tharsis/ops/relational/groupby/aggregates/kept_text.h"
#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// Whether row position `next` takes the place of `now`.
bool takes(bool last, int64_t next, int64_t now) { return last ? next >= now : next < now; }
// A position that every other one takes the place of.
constexpr int64_t nobody(bool last) { return last ? INT64_MIN : INT64_MAX; }

// The position of the first or last row of a group. A table meets rows in their order, so that the
// first is the one that makes the group.
template <bool kLast>
class RowPosition final : public Accumulator {
 public:
  void place(StateRows& states) override { slot_ = states.add(nobody(kLast)); }
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
    if (takes(kLast, next, now)) now = next;
  }
  int64_t slot_ = 0;
};

// Which value of a group is chosen: the first or the last; with `missing_too` that of its first or
// last row, which may be missing.
struct Which {
  bool last = false;
  bool missing_too = false;
  bool takes(int64_t next, int64_t now) const { return ops::takes(last, next, now); }
  int64_t nobody() const { return ops::nobody(last); }
};

template <class T>
class Choice final : public Accumulator {
 public:
  Choice(DType dtype, Which which) : dtype_(std::move(dtype)), which_(which) {}

  void place(StateRows& states) override {
    position_ = states.add(which_.nobody());
    value_ = states.add(T{});
  }
  void resize(int64_t groups) override {
    if (which_.missing_too) gone_.resize(groups, 0);
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
          if (which_.missing_too)
            offer(rows.groups[i], rows.position(i), T{}, true, positions, values);
        });
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<int64_t> positions(states, position_);
    const Slot<T> values(states, value_);
    const auto* at = columns[0].values<int64_t>();
    const auto* more = columns[1].values<T>();
    for (int64_t i = 0; i < rows; ++i) {
      if (at[i] == which_.nobody()) continue;
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
    if (which_.missing_too) {
      column =
          with_validity(std::move(column), n, [&](int64_t i) { return gone_[groups[i]] == 0; });
    }
    out.push_back(std::move(column));
  }
  Column finish(int64_t groups, StateRows& states, const int64_t*) override {
    const Slot<int64_t> positions(states, position_);
    const Slot<T> values(states, value_);
    const auto present = [&](int64_t i) {
      return positions[i] != which_.nobody() && (!which_.missing_too || gone_[i] == 0);
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
    if (!which_.takes(position, positions[group])) return;
    positions[group] = position;
    values[group] = value;
    if (which_.missing_too) gone_[group] = missing;
  }

  const DType dtype_;
  const Which which_;
  int64_t position_ = 0, value_ = 0;
  Grown<uint8_t> gone_;
};

// The same for text.
class TextChoice final : public Accumulator {
 public:
  explicit TextChoice(Which which) : which_(which) {}
  void place(StateRows& states) override { position_ = states.add(which_.nobody()); }
  void resize(int64_t groups) override {
    texts_.resize(groups);
    if (which_.missing_too) gone_.resize(groups, 0);
  }
  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<int64_t> positions(states, position_);
    const auto* texts = column.values<StringRef>();
    for (int64_t i = 0; i < rows.rows; ++i) {
      const bool missing = !column.valid(i);
      if (missing && !which_.missing_too) continue;
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
      if (at[i] == which_.nobody()) continue;
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
    if (which_.missing_too) {
      column = with_validity(std::move(column), n, [&](int64_t i) {
        return texts_.present(groups[i]) && gone_[groups[i]] == 0;
      });
    }
    out.push_back(std::move(column));
  }
  Column finish(int64_t groups, StateRows&, const int64_t*) override {
    if (!which_.missing_too) return texts_.finish(groups);
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
    if (!which_.takes(position, positions[group])) return;
    positions[group] = position;
    texts_.set(group, text);
    if (which_.missing_too) gone_[group] = missing;
  }
  const Which which_;
  int64_t position_ = 0;
  KeptTexts texts_;
  Grown<uint8_t> gone_;
};

}  // namespace

std::unique_ptr<Accumulator> make_choice(DType dtype, bool last, bool missing_too) {
  const Which which{last, missing_too};
  if (dtype.is_string()) return std::make_unique<TextChoice>(which);
  return visit_values(dtype, [&]<class T>(T) -> std::unique_ptr<Accumulator> {
    return std::make_unique<Choice<T>>(dtype, which);
  });
}

std::unique_ptr<Accumulator> make_position(bool last) {
  if (last) return std::make_unique<RowPosition<true>>();
  return std::make_unique<RowPosition<false>>();
}

}  // namespace tharsis::ops
