#include <cmath>
#include <cstring>
#include <limits>

#include "tharsis/base/error.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/relational/groupby/key_table.h"
#include "tharsis/ops/relational/join/stored_column.h"
#include "tharsis/ops/relational/ordered.h"
#include "tharsis/ops/relational/ordered/whole_rows.h"
#include "tharsis/types/promote.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

bool is_count(const ScanAttrs& attrs) { return attrs.function == "cumcount"; }
bool is_shift(const ScanAttrs& attrs) { return attrs.function == "shift"; }

TypeId memory_type(const DType& dtype) {
  if (dtype.is_time()) return TypeId::kInt64;
  return dtype.is_category() ? TypeId::kInt32 : dtype.id;
}

// The type of the running values, before rows without a group make them float64.
DType running_type(const ScanAttrs& attrs, const DType& in) {
  const bool adds = attrs.function == "cumsum" || attrs.function == "cumprod";
  const bool known = adds || attrs.function == "cummax" || attrs.function == "cummin";
  require(known, ErrorCode::kUnsupported, "there is no native '{}'", attrs.function);
  const bool duration = in.id == TypeId::kDuration && attrs.function != "cumprod";
  require(in.is_number() || in.is_bool() || duration || (in.is_time() && !adds),
          ErrorCode::kUnsupported, "{} of a column of {}", attrs.function, in.name());
  if (!adds || in.is_float() || in.is_time()) return in;
  // Of groups pandas goes back to a narrow type where all values happen to fit; this stays wide.
  return DType(in.is_unsigned() ? TypeId::kUInt64 : TypeId::kInt64).with_flavour(in.flavour);
}

DType output_type(const ScanAttrs& attrs, const DType& in) {
  if (is_shift(attrs)) {
    if (!attrs.filled) return with_gaps(in);
    if (attrs.fill.missing()) return with_gaps(in);
    return attrs.fill.weak ? weak_type(attrs.fill, in, "shift")
                           : promote(in, attrs.fill.dtype, "shift");
  }
  const DType out = is_count(attrs) ? in : running_type(attrs, in);
  return attrs.gaps ? with_gaps(out) : out;
}

bool present(const Column& column, int64_t row) { return column.valid(row); }

// One column of running values. `S` is what is kept per group, `T` what the column holds.
template <class T, class S, class Step>
void run_along(const Column& in, const uint32_t* groups, int64_t n, int64_t count, S first,
               bool nan_missing, Step step, S* out, uint8_t* there) {
  std::vector<S> states(static_cast<size_t>(count), first);
  std::vector<bool> begun(static_cast<size_t>(count), false);
  const auto* values = in.values<T>();
  for (int64_t i = 0; i < n; ++i) {
    there[i] = groups[i] != KeyTable::kNoGroup && present(in, i);
    if constexpr (std::is_floating_point_v<T>) {
      if (nan_missing && std::isnan(values[i])) there[i] = 0;
    }
    if (there[i] == 0) {
      out[i] = S{};
      continue;
    }
    const uint32_t g = groups[i];
    states[g] = begun[g] ? step(states[g], static_cast<S>(values[i])) : static_cast<S>(values[i]);
    begun[g] = true;
    out[i] = states[g];
  }
}

template <class T, class S>
void run_function(const std::string& function, const Column& in, const uint32_t* groups, int64_t n,
                  int64_t count, S* out, uint8_t* there) {
  const bool nan = in.dtype.nan_is_missing();
  const auto run = [&](auto step) {
    run_along<T, S>(in, groups, n, count, S{}, nan, step, out, there);
  };
  using Wrapping = std::conditional_t<std::is_floating_point_v<S>, S, uint64_t>;
  if (function == "cumsum") {
    run([](S a, S b) {
      return static_cast<S>(static_cast<Wrapping>(a) + static_cast<Wrapping>(b));
    });
  } else if (function == "cumprod") {
    run([](S a, S b) {
      return static_cast<S>(static_cast<Wrapping>(a) * static_cast<Wrapping>(b));
    });
  } else if (function == "cummax") {
    run([](S a, S b) { return a < b ? b : a; });
  } else {
    run([](S a, S b) { return b < a ? b : a; });
  }
}

// Running values in 64 bits as a column of the output type.
template <class S>
Column stored_as(const DType& dtype, const S* values, const uint8_t* there, int64_t n) {
  memory::Buffer data(n * dtype.width());
  visit_number(memory_type(dtype), [&]<class T>(T) {
    auto* out = data.as<T>();
    for (int64_t i = 0; i < n; ++i) {
      out[i] = static_cast<T>(values[i]);
      if constexpr (std::is_floating_point_v<T>) {
        if (there[i] == 0) out[i] = std::numeric_limits<T>::quiet_NaN();
      }
    }
  });
  return made_column(dtype, std::move(data), dtype.nan_is_missing() ? nullptr : there, n);
}

class Scanner {
 public:
  Scanner(const ScanAttrs& attrs, WholeRows& rows)
      : attrs_(attrs), rows_(rows), groups_(rows.groups(attrs.keys, attrs.dropna)) {}

  Column count(const DType& out) {
    const int64_t n = rows_.rows();
    auto* values = rows_.arena().take_as<int64_t>(n);
    auto* there = rows_.arena().take_as<uint8_t>(n);
    std::vector<int64_t> seen(static_cast<size_t>(rows_.group_count()), 0);
    for (int64_t k = 0; k < n; ++k) {
      const int64_t i = attrs_.reverse ? n - 1 - k : k;
      there[i] = groups_[i] != KeyTable::kNoGroup;
      values[i] = there[i] != 0 ? seen[groups_[i]]++ : 0;
    }
    return stored_as(out, values, there, n);
  }

  Column run(const Column& in, const DType& out) {
    const int64_t n = rows_.rows();
    auto* there = rows_.arena().take_as<uint8_t>(n);
    const DType type = running_type(attrs_, in.dtype);
    return visit_number(memory_type(in.dtype), [&]<class T>(T) {
      const auto as = [&]<class S>(S) {
        auto* values = rows_.arena().take_as<S>(n);
        run_function<T, S>(attrs_.function, in, groups_, n, rows_.group_count(), values, there);
        return stored_as(out, values, there, n);
      };
      if constexpr (std::is_floating_point_v<T>) {
        return as(double{});
      } else {
        return type.is_unsigned() ? as(uint64_t{}) : as(int64_t{});
      }
    });
  }

  // For each row the row whose value it gets; -1: none.
  const int64_t* sources() {
    const int64_t n = rows_.rows();
    auto* out = rows_.arena().take_as<int64_t>(n);
    std::fill_n(out, n, int64_t{-1});
    std::vector<uint32_t> order;
    const std::vector<int64_t> begins = rows_.by_group(groups_, order);
    for (size_t g = 0; g + 1 < begins.size(); ++g) {
      for (int64_t i = begins[g]; i < begins[g + 1]; ++i) {
        const int64_t from = i - attrs_.periods;
        if (from >= begins[g] && from < begins[g + 1])
          out[order[static_cast<size_t>(i)]] = order[static_cast<size_t>(from)];
      }
    }
    return out;
  }

  Column shift(const Column& in, const DType& out, const int64_t* from) {
    const int64_t n = rows_.rows();
    auto* there = rows_.arena().take_as<uint8_t>(n);
    if (in.dtype.is_string()) return shift_text(in, out, from, there);
    memory::Buffer data(n * out.width());
    visit_number(memory_type(out), [&]<class To>(To) {
      To fill{};
      if constexpr (std::is_floating_point_v<To>) fill = std::numeric_limits<To>::quiet_NaN();
      const bool filled = attrs_.filled && !attrs_.fill.missing();
      if (filled) {
        fill = std::is_floating_point_v<To> ? static_cast<To>(attrs_.fill.as_double())
                                            : static_cast<To>(attrs_.fill.as_int());
      }
      visit_number(memory_type(in.dtype), [&]<class T>(T) {
        const auto* values = in.values<T>();
        for (int64_t i = 0; i < n; ++i) {
          there[i] = from[i] < 0 ? filled : present(in, from[i]);
          data.as<To>()[i] = from[i] < 0 || there[i] == 0 ? fill : static_cast<To>(values[from[i]]);
        }
      });
    });
    return made_column(out, std::move(data), out.nan_is_missing() ? nullptr : there, n);
  }

 private:
  Column shift_text(const Column& in, const DType& out, const int64_t* from, uint8_t* there) {
    const int64_t n = rows_.rows();
    memory::Buffer data(n * out.width());
    const bool filled = attrs_.filled && !attrs_.fill.missing();
    auto text = std::make_shared<const std::string>(
        filled ? std::get<std::string>(attrs_.fill.value) : std::string());
    for (int64_t i = 0; i < n; ++i) {
      there[i] = from[i] < 0 ? filled : present(in, from[i]);
      data.as<StringRef>()[i] = from[i] < 0     ? StringRef(*text)
                                : there[i] == 0 ? StringRef()
                                                : in.values<StringRef>()[from[i]];
    }
    Column column = made_column(out, std::move(data), there, n);
    struct Own {
      std::shared_ptr<const void> data, text, fill;
    };
    column.owner = std::make_shared<Own>(Own{std::move(column.owner), in.owner, std::move(text)});
    return column;
  }

  const ScanAttrs& attrs_;
  WholeRows& rows_;
  const uint32_t* const groups_;
};

class Scan final : public OpOf<ScanAttrs> {
 public:
  std::string_view name() const override { return "scan"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const ScanAttrs& attrs = of(call);
    Schema schema(in.schema->begin(), in.schema->begin() + in.index_levels);
    for (const int64_t field : attrs.fields_of)
      schema.push_back({in.field(field).label, output_type(attrs, in.field(field).dtype)});
    if (is_count(attrs)) schema.push_back({Label(), output_type(attrs, TypeId::kInt64)});
    Meta out = frame_meta(std::move(schema), in.index_levels, in.rows(), in.row_space);
    out.labels = in.labels;
    out.columns_name = in.columns_name;
    return {out};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const ScanAttrs& attrs = of(call);
    const Meta meta = infer(call)[0];
    WholeRows rows(*inputs[0], driver.store(), attrs.function);
    Scanner scanner(attrs, rows);
    Batch batch;
    batch.rows = rows.rows();
    for (int64_t i = 0; i < meta.index_levels; ++i) batch.columns.push_back(rows.column(i));
    const int64_t* const from = is_shift(attrs) ? scanner.sources() : nullptr;
    for (size_t i = 0; i < attrs.fields_of.size(); ++i) {
      const Column& in = rows.column(attrs.fields_of[i]);
      const DType& out = meta.field(meta.index_levels + i).dtype;
      batch.columns.push_back(from != nullptr ? scanner.shift(in, out, from)
                                              : scanner.run(in, out));
    }
    if (is_count(attrs))
      batch.columns.push_back(scanner.count(meta.field(meta.index_levels).dtype));
    std::vector<Batch> batches;
    if (batch.rows > 0) batches.push_back(std::move(batch));
    return {memory::frame_value(driver.store(), meta, std::move(batches))};
  }
};

}  // namespace

const Op& scan_op() {
  static const Scan op;
  return op;
}

Expr scan(const Expr& frame, ScanAttrs attrs) { return call(scan_op(), std::move(attrs), {frame}); }

}  // namespace tharsis::ops
