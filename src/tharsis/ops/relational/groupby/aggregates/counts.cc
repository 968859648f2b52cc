#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {

void RowCounts::update(const Column&, const GroupedRows& rows, StateRows& states) {
  const Slot<int64_t> counts(states, slot_);
  for (int64_t i = 0; i < rows.rows; ++i) ++counts[rows.groups[i]];
}

void RowCounts::merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
                      StateRows& states) {
  const Slot<int64_t> counts(states, slot_);
  const auto* more = columns[0].values<int64_t>();
  for (int64_t i = 0; i < rows; ++i) counts[groups[i]] += more[i];
}

void RowCounts::write(std::span<const uint32_t> groups, StateRows& states,
                      std::vector<Column>& out) {
  const Slot<int64_t> counts(states, slot_);
  out.push_back(made_column<int64_t>(TypeId::kInt64, static_cast<int64_t>(groups.size()),
                                     [&](int64_t i) { return counts[groups[i]]; }));
}

void RowCounts::absorb(Accumulator& other, StateRows& other_states,
                       std::span<const uint32_t> theirs, const uint32_t* ours, StateRows& states) {
  const Slot<int64_t> counts(states, slot_);
  const Slot<int64_t> more(other_states, static_cast<RowCounts&>(other).slot_);
  for (size_t i = 0; i < theirs.size(); ++i) counts[ours[i]] += more[theirs[i]];
}

Column RowCounts::finish(int64_t groups, StateRows& states, const int64_t*) {
  auto bytes = std::make_shared<memory::Buffer>(groups * 8);
  copy(groups, states, bytes->as<int64_t>());
  const void* data = bytes->data();
  return column_of(TypeId::kInt64, std::move(bytes), data);
}

void RowCounts::copy(int64_t groups, StateRows& states, int64_t* out) const {
  const Slot<int64_t> counts(states, slot_);
  for (int64_t i = 0; i < groups; ++i) out[i] = counts[i];
}

namespace {

// Rows of a group: what RowCounts knows.
class Size final : public Accumulator {
 public:
  bool asks_sizes() const override { return true; }
  void update(const Column&, const GroupedRows&, StateRows&) override {}
  void merge(std::span<const Column>, const uint32_t*, int64_t, StateRows&) override {}
  void write(std::span<const uint32_t>, StateRows&, std::vector<Column>&) override {}
  void absorb(Accumulator&, StateRows&, std::span<const uint32_t>, const uint32_t*,
              StateRows&) override {}
  Column finish(int64_t groups, StateRows&, const int64_t* sizes) override {
    return made_column<int64_t>(TypeId::kInt64, groups, [&](int64_t i) { return sizes[i]; });
  }
  size_t width() const override { return 0; }
};

// Values of a group: its rows less those that had none.
class Count final : public Accumulator {
 public:
  bool asks_sizes() const override { return true; }
  void resize(int64_t groups) override { missing_.resize(groups); }
  void update(const Column& column, const GroupedRows& rows, StateRows&) override {
    if (!may_miss(column)) return;
    if (column.dtype.is_string()) {
      for (int64_t i = 0; i < rows.rows; ++i) {
        if (!column.valid(i)) missing_.add(rows.groups[i]);
      }
      return;
    }
    visit_values(column.dtype, [&]<class T>(T) {
      each_value<T>(
          column, rows.rows, [](int64_t, T) {}, [&](int64_t i) { missing_.add(rows.groups[i]); });
    });
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows&) override {
    missing_.merge(columns[0], groups, rows);
  }
  void write(std::span<const uint32_t> groups, StateRows&, std::vector<Column>& out) override {
    out.push_back(missing_.write(groups));
  }
  void absorb(Accumulator& other, StateRows&, std::span<const uint32_t> theirs,
              const uint32_t* ours, StateRows&) override {
    missing_.absorb(static_cast<Count&>(other).missing_, theirs, ours);
  }
  Column finish(int64_t groups, StateRows&, const int64_t* sizes) override {
    if (missing_.empty()) {
      return made_column<int64_t>(TypeId::kInt64, groups, [&](int64_t i) { return sizes[i]; });
    }
    const int64_t* missing = missing_.all(groups);
    return made_column<int64_t>(TypeId::kInt64, groups,
                                [&](int64_t i) { return sizes[i] - missing[i]; });
  }
  int64_t bytes() const override { return missing_.bytes(); }
  size_t width() const override { return 1; }

 private:
  MissingCounts missing_;
};

}  // namespace

std::unique_ptr<Accumulator> make_count() { return std::make_unique<Count>(); }
std::unique_ptr<Accumulator> make_size() { return std::make_unique<Size>(); }

}  // namespace tharsis::ops
