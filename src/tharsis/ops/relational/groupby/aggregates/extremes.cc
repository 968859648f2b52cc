#include <cmath>
#include <limits>

#include "tharsis/ops/relational/groupby/aggregates/kept_text.h"
#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// The least or greatest number. A group without a value holds the other end of the type.
template <class T, bool kLeast>
class Extreme final : public Accumulator {
 public:
  explicit Extreme(DType dtype) : dtype_(std::move(dtype)) {}

  void place(StateRows& states) override { slot_ = states.add(kBlank); }
  bool asks_sizes() const override { return true; }
  void resize(int64_t groups) override { missing_.resize(groups); }

  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<T> values(states, slot_);
    each_value<T>(
        column, rows.rows, [&](int64_t i, T value) { offer(values[rows.groups[i]], value); },
        [&](int64_t i) { missing_.add(rows.groups[i]); });
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<T> values(states, slot_);
    const auto* more = columns[0].values<T>();
    for (int64_t i = 0; i < rows; ++i) offer(values[groups[i]], more[i]);
    missing_.merge(columns[1], groups, rows);
  }
  void write(std::span<const uint32_t> groups, StateRows& states,
             std::vector<Column>& out) override {
    const Slot<T> values(states, slot_);
    out.push_back(made_column<T>(dtype_.is_category() ? DType(TypeId::kInt32) : dtype_,
                                 static_cast<int64_t>(groups.size()),
                                 [&](int64_t i) { return values[groups[i]]; }));
    out.push_back(missing_.write(groups));
  }
  void absorb(Accumulator& other, StateRows& other_states, std::span<const uint32_t> theirs,
              const uint32_t* ours, StateRows& states) override {
    auto& from = static_cast<Extreme&>(other);
    const Slot<T> values(states, slot_), more(other_states, from.slot_);
    for (size_t i = 0; i < theirs.size(); ++i) offer(values[ours[i]], more[theirs[i]]);
    missing_.absorb(from.missing_, theirs, ours);
  }
  Column finish(int64_t groups, StateRows& states, const int64_t* sizes) override {
    const Slot<T> values(states, slot_);
    const int64_t* missing = missing_.all(groups);
    const auto present = [&](int64_t i) { return sizes[i] > missing[i]; };
    Column column = made_column<T>(dtype_, groups, [&](int64_t i) {
      if constexpr (std::is_floating_point_v<T>) {
        if (!present(i)) return static_cast<T>(std::nan(""));
      }
      return present(i) ? values[i] : T{};
    });
    if (dtype_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups, present);
  }
  int64_t bytes() const override { return missing_.bytes(); }
  size_t width() const override { return 2; }

 private:
  using Limits = std::numeric_limits<T>;
  static constexpr T kBlank = Limits::has_infinity
                                  ? (kLeast ? Limits::infinity() : -Limits::infinity())
                                  : (kLeast ? Limits::max() : Limits::lowest());
  static void offer(T& now, T value) {
    now = kLeast ? (value < now ? value : now) : (now < value ? value : now);
  }

  const DType dtype_;
  int64_t slot_ = 0;
  MissingCounts missing_;
};

// The same for text, which the aggregate keeps.
class TextExtreme final : public Accumulator {
 public:
  explicit TextExtreme(bool least) : least_(least) {}
  void resize(int64_t groups) override { texts_.resize(groups); }
  void update(const Column& column, const GroupedRows& rows, StateRows&) override {
    const auto* texts = column.values<StringRef>();
    for (int64_t i = 0; i < rows.rows; ++i) {
      if (column.valid(i)) offer(rows.groups[i], texts[column.at(i)]);
    }
  }
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows&) override {
    const auto* texts = columns[0].values<StringRef>();
    for (int64_t i = 0; i < rows; ++i) {
      if (columns[0].valid(i)) offer(groups[i], texts[i]);
    }
  }
  void write(std::span<const uint32_t> groups, StateRows&, std::vector<Column>& out) override {
    out.push_back(texts_.write(groups));
  }
  Column finish(int64_t groups, StateRows&, const int64_t*) override {
    return texts_.finish(groups);
  }
  int64_t bytes() const override { return texts_.bytes(); }
  int64_t growth_max(const Column& column, int64_t rows) const override {
    return texts_.growth_max(column, rows);
  }
  size_t width() const override { return 1; }

 private:
  void offer(uint32_t group, const StringRef& text) {
    if (texts_.present(group)) {
      const StringRef& now = texts_[group];
      if (least_ ? !(text < now) : !(now < text)) return;
    }
    texts_.set(group, text);
  }
  const bool least_;
  KeptTexts texts_;
};

}  // namespace

std::unique_ptr<Accumulator> make_extreme(DType dtype, bool least) {
  if (dtype.is_string()) return std::make_unique<TextExtreme>(least);
  return visit_values(dtype, [&]<class T>(T) -> std::unique_ptr<Accumulator> {
    if (least) return std::make_unique<Extreme<T, true>>(dtype);
    return std::make_unique<Extreme<T, false>>(dtype);
  });
}

}  // namespace tharsis::ops
