#include "tharsis/ops/relational/window/running_columns.h"

#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/window/whole_rows.h"

namespace tharsis::ops {
namespace {

template <class T>
bool is_nan(T value) {
  if constexpr (std::is_floating_point_v<T>) return value != value;
  return false;
}

// The running value at the end of some rows, if there was one.
template <class Out>
struct Carry {
  Out value{};
  bool any = false;
  void take(Running function, Out next) {
    value = any ? running_step(function, value, next) : next;
    any = true;
  }
};

// The values of one chunk, from `carry` on.
template <class In, class Out>
Column chunk_column(Running function, const DType& dtype, const Column& column, int64_t rows,
                    Carry<Out> carry) {
  auto own = std::make_shared<OwnColumn>(rows * static_cast<int64_t>(sizeof(Out)));
  const In* values = column.values<In>();
  Out* out = own->data.as<Out>();
  for (int64_t i = 0; i < rows; ++i) {
    if (!column.valid(i) || is_nan(values[i])) {
      if (!column.valid(i)) own->set_missing(i, rows);
      out[i] = column.valid(i) ? static_cast<Out>(values[i]) : Out{};
      continue;
    }
    carry.take(function, static_cast<Out>(values[i]));
    out[i] = carry.value;
  }
  return owned(dtype, std::move(own));
}

// What came before each chunk.
template <class In, class Out>
std::vector<Carry<Out>> carries_of(Running function, const Value& in, int64_t field,
                                   Driver& driver) {
  std::vector<Carry<Out>> carries(in.chunks.size());
  driver.parallel(static_cast<int64_t>(in.chunks.size()), [&](int64_t c, Worker& worker) {
    const memory::ArenaScope scope(worker.arena);
    const memory::Pin pin = in.chunks[c]->store().pin(in.chunks[c]);
    const Column column = flat(pin->columns[field], pin->rows, worker.arena);
    const In* values = column.values<In>();
    for (int64_t i = 0; i < pin->rows; ++i) {
      if (column.valid(i) && !is_nan(values[i]))
        carries[c].take(function, static_cast<Out>(values[i]));
    }
  });
  Carry<Out> so_far;
  for (Carry<Out>& carry : carries) {
    const Carry<Out> own = std::exchange(carry, so_far);
    if (own.any) so_far.take(function, own.value);
  }
  return carries;
}

}  // namespace

std::vector<Column> running_column(Running function, const Value& in, int64_t field,
                                   Driver& driver) {
  const DType& from = in.meta.field(field).dtype;
  const DType dtype = running_type(function, from, "cumulative");
  std::vector<Column> out(in.chunks.size());
  with_running(function, from, [&]<class In, class Out>(In, Out) {
    const auto carries = carries_of<In, Out>(function, in, field, driver);
    driver.parallel(static_cast<int64_t>(in.chunks.size()), [&](int64_t c, Worker& worker) {
      const memory::ArenaScope scope(worker.arena);
      const memory::Pin pin = in.chunks[c]->store().pin(in.chunks[c]);
      const Column column = flat(pin->columns[field], pin->rows, worker.arena);
      out[c] = chunk_column<In, Out>(function, dtype, column, pin->rows, carries[c]);
    });
  });
  return out;
}

std::vector<Column> running_in_groups(Running function, const Value& in, int64_t field,
                                      const GroupIds& ids, memory::Arena& arena) {
  const DType& from = in.meta.field(field).dtype;
  const DType dtype = running_type(function, from, "groupby");
  std::vector<Column> out;
  with_running(function, from, [&]<class In, class Out>(In, Out) {
    std::vector<Carry<Out>> states(static_cast<size_t>(ids.groups()));
    for (size_t c = 0; c < in.chunks.size(); ++c) {
      const memory::ArenaScope scope(arena);
      const memory::Pin pin = in.chunks[c]->store().pin(in.chunks[c]);
      const Column column = flat(pin->columns[field], pin->rows, arena);
      const In* values = column.values<In>();
      auto own = std::make_shared<OwnColumn>(pin->rows * static_cast<int64_t>(sizeof(Out)));
      Out* to = own->data.as<Out>();
      for (int64_t i = 0; i < pin->rows; ++i) {
        const uint32_t group = ids.of(c)[i];
        if (group != KeyTable::kNoGroup && column.valid(i) && !is_nan(values[i])) {
          states[group].take(function, static_cast<Out>(values[i]));
          to[i] = states[group].value;
          continue;
        }
        to[i] = Out{};
        if constexpr (std::is_floating_point_v<Out>) to[i] = static_cast<Out>(std::nan(""));
        if (!dtype.nan_is_missing()) own->set_missing(i, pin->rows);
      }
      out.push_back(owned(dtype, std::move(own)));
    }
  });
  return out;
}

std::vector<Column> counts_in_groups(const Value& in, const GroupIds& ids, bool backwards) {
  std::vector<Column> out(in.chunks.size());
  std::vector<int64_t> seen(static_cast<size_t>(ids.groups()), 0);
  for (size_t i = 0; i < in.chunks.size(); ++i) {
    const size_t c = backwards ? in.chunks.size() - 1 - i : i;
    const int64_t rows = in.chunks[c]->rows();
    auto own = std::make_shared<OwnColumn>(rows * 8);
    for (int64_t k = 0; k < rows; ++k) {
      const int64_t row = backwards ? rows - 1 - k : k;
      const uint32_t group = ids.of(c)[row];
      const bool none = group == KeyTable::kNoGroup;
      if (none) own->set_missing(row, rows);
      own->data.as<int64_t>()[row] = none ? 0 : seen[group]++;
    }
    out[c] = owned(TypeId::kInt64, std::move(own));
  }
  return out;
}

}  // namespace tharsis::ops
