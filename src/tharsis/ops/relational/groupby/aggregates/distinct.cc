#include <bit>

#include "tharsis/ops/relational/groupby/aggregates/value_log.h"
#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/ops/relational/groupby/text_table.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// Pairs of a group and a value, each once.
class PairSet {
 public:
  /// Whether the pair is new.
  bool add(uint32_t group, uint64_t value) {
    if (2 * (size_ + 1) > groups_.size()) grow();
    uint64_t at = place(group, value);
    for (; groups_[at] != 0; at = (at + 1) & mask_) {
      if (groups_[at] == group + 1 && values_[at] == value) return false;
    }
    groups_[at] = group + 1;
    values_[at] = value;
    ++size_;
    return true;
  }
  int64_t bytes() const { return groups_.bytes() + values_.bytes(); }
  int64_t growth_max(int64_t rows) const {
    return 2 * (size_ + rows) > groups_.size() ? std::max<int64_t>(5 * bytes(), rows * 128) : 0;
  }

 private:
  uint64_t place(uint32_t group, uint64_t value) const {
    return hash_next(hash_word(value), group) & mask_;
  }
  void grow() {
    const int64_t size = std::max<int64_t>(64, groups_.size() * 4);
    const Grown<uint32_t> groups = std::move(groups_);
    const Grown<uint64_t> values = std::move(values_);
    groups_ = {};
    values_ = {};
    groups_.resize(size, 0);
    values_.extend(size);
    mask_ = static_cast<uint64_t>(size) - 1;
    for (int64_t i = 0; i < groups.size(); ++i) {
      if (groups[i] == 0) continue;
      uint64_t at = place(groups[i] - 1, values[i]);
      while (groups_[at] != 0) at = (at + 1) & mask_;
      groups_[at] = groups[i];
      values_[at] = values[i];
    }
  }
  Grown<uint32_t> groups_;  // group + 1
  Grown<uint64_t> values_;
  uint64_t mask_ = 0;
  int64_t size_ = 0;
};

// The number of different values of a group.
class Distinct final : public Accumulator {
 public:
  explicit Distinct(DType in) : in_(std::move(in)) {}

  void place(StateRows& states) override { slot_ = states.add(int64_t{0}); }
  void resize(int64_t groups) override { groups_ = groups; }

  void update(const Column& column, const GroupedRows& rows, StateRows& states) override {
    const Slot<int64_t> counts(states, slot_);
    if (in_.is_string()) {
      const auto* texts = column.values<StringRef>();
      for (int64_t i = 0; i < rows.rows; ++i) {
        if (!column.valid(i)) continue;
        const StringRef& text = texts[column.at(i)];
        offer(rows.groups[i], texts_.number(text, hash_text(text)), counts);
      }
      return;
    }
    visit_values(in_, [&]<class T>(T) {
      each_value<T>(
          column, rows.rows,
          [&](int64_t i, T value) { offer(rows.groups[i], word(value), counts); }, [](int64_t) {});
    });
  }
  // A text of a group is a run of values: 8 bytes each, or (length, bytes) where they are text.
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows& states) override {
    const Slot<int64_t> counts(states, slot_);
    const auto* runs = columns[0].values<StringRef>();
    for (int64_t i = 0; i < rows; ++i) {
      const char* at = runs[i].data();
      const char* end = at + runs[i].length;
      while (at < end) {
        uint64_t value;
        std::memcpy(&value, at, 8);
        at += 8;
        if (in_.is_string()) {
          const StringRef text(at, static_cast<uint32_t>(value));
          at += value;
          value = texts_.number(text, hash_text(text));
        }
        offer(groups[i], value, counts);
      }
    }
  }
  void write(std::span<const uint32_t> groups, StateRows&, std::vector<Column>& out) override {
    log_.close(groups_);
    if (!in_.is_string()) {
      out.push_back(made_column<StringRef>(
          TypeId::kString, static_cast<int64_t>(groups.size()), [&](int64_t i) {
            const auto run = log_.run(groups[i]);
            return StringRef(reinterpret_cast<const char*>(run.data()),
                             static_cast<uint32_t>(run.size_bytes()));
          }));
      return;
    }
    struct Runs {
      memory::Buffer refs;
      std::vector<std::string> bytes;
    };
    auto runs = std::make_shared<Runs>();
    runs->refs = memory::Buffer(static_cast<int64_t>(groups.size() * sizeof(StringRef)));
    runs->bytes.resize(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      std::string& bytes = runs->bytes[i];
      for (const uint64_t number : log_.run(groups[i])) {
        const std::string_view text = texts_.text(static_cast<uint32_t>(number)).view();
        const uint64_t length = text.size();
        bytes.append(reinterpret_cast<const char*>(&length), 8).append(text);
      }
      runs->refs.as<StringRef>()[i] = StringRef(bytes);
    }
    const void* data = runs->refs.data();
    out.push_back(column_of(TypeId::kString, std::move(runs), data));
  }
  void absorb(Accumulator& other, StateRows&, std::span<const uint32_t> theirs,
              const uint32_t* ours, StateRows& states) override {
    auto& from = static_cast<Distinct&>(other);
    const Slot<int64_t> counts(states, slot_);
    for (size_t i = 0; i < theirs.size(); ++i) {
      for (uint64_t value : from.log_.run(theirs[i])) {
        if (in_.is_string()) {
          const auto number = static_cast<uint32_t>(value);
          value = texts_.number(from.texts_.text(number), from.texts_.hash(number));
        }
        offer(ours[i], value, counts);
      }
    }
  }
  void close() override { log_.close(groups_); }
  Column finish(int64_t groups, StateRows& states, const int64_t*) override {
    const Slot<int64_t> counts(states, slot_);
    return made_column<int64_t>(TypeId::kInt64, groups, [&](int64_t i) { return counts[i]; });
  }
  int64_t bytes() const override { return pairs_.bytes() + log_.bytes() + texts_.bytes(); }
  int64_t growth_max(const Column& column, int64_t rows) const override {
    return ValueLog::growth_max(rows) + pairs_.growth_max(rows) +
           (in_.is_string() ? texts_.bytes() * 3 + memory::column_bytes(column, rows) * 4 : 0);
  }
  size_t width() const override { return 1; }

 private:
  template <class T>
  static uint64_t word(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      return std::bit_cast<uint64_t>(static_cast<double>(value) + 0.0);
    } else {
      return static_cast<uint64_t>(static_cast<int64_t>(value));
    }
  }
  void offer(uint32_t group, uint64_t value, const Slot<int64_t>& counts) {
    if (!pairs_.add(group, value)) return;
    log_.add(group, value);
    ++counts[group];
  }

  const DType in_;
  int64_t slot_ = 0;
  int64_t groups_ = 0;
  PairSet pairs_;
  ValueLog log_;  // the pairs by group, for whoever merges them
  TextTable texts_;
};

}  // namespace

std::unique_ptr<Accumulator> make_distinct(DType in) {
  return std::make_unique<Distinct>(std::move(in));
}

}  // namespace tharsis::ops
