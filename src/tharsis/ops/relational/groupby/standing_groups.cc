#include <algorithm>
#include <cstring>

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

// The rows that make groups, of [at, at + n).
void StandingRows::append(const Source& source, int64_t at, int64_t n, Groups& groups,
                          memory::Arena& arena) const {
  const uint64_t* words = source.words + at;
  uint32_t* kept = nullptr;
  int64_t count = n;
  const int64_t number = source.number + at;
  bool any = false;
  for (int64_t w = number >> 6; w <= (number + n - 1) >> 6; ++w)
    any |= repeats_[w].load(std::memory_order_relaxed) != 0;
  if (any) {
    kept = arena.take_as<uint32_t>(n);
    auto* chosen = arena.take_as<uint64_t>(n);
    count = 0;
    for (int64_t i = 0; i < n; ++i) {
      kept[count] = static_cast<uint32_t>(i);
      chosen[count] = words[i];
      count += !is_repeat(number + i);
    }
    words = chosen;
  }
  if (source.block != nullptr)
    return append_logged(source, at, n, kept, words, count, groups, arena);
  auto* theirs = arena.take_as<uint32_t>(count);
  for (int64_t i = 0; i < count; ++i)
    theirs[i] = static_cast<uint32_t>(source.begin + at + (kept == nullptr ? i : kept[i]));
  groups.append_groups(*source.held->groups, words, {theirs, static_cast<size_t>(count)}, arena);
}

void StandingRows::append_logged(const Source& source, int64_t at, int64_t n, const uint32_t* kept,
                                 const uint64_t* words, int64_t count, Groups& groups,
                                 memory::Arena& arena) const {
  const LogBlock& block = *source.block;
  std::vector<Column> inputs;
  for (size_t c = 0; c < shape_.input_types.size(); ++c) {
    Column column = block.input(c, shape_.input_types[c], source.begin + at, n, arena);
    if (kept != nullptr) column = gather(column, {kept, static_cast<size_t>(count)}, arena);
    inputs.push_back(std::move(column));
  }
  GroupedRows rows;
  rows.rows = count;
  rows.order = source.order + at;
  rows.at = kept;
  rows.in_order = false;
  if (!block.positions.empty()) {
    rows.positions = block.positions.as<int64_t>() + source.begin + at;
    if (kept != nullptr) {
      auto* chosen = arena.take_as<int64_t>(count);
      for (int64_t i = 0; i < count; ++i) chosen[i] = rows.positions[kept[i]];
      rows.positions = chosen;
    }
  }
  groups.append_rows(words, inputs, rows, arena);
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
  const memory::ArenaScope scope(arena);
  const auto n = static_cast<int64_t>(rows.size());
  auto* ids = arena.take_as<uint32_t>(n);
  auto* positions = arena.take_as<int64_t>(n);
  std::vector<Column> inputs(shape_.input_types.size());
  std::vector<std::byte*> values;
  std::vector<uint8_t*> bits;
  for (size_t c = 0; c < inputs.size(); ++c) {
    values.push_back(arena.take_as<std::byte>(n * shape_.input_types[c].width()));
    bits.push_back(arena.take_as<uint8_t>((n + 7) / 8));
    std::memset(bits[c], 0, (n + 7) / 8);
    inputs[c].dtype = shape_.input_types[c];
    inputs[c].data = values[c];
  }
  for (int64_t i = 0; i < n; ++i) {
    const Source& source = source_of(rows[i].first);
    const LogBlock& block = *source.block;
    const int64_t in_source = rows[i].first - source.number, at = source.begin + in_source;
    ids[i] = rows[i].second;
    positions[i] =
        block.positions.empty() ? source.order + in_source : block.positions.as<int64_t>()[at];
    for (size_t c = 0; c < inputs.size(); ++c) {
      const int64_t width = inputs[c].dtype.width();
      std::memcpy(values[c] + i * width, block.inputs[c].data() + at * width, width);
      if (block.present[c].empty()) {
        bits[c][i >> 3] |= static_cast<uint8_t>(1 << (i & 7));
      } else {
        bits[c][i >> 3] |= static_cast<uint8_t>(block.present[c].as<uint8_t>()[at] << (i & 7));
        inputs[c].validity = bits[c];
      }
    }
  }
  GroupedRows grouped{ids, n};
  grouped.positions = positions;
  grouped.in_order = false;
  groups.add_rows(inputs, grouped);
}

}  // namespace tharsis::ops
