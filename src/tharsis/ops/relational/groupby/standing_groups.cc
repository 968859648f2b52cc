#include <algorithm>
#include <numeric>

#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/groupby/standing_rows.h"

// The second half of StandingRows: the groups of a range of rows.
namespace tharsis::ops {

Batch StandingRows::finish(uint32_t range, Worker& worker) {
  worker.cancel.throw_if_cancelled();
  const int64_t begin = begin_of(range, ranges_), end = begin_of(range + 1, ranges_);
  Groups groups(shape_, union_, end - begin);
  each_source(begin, end, [&](const Source& source, int64_t at, int64_t n) {
    const memory::ArenaScope scope(worker.arena);
    append(source, at, n, groups, worker.arena);
  });
  add_repeats(begin, end, groups, worker);
  Batch out = groups.finish(worker.arena);
  if (--unfinished_ == 0) forget();
  return out;
}

std::span<const uint32_t> StandingRows::rows_of(const Source& source, int64_t at, int64_t n,
                                                bool repeats, memory::Arena& arena) const {
  auto* rows = arena.take_as<uint32_t>(n);
  const int64_t number = source.number + at;
  bool any = false;
  for (int64_t w = number >> 6; w <= (number + n - 1) >> 6; ++w)
    any |= repeats_[w].load(std::memory_order_relaxed) != 0;
  if (!any) {
    if (repeats) return {};
    std::iota(rows, rows + n, 0);
    return {rows, static_cast<size_t>(n)};
  }
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) {
    rows[count] = static_cast<uint32_t>(i);
    count += is_repeat(number + i) == repeats;
  }
  return {rows, static_cast<size_t>(count)};
}

Batch StandingRows::logged(const Source& source, int64_t at, int64_t n,
                           std::span<const uint32_t> rows, memory::Arena& arena,
                           memory::Pin& pin) const {
  const LogBlock& block = *source.block;
  auto* positions = arena.take_as<int64_t>(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t row = at + rows[i];
    positions[i] = block.positions.empty() ? source.order + row
                                           : block.positions.as<int64_t>()[source.begin + row];
  }
  Batch out;
  out.rows = static_cast<int64_t>(rows.size());
  Column& first = out.columns.emplace_back();
  first.dtype = TypeId::kInt64;
  first.data = positions;
  const bool all = out.rows == n;
  for (Column& column : block.columns(shape_.input_types, source.begin + at, n, arena, pin))
    out.columns.push_back(all ? std::move(column) : gather(column, rows, arena));
  return out;
}

// The rows that make groups, of [at, at + n).
void StandingRows::append(const Source& source, int64_t at, int64_t n, Groups& groups,
                          memory::Arena& arena) const {
  const std::span<const uint32_t> kept = rows_of(source, at, n, false, arena);
  const auto count = static_cast<int64_t>(kept.size());
  const uint64_t* words = source.words + at;
  if (count < n) {
    auto* chosen = arena.take_as<uint64_t>(count);
    for (int64_t i = 0; i < count; ++i) chosen[i] = words[kept[i]];
    words = chosen;
  }
  if (source.block == nullptr) {
    auto* theirs = arena.take_as<uint32_t>(count);
    for (int64_t i = 0; i < count; ++i)
      theirs[i] = static_cast<uint32_t>(source.begin + at + kept[i]);
    return groups.append_groups(*source.held->groups, words, {theirs, kept.size()}, arena);
  }
  memory::Pin pin;
  const Batch batch = logged(source, at, n, kept, arena, pin);
  GroupedRows rows;
  rows.rows = count;
  rows.positions = batch.columns[0].values<int64_t>();
  rows.in_order = false;
  groups.append_rows(words, std::span(batch.columns).subspan(1), rows, arena);
}

// Those whose groups begin in the range.
std::vector<StandingRows::Repeat> StandingRows::repeats_of(int64_t begin, int64_t end) const {
  std::vector<Repeat> out;
  for (const std::vector<Repeat>& found : found_) {
    if (found.empty()) continue;
    const auto at = [&](int64_t number) {
      return std::lower_bound(found.begin(), found.end(), Repeat(static_cast<uint32_t>(number), 0));
    };
    out.insert(out.end(), at(begin), at(end));
  }
  return out;
}

void StandingRows::add_repeats(int64_t begin, int64_t end, Groups& groups, Worker& worker) const {
  std::vector<Repeat> repeats = repeats_of(begin, end);
  if (repeats.empty()) return;
  const memory::ArenaScope scope(worker.arena);
  auto* group_of = worker.arena.take_as<uint32_t>(end - begin);
  uint32_t group = 0;
  for (int64_t i = begin; i < end; ++i) {
    group_of[i - begin] = group;
    group += !is_repeat(i);
  }
  std::vector<Repeat> logged;
  for (const auto& [first, row] : repeats) {
    const uint32_t id = group_of[first - begin];
    const Source& source = source_of(row);
    if (source.block != nullptr) {
      logged.emplace_back(row, id);
      continue;
    }
    const auto theirs = static_cast<uint32_t>(source.begin + row - source.number);
    groups.add_groups(*source.held->groups, {&theirs, 1}, &id);
  }
  std::sort(logged.begin(), logged.end());  // as they stood
  const std::span<const Repeat> all(logged);
  for (size_t i = 0; i < all.size(); i += kBatchRows)
    add_repeated_rows(all.subspan(i, std::min<size_t>(kBatchRows, all.size() - i)), groups,
                      worker.arena);
}

// Rows and their groups.
void StandingRows::add_repeated_rows(std::span<const Repeat> rows, Groups& groups,
                                     memory::Arena& arena) const {
  for (size_t begin = 0; begin < rows.size();) {
    const memory::ArenaScope scope(arena);
    const uint32_t deal = deal_of(rows[begin].first);
    const Repeated& repeated = repeated_[deal];
    const int64_t stop = begin_of(deal + 1, deals_);
    size_t end = begin;
    auto* at = arena.take_as<uint32_t>(rows.size() - begin);
    auto* ids = arena.take_as<uint32_t>(rows.size() - begin);
    for (auto from = repeated.numbers.begin(); end < rows.size() && rows[end].first < stop; ++end) {
      from = std::lower_bound(from, repeated.numbers.end(), rows[end].first);
      at[end - begin] = static_cast<uint32_t>(from - repeated.numbers.begin());
      ids[end - begin] = rows[end].second;
    }
    const std::span<const uint32_t> chosen(at, end - begin);
    std::vector<Column> columns;
    for (const Column& column : repeated.rows.columns)
      columns.push_back(gather(column, chosen, arena));
    GroupedRows grouped{ids, static_cast<int64_t>(chosen.size())};
    grouped.positions = columns[0].values<int64_t>();
    grouped.in_order = false;
    groups.add_rows(std::span<const Column>(columns).subspan(1), grouped);
    begin = end;
  }
}

}  // namespace tharsis::ops
