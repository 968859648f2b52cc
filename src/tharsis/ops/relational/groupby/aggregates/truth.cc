#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// any, all: of bools and numbers; missing values say nothing.
class Truth final : public Accumulator {
 public:
  explicit Truth(bool any) : any_(any) {}
  void place(StateRows& states) override { slot_ = states.add(uint8_t{!any_}); }
  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<uint8_t> values(states, slot_);
    visit_values(column.dtype, [&]<class T>(T) {
      each_value<T>(
          column, rows.rows,
          [&](int64_t i, T value) { offer(values[rows.groups[i]], value != T{}); }, [](int64_t) {});
    });
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<uint8_t> values(states, slot_);
    const auto* more = columns[0].values<uint8_t>();
    for (int64_t i = 0; i < rows; ++i) offer(values[groups[i]], more[i] != 0);
  }
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override {
    const Slot<uint8_t> values(states, slot_);
    out.push_back(made_column<uint8_t>(TypeId::kBool, static_cast<int64_t>(groups.size()),
                                       [&](int64_t i) { return values[groups[i]]; }));
  }
  Column finish(int64_t groups, StateRows& states, const int64_t*) override {
    const Slot<uint8_t> values(states, slot_);
    return made_column<uint8_t>(TypeId::kBool, groups, [&](int64_t i) { return values[i]; });
  }
  size_t width() const override { return 1; }

 private:
  void offer(uint8_t& now, bool value) const {
    now = static_cast<uint8_t>(any_ ? (now | value) : (now & value));
  }
  const bool any_;
  int64_t slot_ = 0;
};

}  // namespace

std::unique_ptr<Accumulator> make_truth(bool any) { return std::make_unique<Truth>(any); }

}  // namespace tharsis::ops
