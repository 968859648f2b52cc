#include <algorithm>
#include <bit>
#include <cmath>

#include "tharsis/ops/relational/groupby/aggregates/value_log.h"
#include "tharsis/ops/relational/groupby/aggregates/values.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

// A quantile needs all values of a group: they are kept as bits of doubles and selected from at the
// end.
class Quantiles final : public Accumulator {
 public:
  Quantiles(DType in, DType out, const Quantile& quantile)
      : in_(std::move(in)), out_(std::move(out)), quantile_(quantile) {}

  void resize(int64_t groups) override { groups_ = groups; }
  void update(const Column& column, const GroupedRows& rows, StateRows&) override {
    visit_values(in_, [&]<class T>(T) {
      each_value<T>(
          column, rows.rows,
          [&](int64_t i, T value) {
            log_.add(rows.groups[i], std::bit_cast<uint64_t>(static_cast<double>(value)));
          },
          [](int64_t) {});
    });
  }
  // A text of a group is a run of values, 8 bytes each.
  void merge(std::span<const Column> columns, const uint32_t* groups, int64_t rows,
             StateRows&) override {
    const auto* runs = columns[0].values<StringRef>();
    for (int64_t i = 0; i < rows; ++i) {
      const char* at = runs[i].data();
      for (uint32_t left = runs[i].length; left >= 8; left -= 8, at += 8) {
        uint64_t value;
        std::memcpy(&value, at, 8);
        log_.add(groups[i], value);
      }
    }
  }
  void write(std::span<const uint32_t> groups, StateRows&, std::vector<Column>& out) override {
    log_.close(groups_);
    out.push_back(made_column<StringRef>(
        TypeId::kString, static_cast<int64_t>(groups.size()), [&](int64_t i) {
          const auto run = log_.run(groups[i]);
          return StringRef(reinterpret_cast<const char*>(run.data()),
                           static_cast<uint32_t>(run.size_bytes()));
        }));
  }
  void absorb(Accumulator& other, StateRows&, std::span<const uint32_t> theirs,
              const uint32_t* ours, StateRows&) override {
    ValueLog& log = static_cast<Quantiles&>(other).log_;
    for (size_t i = 0; i < theirs.size(); ++i) {
      for (const uint64_t value : log.run(theirs[i])) log_.add(ours[i], value);
    }
  }
  void close() override { log_.close(groups_); }

  Column finish(int64_t groups, StateRows&, const int64_t*) override {
    log_.close(groups);
    const auto value = [&](int64_t i) {
      const auto run = log_.run(i);
      auto* begin = reinterpret_cast<double*>(run.data());
      return quantile_.of(begin, begin + run.size());
    };
    Column column = out_.id == TypeId::kFloat32
                        ? made_column<float>(
                              out_, groups, [&](int64_t i) { return static_cast<float>(value(i)); })
                        : made_column<double>(out_, groups, value);
    if (out_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups,
                         [&](int64_t i) { return !log_.run(i).empty(); });
  }
  int64_t bytes() const override { return log_.bytes(); }
  int64_t growth_max(const Column&, int64_t rows) const override {
    return ValueLog::growth_max(rows);
  }
  size_t width() const override { return 1; }

 private:
  const DType in_, out_;
  const Quantile quantile_;
  int64_t groups_ = 0;
  ValueLog log_;
};

}  // namespace

std::unique_ptr<Accumulator> make_quantile(DType in, DType out, const Quantile& quantile) {
  return std::make_unique<Quantiles>(std::move(in), std::move(out), quantile);
}

}  // namespace tharsis::ops
