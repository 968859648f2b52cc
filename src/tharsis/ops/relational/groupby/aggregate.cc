#include "tharsis/ops/relational/groupby/aggregate.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/groupby/group_values.h"
#include "tharsis/ops/relational/groupby/quantile.h"

namespace tharsis::ops {
namespace {

constexpr uint32_t kNone = KeyTable::kNoGroup;

class Count final : public Accumulator {
 public:
  explicit Count(bool rows) : rows_(rows) {}
  void resize(int64_t groups) override { counts_.resize(groups, 0); }
  void update(const Column& column, const uint32_t* groups, int64_t rows, int64_t) override {
    if (rows_ || (column.validity == nullptr && !column.dtype.is_float())) {
      for (int64_t i = 0; i < rows; ++i) {
        if (groups[i] != kNone) ++counts_[groups[i]];
      }
    } else if (column.dtype.is_string()) {
      for (int64_t i = 0; i < rows; ++i) {
        if (groups[i] != kNone && !missing_at(column, i)) ++counts_[groups[i]];
      }
    } else {
      with_type(column.dtype, [&]<class T>(T*) {
        each_value<T>(column, groups, rows, [&](uint32_t group, T) { ++counts_[group]; });
      });
    }
  }
  void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) override {
    const auto* counts = states[0].values<int64_t>();
    for (int64_t i = 0; i < rows; ++i) counts_[groups[i]] += counts[i];
  }
  void states(std::span<const uint32_t> groups, std::vector<Column>& out) override {
    out.push_back(picked(TypeId::kInt64, counts_, groups));
  }
  Column finish(int64_t) override {
    auto own = std::make_shared<Grown<int64_t>>(std::move(counts_));
    const void* data = own->data();
    return owned_column(TypeId::kInt64, std::move(own), data);
  }
  int64_t bytes() const override { return counts_.bytes(); }
  int64_t growth_max(int64_t rows) const override { return std::max(counts_.bytes(), rows * 16); }
  size_t width() const override { return 1; }

 private:
  const bool rows_;
  Grown<int64_t> counts_;
};

// Sum, and mean: the sum over the count.
template <class S>
class Sum final : public Accumulator {
 public:
  Sum(DType out, bool mean, int64_t min_count)
      : out_(std::move(out)), mean_(mean), min_count_(min_count) {}
  void resize(int64_t groups) override {
    sums_.resize(groups, 0);
    if (counted()) counts_.resize(groups, 0);
  }
  void update(const Column& column, const uint32_t* groups, int64_t rows, int64_t) override {
    S* sums = sums_.data();
    int64_t* counts = counts_.data();
    with_type(column.dtype, [&]<class T>(T*) {
      if (counted()) {
        each_value<T>(column, groups, rows, [&](uint32_t group, T value) {
          sums[group] += static_cast<S>(value);
          ++counts[group];
        });
      } else {
        each_value<T>(column, groups, rows,
                      [&](uint32_t group, T value) { sums[group] += static_cast<S>(value); });
      }
    });
  }
  void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) override {
    const auto* sums = states[0].values<S>();
    for (int64_t i = 0; i < rows; ++i) sums_[groups[i]] += sums[i];
    if (!counted()) return;
    const auto* counts = states[1].values<int64_t>();
    for (int64_t i = 0; i < rows; ++i) counts_[groups[i]] += counts[i];
  }
  void states(std::span<const uint32_t> groups, std::vector<Column>& out) override {
    out.push_back(
        picked(std::is_same_v<S, double> ? TypeId::kFloat64 : TypeId::kInt64, sums_, groups));
    if (counted()) out.push_back(picked(TypeId::kInt64, counts_, groups));
  }
  Column finish(int64_t groups) override {
    if (!counted() && out_.width() == 8) {
      auto own = std::make_shared<Grown<S>>(std::move(sums_));
      const void* data = own->data();
      return owned_column(out_, std::move(own), data);
    }
    auto bytes = std::make_shared<memory::Buffer>(groups * out_.width());
    for (int64_t i = 0; i < groups; ++i) {
      const bool enough = !counted() || counts_[i] >= std::max<int64_t>(min_count_, mean_ ? 1 : 0);
      if (!out_.is_float()) {
        bytes->as<int64_t>()[i] =
            static_cast<int64_t>(mean_ && counts_[i] > 0 ? sums_[i] / counts_[i] : sums_[i]);
        continue;
      }
      double value = static_cast<double>(sums_[i]);
      if (mean_) value /= static_cast<double>(counts_[i]);
      if (!enough) value = std::nan("");
      if (out_.id == TypeId::kFloat32) {
        bytes->as<float>()[i] = static_cast<float>(value);
      } else {
        bytes->as<double>()[i] = value;
      }
    }
    const void* data = bytes->data();
    Column column = owned_column(out_, std::move(bytes), data);
    if (out_.nan_is_missing() || !counted()) return column;
    return with_validity(std::move(column), groups, [&](int64_t i) {
      return counts_[i] >= std::max<int64_t>(min_count_, mean_ ? 1 : 0);
    });
  }
  int64_t bytes() const override { return sums_.bytes() + counts_.bytes(); }
  int64_t growth_max(int64_t rows) const override { return 2 * std::max(sums_.bytes(), rows * 16); }
  size_t width() const override { return counted() ? 2 : 1; }

 private:
  bool counted() const { return mean_ || min_count_ > 0; }
  const DType out_;
  const bool mean_;
  const int64_t min_count_;
  Grown<S> sums_;
  Grown<int64_t> counts_;
};

// The position of the first row of a group: what makes the order of first appearance.
class FirstRow final : public Accumulator {
 public:
  void resize(int64_t groups) override { rows_.resize(groups, INT64_MAX); }
  void update(const Column&, const uint32_t* groups, int64_t rows, int64_t order) override {
    for (int64_t i = 0; i < rows; ++i) {
      if (groups[i] != kNone) rows_[groups[i]] = std::min(rows_[groups[i]], order + i);
    }
  }
  void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) override {
    const auto* first = states[0].values<int64_t>();
    for (int64_t i = 0; i < rows; ++i) rows_[groups[i]] = std::min(rows_[groups[i]], first[i]);
  }
  void states(std::span<const uint32_t> groups, std::vector<Column>& out) override {
    out.push_back(picked(TypeId::kInt64, rows_, groups));
  }
  Column finish(int64_t) override {
    auto own = std::make_shared<Grown<int64_t>>(std::move(rows_));
    const void* data = own->data();
    return owned_column(TypeId::kInt64, std::move(own), data);
  }
  int64_t bytes() const override { return rows_.bytes(); }
  int64_t growth_max(int64_t rows) const override { return std::max(rows_.bytes(), rows * 16); }
  size_t width() const override { return 1; }

 private:
  Grown<int64_t> rows_;
};

// Which of two values stays: the smaller, the larger, the earlier, the later.
enum class Keep : uint8_t { kMin, kMax, kFirst, kLast };

template <class T>
class Extreme final : public Accumulator {
 public:
  Extreme(DType out, Keep keep) : out_(std::move(out)), keep_(keep) {}
  void resize(int64_t groups) override {
    values_.resize(groups, T{});
    orders_.resize(groups, kEmpty);
  }
  void update(const Column& column, const uint32_t* groups, int64_t rows, int64_t order) override {
    const auto* values = column.values<T>();
    const bool constant = column.encoding == Encoding::kConstant;
    for (int64_t i = 0; i < rows; ++i) {
      if (groups[i] == kNone || missing_at(column, i)) continue;
      const T& value = values[constant ? 0 : i];
      if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(value)) continue;
      }
      offer(groups[i], value, order + i);
    }
  }
  void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) override {
    const auto* values = states[0].values<T>();
    const auto* orders = states[1].values<int64_t>();
    for (int64_t i = 0; i < rows; ++i) {
      if (orders[i] != kEmpty) offer(groups[i], values[i], orders[i]);
    }
  }
  void states(std::span<const uint32_t> groups, std::vector<Column>& out) override {
    out.push_back(picked(out_.is_category() ? DType(TypeId::kInt32) : out_, values_, groups));
    out.push_back(picked(TypeId::kInt64, orders_, groups));
  }
  Column finish(int64_t groups) override {
    struct Own {
      Grown<T> values;
      std::vector<memory::Buffer> heap;
    };
    auto own = std::make_shared<Own>();
    own->values = std::move(values_);
    own->heap = std::move(heap_);
    if constexpr (std::is_floating_point_v<T>) {
      for (int64_t i = 0; i < groups; ++i) {
        if (orders_[i] == kEmpty) own->values[i] = static_cast<T>(std::nan(""));
      }
    }
    const void* data = own->values.data();
    Column column = owned_column(out_, std::move(own), data);
    if (out_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups,
                         [&](int64_t i) { return orders_[i] != kEmpty; });
  }
  int64_t bytes() const override { return values_.bytes() + orders_.bytes() + heap_bytes_; }
  int64_t growth_max(int64_t rows) const override {
    return std::max(values_.bytes(), rows * 32) + std::max(orders_.bytes(), rows * 16) +
           (int64_t{1} << 20);
  }
  size_t width() const override { return 2; }

 private:
  static constexpr int64_t kEmpty = INT64_MIN;

  void offer(uint32_t group, const T& value, int64_t order) {
    int64_t& now = orders_[group];
    bool better = now == kEmpty;
    if (!better) {
      switch (keep_) {
        case Keep::kMin:
          better = value < values_[group];
          break;
        case Keep::kMax:
          better = values_[group] < value;
          break;
        case Keep::kFirst:
          better = order < now;
          break;
        case Keep::kLast:
          better = order >= now;
          break;
      }
    }
    if (!better) return;
    now = order;
    values_[group] = value;
    if constexpr (std::is_same_v<T, StringRef>) keep_text(values_[group]);
  }

  void keep_text(StringRef& text) {
    if (text.is_inline()) return;
    if (heap_.empty() || heap_used_ + text.length > heap_.back().size()) {
      heap_.emplace_back(std::max<int64_t>(text.length, 256 << 10));
      heap_bytes_ += heap_.back().capacity();
      heap_used_ = 0;
    }
    char* to = heap_.back().as<char>() + heap_used_;
    std::memcpy(to, text.pointer, text.length);
    text.pointer = to;
    heap_used_ += text.length;
  }

  const DType out_;
  const Keep keep_;
  Grown<T> values_;
  Grown<int64_t> orders_;
  std::vector<memory::Buffer> heap_;
  int64_t heap_used_ = 0;
  int64_t heap_bytes_ = 0;
};

// Count, mean and sum of squared deviations (Welford); states merge after Chan, Golub & LeVeque,
// 1979.
class Variance final : public Accumulator {
 public:
  enum What : uint8_t { kVar, kStd, kSem };
  Variance(DType out, What what, int64_t ddof) : out_(std::move(out)), what_(what), ddof_(ddof) {}
  void resize(int64_t groups) override {
    counts_.resize(groups, 0);
    means_.resize(groups, 0);
    m2_.resize(groups, 0);
  }
  void update(const Column& column, const uint32_t* groups, int64_t rows, int64_t) override {
    with_type(column.dtype, [&]<class T>(T*) {
      each_value<T>(column, groups, rows, [&](uint32_t group, T typed) {
        const auto value = static_cast<double>(typed);
        const int64_t n = ++counts_[group];
        const double delta = value - means_[group];
        means_[group] += delta / static_cast<double>(n);
        m2_[group] += delta * (value - means_[group]);
      });
    });
  }
  void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) override {
    const auto* counts = states[0].values<int64_t>();
    const auto* means = states[1].values<double>();
    const auto* m2 = states[2].values<double>();
    for (int64_t i = 0; i < rows; ++i) {
      if (counts[i] == 0) continue;
      const uint32_t group = groups[i];
      const auto a = static_cast<double>(counts_[group]), b = static_cast<double>(counts[i]);
      const double delta = means[i] - means_[group];
      counts_[group] += counts[i];
      means_[group] += delta * b / (a + b);
      m2_[group] += m2[i] + delta * delta * a * b / (a + b);
    }
  }
  void states(std::span<const uint32_t> groups, std::vector<Column>& out) override {
    out.push_back(picked(TypeId::kInt64, counts_, groups));
    out.push_back(picked(TypeId::kFloat64, means_, groups));
    out.push_back(picked(TypeId::kFloat64, m2_, groups));
  }
  Column finish(int64_t groups) override {
    auto bytes = std::make_shared<memory::Buffer>(groups * out_.width());
    for (int64_t i = 0; i < groups; ++i) {
      const int64_t divisor = counts_[i] - ddof_;
      double value = divisor > 0 ? m2_[i] / static_cast<double>(divisor) : std::nan("");
      if (what_ == kSem) value /= static_cast<double>(counts_[i]);
      if (what_ != kVar) value = std::sqrt(value);
      if (out_.id == TypeId::kFloat32) {
        bytes->as<float>()[i] = static_cast<float>(value);
      } else {
        bytes->as<double>()[i] = value;
      }
    }
    const void* data = bytes->data();
    Column column = owned_column(out_, std::move(bytes), data);
    if (out_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups, [&](int64_t i) { return counts_[i] > ddof_; });
  }
  int64_t bytes() const override { return counts_.bytes() + means_.bytes() + m2_.bytes(); }
  int64_t growth_max(int64_t rows) const override {
    return 3 * std::max(counts_.bytes(), rows * 16);
  }
  size_t width() const override { return 3; }

 private:
  const DType out_;
  const What what_;
  const int64_t ddof_;
  Grown<int64_t> counts_;
  Grown<double> means_;
  Grown<double> m2_;
};

// The product of the values of a group.
template <class S>
class Product final : public Accumulator {
 public:
  Product(DType out, int64_t min_count) : out_(std::move(out)), min_count_(min_count) {}
  void resize(int64_t groups) override {
    products_.resize(groups, 1);
    counts_.resize(groups, 0);
  }
  void update(const Column& column, const uint32_t* groups, int64_t rows, int64_t) override {
    with_type(column.dtype, [&]<class T>(T*) {
      each_value<T>(column, groups, rows, [&](uint32_t group, T value) {
        times(group, static_cast<S>(value));
        ++counts_[group];
      });
    });
  }
  void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) override {
    for (int64_t i = 0; i < rows; ++i) {
      times(groups[i], states[0].values<S>()[i]);
      counts_[groups[i]] += states[1].values<int64_t>()[i];
    }
  }
  void states(std::span<const uint32_t> groups, std::vector<Column>& out) override {
    out.push_back(
        picked(std::is_same_v<S, double> ? TypeId::kFloat64 : TypeId::kInt64, products_, groups));
    out.push_back(picked(TypeId::kInt64, counts_, groups));
  }
  Column finish(int64_t groups) override {
    auto bytes = std::make_shared<memory::Buffer>(groups * out_.width());
    for (int64_t i = 0; i < groups; ++i) {
      const bool enough = counts_[i] >= min_count_;
      if constexpr (std::is_same_v<S, double>) {
        const double value = enough ? products_[i] : std::nan("");
        if (out_.id == TypeId::kFloat32) {
          bytes->as<float>()[i] = static_cast<float>(value);
        } else {
          bytes->as<double>()[i] = value;
        }
      } else {
        bytes->template as<S>()[i] = products_[i];
      }
    }
    const void* data = bytes->data();
    Column column = owned_column(out_, std::move(bytes), data);
    if (out_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups,
                         [&](int64_t i) { return counts_[i] >= min_count_; });
  }
  int64_t bytes() const override { return products_.bytes() + counts_.bytes(); }
  int64_t growth_max(int64_t rows) const override {
    return 2 * std::max(products_.bytes(), rows * 16);
  }
  size_t width() const override { return 2; }

 private:
  // Whole numbers wrap around, as NumPy's do.
  void times(uint32_t group, S value) {
    if constexpr (std::is_same_v<S, double>) {
      products_[group] *= value;
    } else {
      products_[group] =
          static_cast<S>(static_cast<uint64_t>(products_[group]) * static_cast<uint64_t>(value));
    }
  }

  const DType out_;
  const int64_t min_count_;
  Grown<S> products_;
  Grown<int64_t> counts_;
};

// Functions that need all values of a group: a log of (group, value), written out as one text per
// group.
class Holistic final : public Accumulator {
 public:
  enum What : uint8_t { kMedian, kQuantile, kNunique };
  Holistic(DType in, DType out, What what, Quantile quantile = {})
      : in_(std::move(in)), out_(std::move(out)), what_(what), quantile_(quantile) {}
  void resize(int64_t groups) override { groups_ = groups; }
  void update(const Column& column, const uint32_t* groups, int64_t rows, int64_t) override {
    if (in_.is_string()) {
      const auto* texts = column.values<StringRef>();
      for (int64_t i = 0; i < rows; ++i) {
        if (groups[i] == kNone || missing_at(column, i)) continue;
        const StringRef& text = texts[column.at(i)];
        add(groups[i], texts_.number(text, hash_text(text)));
      }
      return;
    }
    with_type(in_, [&]<class T>(T*) {
      each_value<T>(column, groups, rows, [&](uint32_t group, T value) {
        if (what_ != kNunique) {
          const auto wide = static_cast<double>(value);
          uint64_t bits;
          std::memcpy(&bits, &wide, 8);
          add(group, bits);
        } else if constexpr (std::is_floating_point_v<T>) {
          const double wide = static_cast<double>(value) + 0.0;
          uint64_t bits;
          std::memcpy(&bits, &wide, 8);
          add(group, bits);
        } else {
          add(group, static_cast<uint64_t>(static_cast<int64_t>(value)));
        }
      });
    });
    if (what_ == kNunique && logged_.size() > 2 * distinct_) compact();
  }
  // A text of a group is a run of values: 8 bytes each, or (length, bytes) where the values are
  // text.
  void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) override {
    const auto* runs = states[0].values<StringRef>();
    for (int64_t i = 0; i < rows; ++i) {
      const char* at = runs[i].data();
      const char* end = at + runs[i].length;
      while (at < end) {
        uint64_t word;
        std::memcpy(&word, at, 8);
        at += 8;
        if (in_.is_string()) {
          const StringRef text(at, static_cast<uint32_t>(word));
          at += word;
          word = texts_.number(text, hash_text(text));
        }
        add(groups[i], word);
      }
    }
    if (what_ == kNunique && logged_.size() > 2 * distinct_) compact();
  }
  void states(std::span<const uint32_t> groups, std::vector<Column>& out) override {
    const auto begins = by_group();
    struct Runs {
      memory::Buffer refs;
      std::vector<std::string> bytes;
    };
    auto runs = std::make_shared<Runs>();
    runs->refs = memory::Buffer(static_cast<int64_t>(groups.size() * sizeof(StringRef)));
    runs->bytes.resize(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      std::string& bytes = runs->bytes[i];
      for (int64_t at = begins[groups[i]]; at < begins[groups[i] + 1]; ++at) {
        const uint64_t word = values_[at];
        if (in_.is_string()) {
          const std::string_view text = texts_.text(static_cast<uint32_t>(word)).view();
          const uint64_t length = text.size();
          bytes.append(reinterpret_cast<const char*>(&length), 8).append(text);
        } else {
          bytes.append(reinterpret_cast<const char*>(&word), 8);
        }
      }
      runs->refs.as<StringRef>()[i] = StringRef(bytes);
    }
    const void* data = runs->refs.data();
    out.push_back(owned_column(TypeId::kString, std::move(runs), data));
  }
  Column finish(int64_t groups) override {
    const auto begins = by_group();
    auto bytes = std::make_shared<memory::Buffer>(groups * out_.width());
    for (int64_t i = 0; i < groups; ++i) {
      uint64_t* begin = values_.data() + begins[i];
      uint64_t* end = values_.data() + begins[i + 1];
      if (what_ == kNunique) {
        std::sort(begin, end);
        bytes->as<int64_t>()[i] = std::unique(begin, end) - begin;
        continue;
      }
      auto* const first = reinterpret_cast<double*>(begin);
      auto* const last = reinterpret_cast<double*>(end);
      const double value = what_ == kMedian ? median(first, last) : quantile_.of(first, last);
      if (out_.id == TypeId::kFloat32) {
        bytes->as<float>()[i] = static_cast<float>(value);
      } else {
        bytes->as<double>()[i] = value;
      }
    }
    const void* data = bytes->data();
    Column column = owned_column(out_, std::move(bytes), data);
    if (what_ == kNunique || out_.nan_is_missing()) return column;
    return with_validity(std::move(column), groups,
                         [&](int64_t i) { return begins[i + 1] > begins[i]; });
  }
  int64_t bytes() const override { return logged_.bytes() + values_.bytes() + texts_.bytes(); }
  int64_t growth_max(int64_t rows) const override {
    return std::max(logged_.bytes() + values_.bytes(), rows * 32);
  }
  size_t width() const override { return 1; }

 private:
  void add(uint32_t group, uint64_t value) {
    logged_.append(group);
    values_.append(value);
  }

  static double median(double* begin, double* end) {
    const int64_t n = end - begin;
    if (n == 0) return std::nan("");
    double* middle = begin + n / 2;
    std::nth_element(begin, middle, end);
    if (n % 2 == 1) return *middle;
    return (*middle + *std::max_element(begin, middle)) / 2;
  }

  // Repeated (group, value) pairs of nunique are dropped, so that the log grows with the answer.
  void compact() {
    std::vector<std::pair<uint32_t, uint64_t>> pairs(logged_.size());
    for (int64_t i = 0; i < logged_.size(); ++i) pairs[i] = {logged_[i], values_[i]};
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    logged_.resize(0, 0);
    values_.resize(0, 0);
    for (const auto& [group, value] : pairs) add(group, value);
    distinct_ = std::max<int64_t>(logged_.size(), int64_t{1} << 18);
  }

  // Sorts the log by group; answers where each group begins.
  std::vector<int64_t> by_group() {
    std::vector<int64_t> begins(groups_ + 1, 0);
    for (int64_t i = 0; i < logged_.size(); ++i) ++begins[logged_[i] + 1];
    for (int64_t g = 0; g < groups_; ++g) begins[g + 1] += begins[g];
    std::vector<int64_t> at(begins.begin(), begins.end() - 1);
    Grown<uint64_t> values;
    Grown<uint32_t> groups;
    values.resize(values_.size(), 0);
    groups.resize(values_.size(), 0);
    for (int64_t i = 0; i < logged_.size(); ++i) {
      const int64_t to = at[logged_[i]]++;
      values[to] = values_[i];
      groups[to] = logged_[i];
    }
    values_ = std::move(values);
    logged_ = std::move(groups);
    return begins;
  }

  const DType in_, out_;
  const What what_;
  const Quantile quantile_;
  int64_t groups_ = 0;
  int64_t distinct_ = int64_t{1} << 18;
  Grown<uint32_t> logged_;
  Grown<uint64_t> values_;
  TextTable texts_;
};

// any, all: of bools and numbers; missing values say nothing.
class Truth final : public Accumulator {
 public:
  explicit Truth(bool any) : any_(any) {}
  void resize(int64_t groups) override { values_.resize(groups, any_ ? 0 : 1); }
  void update(const Column& column, const uint32_t* groups, int64_t rows, int64_t) override {
    with_type(column.dtype, [&]<class T>(T*) {
      each_value<T>(column, groups, rows,
                    [&](uint32_t group, T value) { offer(group, value != T{}); });
    });
  }
  void merge(std::span<const Column> states, const uint32_t* groups, int64_t rows) override {
    for (int64_t i = 0; i < rows; ++i) offer(groups[i], states[0].values<uint8_t>()[i] != 0);
  }
  void states(std::span<const uint32_t> groups, std::vector<Column>& out) override {
    out.push_back(picked(TypeId::kBool, values_, groups));
  }
  Column finish(int64_t) override {
    auto own = std::make_shared<Grown<uint8_t>>(std::move(values_));
    const void* data = own->data();
    return owned_column(TypeId::kBool, std::move(own), data);
  }
  int64_t bytes() const override { return values_.bytes(); }
  int64_t growth_max(int64_t rows) const override { return std::max(values_.bytes(), rows * 2); }
  size_t width() const override { return 1; }

 private:
  void offer(uint32_t group, bool value) {
    uint8_t& now = values_[group];
    now = any_ ? (now | value) : (now & value);
  }
  const bool any_;
  Grown<uint8_t> values_;
};

std::unique_ptr<Accumulator> extreme(const DType& in, Keep keep) {
  if (in.is_string()) return std::make_unique<Extreme<StringRef>>(in, keep);
  return with_type(in, [&]<class T>(T*) -> std::unique_ptr<Accumulator> {
    return std::make_unique<Extreme<T>>(in, keep);
  });
}

DType float_for(const DType& in) {
  return (in.id == TypeId::kFloat32 ? DType(TypeId::kFloat32) : DType(TypeId::kFloat64))
      .with_flavour(in.flavour);
}

}  // namespace

DType aggregate_type(const Aggregate& aggregate, const DType& in) {
  const std::string& f = aggregate.function;
  const auto numeric = [&](bool times) {
    require(in.is_number() || in.is_bool() || (times && in.is_time()), ErrorCode::kDType,
            "group-by: {} has no meaning for a column of {}", f, in.name());
  };
  if (f == "size" || f == "nunique" || f == "first_row") return TypeId::kInt64;
  if (f == "count") return TypeId::kInt64;
  if (f == "min" || f == "max") {
    require(!in.is_category() || in.ordered(), ErrorCode::kDType,
            "group-by: {} has no meaning for categories without order", f);
    return in;
  }
  if (f == "first" || f == "last") return in;
  if (f == "any" || f == "all") {
    numeric(false);
    return TypeId::kBool;
  }
  if (f == "prod") {
    numeric(false);
    if (in.is_float()) return in;
    return DType(in.is_unsigned() ? TypeId::kUInt64 : TypeId::kInt64).with_flavour(in.flavour);
  }
  if (f == "quantile") {
    require(in.is_number(), ErrorCode::kDType, "quantile has no meaning for a column of {}",
            in.name());
    require(aggregate.quantile >= 0 && aggregate.quantile <= 1, ErrorCode::kInvalidArgument,
            "quantile: percentiles should all be in the interval [0, 1], got {}",
            aggregate.quantile);
    interpolation(aggregate.interpolation);
    return DType(TypeId::kFloat64).with_flavour(in.flavour);
  }
  if (f == "sum") {
    require(in.id != TypeId::kTimestamp, ErrorCode::kDType,
            "group-by: sum has no meaning for a column of {}", in.name());
    numeric(true);
    if (in.is_float() || in.is_time()) return in;
    return DType(in.is_unsigned() ? TypeId::kUInt64 : TypeId::kInt64).with_flavour(in.flavour);
  }
  if (f == "mean") {
    numeric(true);
    return in.is_time() ? in : float_for(in);
  }
  if (f == "var" || f == "std" || f == "sem" || f == "median") {
    numeric(false);
    return float_for(in);
  }
  fail(ErrorCode::kUnsupported, "group-by: there is no native aggregate '{}'", f);
}

std::unique_ptr<Accumulator> make_accumulator(const Aggregate& aggregate, const DType& in) {
  const std::string& f = aggregate.function;
  const DType out = aggregate_type(aggregate, in);
  if (f == "size") return std::make_unique<Count>(true);
  if (f == "count") return std::make_unique<Count>(false);
  if (f == "first_row") return std::make_unique<FirstRow>();
  if (f == "sum" || f == "mean") {
    const int64_t least = f == "sum" ? aggregate.min_count : 0;
    if (in.is_float() || (f == "mean" && !in.is_time())) {
      return std::make_unique<Sum<double>>(out, f == "mean", least);
    }
    return std::make_unique<Sum<int64_t>>(out, f == "mean", least);
  }
  if (f == "min") return extreme(in, Keep::kMin);
  if (f == "max") return extreme(in, Keep::kMax);
  if (f == "first") return extreme(in, Keep::kFirst);
  if (f == "last") return extreme(in, Keep::kLast);
  if (f == "prod" && in.is_float())
    return std::make_unique<Product<double>>(out, aggregate.min_count);
  if (f == "prod") return std::make_unique<Product<int64_t>>(out, aggregate.min_count);
  if (f == "var") return std::make_unique<Variance>(out, Variance::kVar, aggregate.ddof);
  if (f == "std") return std::make_unique<Variance>(out, Variance::kStd, aggregate.ddof);
  if (f == "sem") return std::make_unique<Variance>(out, Variance::kSem, aggregate.ddof);
  if (f == "quantile") {
    return std::make_unique<Holistic>(
        in, out, Holistic::kQuantile,
        Quantile{aggregate.quantile, interpolation(aggregate.interpolation)});
  }
  if (f == "median") return std::make_unique<Holistic>(in, out, Holistic::kMedian);
  if (f == "nunique") return std::make_unique<Holistic>(in, out, Holistic::kNunique);
  return std::make_unique<Truth>(f == "any");
}

}  // namespace tharsis::ops
