#include "tharsis/runtime/split_fold.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "tharsis/base/error.h"

namespace tharsis::runtime {
namespace {

void copy_states(States to, States from, int64_t count, int words) {
  for (int word = 0; word < words; ++word)
    std::memcpy(to.words<uint64_t>(word), from.words<uint64_t>(word), count * 8);
}

}  // namespace

SplitFold::SplitFold(const Fold& fold, const LeafGrid& grid, const std::vector<int64_t>& shape,
                     const Region& region, memory::Arena& arena)
    : fold_(fold),
      grid_(grid),
      shape_(shape),
      region_(region),
      arena_(arena),
      width_bytes_(fold.takes().width()) {
  int64_t outer = 1;
  for (int axis = region.rank - 1; axis >= 0; --axis) {
    const int64_t length = region.length(axis);
    if (!grid.reduced[axis]) {
      output_stride_[axis] = outputs_;
      outputs_ *= length;
      if (axis > grid.last) row_ *= length;
    } else if (axis > grid.axis) {
      inner_ *= length;
    } else if (axis == grid.axis) {
      line_ = length;
    } else {
      outer_stride_[axis] = outer;
      outer *= shape[axis];
      local_stride_[axis] = lines_;
      lines_ *= length;
    }
  }
  make_groups();
  if (grid_.axis >= 0 && grid_.by_rows()) open_ = take(outputs_ * grid_.lanes, fold_.open_words());
  scratch_ = take(kRunMax, fold_.words());
}

States SplitFold::take(int64_t outputs, int words) {
  return {arena_.take(outputs * words * 8), outputs};
}

void SplitFold::make_groups() {
  if (grid_.axis < 0) {
    Group& one = groups_.emplace_back();
    one.last = one.last_whole = 1;
    allocate(one);
    return;
  }
  const int64_t per_line = grid_.leaves_per_line();
  const int64_t begin = region_.begin[grid_.axis] / grid_.length;
  const int64_t end = (region_.end[grid_.axis] - 1) / grid_.length + 1;
  auto at = region_.begin;
  std::vector<int64_t> outers;
  for (int64_t i = 0; i < lines_; ++i) {
    outers.push_back(line_at(at).outer);
    for (int axis = grid_.axis - 1; axis >= 0; --axis) {
      if (!grid_.reduced[axis]) continue;
      if (++at[axis] < region_.end[axis]) break;
      at[axis] = region_.begin[axis];
    }
  }
  const bool whole_lines = begin == 0 && end == per_line;
  const bool one = lines_ == 1 || (whole_lines && outers.back() - outers[0] == lines_ - 1);
  for (int64_t i = 0; i < (one ? 1 : lines_); ++i) {
    Group& group = groups_.emplace_back();
    group.first = outers[i] * per_line + begin;
    group.last = (one ? outers.back() : outers[i]) * per_line + end;
    group.first_whole = group.first + (is_part(begin) ? 1 : 0);
    group.last_whole = group.last - (is_part(end - 1) ? 1 : 0);
    if (inner_ != grid_.inner) group.first_whole = group.last_whole = group.last;
    group.first_whole = std::min(group.first_whole, group.last_whole);
    allocate(group);
  }
}

// All that is needed until the end of the split: what runs take in between is reset after each.
void SplitFold::allocate(Group& group) {
  const int words = fold_.words();
  const int64_t leaves = group.last_whole - group.first_whole;
  const int levels = std::bit_width(static_cast<uint64_t>(leaves));
  for (int level = 0; level < levels; ++level) {
    group.levels.push_back(take(outputs_, words));
    const int64_t index = (group.first_whole + (int64_t{1} << level) - 1) >> level;
    const bool edge = (index & 1) != 0 && ((index + 1) << level) <= group.last_whole;
    group.edges.push_back(edge ? take(outputs_, words) : States{});
  }
  group.level_values.assign(levels, 0);
  group.edge_values.assign(levels, 0);
  if (leaves == group.last - group.first) return;
  group.parts.resize(group.last - group.first);
  for (int64_t leaf = group.first; leaf < group.last; ++leaf) {
    if (leaf < group.first_whole || leaf >= group.last_whole)
      group.parts[leaf - group.first] = take(outputs_, words);
  }
}

int64_t SplitFold::begin_of(int64_t block) const {
  return std::max(region_.begin[grid_.axis], block * grid_.length);
}

int64_t SplitFold::end_of(int64_t block) const {
  return std::min(region_.end[grid_.axis], (block + 1) * grid_.length);
}

bool SplitFold::is_part(int64_t block) const {
  if (grid_.axis < 0) return false;
  const int64_t whole = std::min(grid_.length, grid_.axis_size - block * grid_.length);
  return inner_ != grid_.inner || end_of(block) - begin_of(block) != whole;
}

SplitFold::Line SplitFold::line_at(const std::array<int64_t, kMaxRank>& at) const {
  Line line;
  for (int axis = 0; axis < region_.rank; ++axis) {
    line.output += (at[axis] - region_.begin[axis]) * output_stride_[axis];
    line.outer += at[axis] * outer_stride_[axis];
    line.local += (at[axis] - region_.begin[axis]) * local_stride_[axis];
  }
  return line;
}

void SplitFold::add(const ArrayRun& run, const void* data) {
  const auto* values = static_cast<const char*>(data);
  if (grid_.axis < 0) {
    fold_.leaves(values, run.count, 1, 0, 0, scratch_);
    const Line line = line_at(run.at);
    push(line, line.output, run.count, 0, scratch_, 1);
    return;
  }
  const Line line = line_at(run.at);
  if (run.pivot > grid_.last) {
    // A piece of one row.
    const int64_t position = run.at[grid_.axis];
    int64_t row = position - begin_of(position / grid_.length);
    for (int axis = grid_.axis + 1; axis <= grid_.last; ++axis) {
      row = row * region_.length(axis) + run.at[axis] - region_.begin[axis];
    }
    int64_t column = 0;
    for (int axis = grid_.last + 1; axis < region_.rank; ++axis)
      column += (run.at[axis] - region_.begin[axis]) * output_stride_[axis];
    fold_rows({line.output - column, line.outer, line.local}, position, row, 1, column, run.count,
              values);
    return;
  }
  if (run.pivot > grid_.axis) {
    // Rows of one position of the leaf axis.
    const int64_t position = run.at[grid_.axis];
    int64_t row = position - begin_of(position / grid_.length);
    for (int axis = grid_.axis + 1; axis <= grid_.last; ++axis)
      row = row * region_.length(axis) + run.at[axis] - region_.begin[axis];
    fold_rows(line, position, row, run.count / row_, 0, row_, values);
    return;
  }
  if (run.pivot == grid_.axis) {
    fold_line(line, run.at[grid_.axis], run.at[grid_.axis] + run.along, values);
    return;
  }
  each_line(run, values, line_ * inner_ * row_);
}

// A run over whole lines.
void SplitFold::each_line(const ArrayRun& run, const char* values, int64_t line_values) {
  const int64_t lines = run.count / line_values;
  bool kept = true;
  for (int axis = run.pivot; axis < grid_.axis; ++axis) kept &= !grid_.reduced[axis];
  const int64_t block = region_.begin[grid_.axis] / grid_.length;
  const bool one_leaf = end_of(block) == region_.end[grid_.axis];
  if (kept && one_leaf && !grid_.by_rows()) {
    const Line line = line_at(run.at);
    const int64_t leaf = line.outer * grid_.leaves_per_line() + block;
    const int64_t position = (line.outer * grid_.axis_size + begin_of(block)) * grid_.inner;
    fold_.leaves(values, lines, line_values, position, 0, scratch_);
    push(line, line.output, lines, leaf, scratch_, line_values);
    return;
  }
  auto at = run.at;
  for (int64_t i = 0; i < lines; ++i) {
    fold_line(line_at(at), region_.begin[grid_.axis], region_.end[grid_.axis],
              skip(values, i * line_values));
    for (int axis = grid_.axis - 1; axis >= run.pivot; --axis) {
      if (++at[axis] < region_.end[axis] || axis == run.pivot) break;
      at[axis] = region_.begin[axis];
    }
  }
}

// Positions [begin, end) of the leaf axis.
void SplitFold::fold_line(Line line, int64_t begin, int64_t end, const char* values) {
  if (!grid_.by_rows()) {
    fold_leaf_line(line, begin, end, values);
    return;
  }
  while (begin < end) {
    const int64_t block = begin / grid_.length;
    const int64_t stop = std::min(end, end_of(block));
    fold_rows(line, begin, (begin - begin_of(block)) * inner_, (stop - begin) * inner_, 0, row_,
              values);
    values = skip(values, (stop - begin) * inner_ * row_);
    begin = stop;
  }
}

void SplitFold::fold_leaf_line(Line line, int64_t begin, int64_t end, const char* values) {
  const int64_t base = line.outer * grid_.leaves_per_line();
  while (begin < end) {
    const int64_t block = begin / grid_.length;
    const int64_t length = end_of(block) - begin;
    // Leaves of equal length that follow one another are one call.
    const int64_t count = length == grid_.length ? (end - begin) / length : 1;
    const int64_t position = (line.outer * grid_.axis_size + begin) * grid_.inner;
    fold_.leaves(values, count, length * inner_, position, length * inner_, scratch_);
    for (int64_t i = 0; i < count; ++i)
      push(line, line.output, 1, base + block + i, scratch_.from(i), length * inner_);
    begin += count * length;
    values = skip(values, count * length * inner_);
  }
}

// Rows [row, row + rows) of the leaf with `position`, columns from `column` on.
void SplitFold::fold_rows(Line line, int64_t position, int64_t row, int64_t rows, int64_t column,
                          int64_t columns, const char* values) {
  const int64_t block = position / grid_.length;
  const int64_t all = (end_of(block) - begin_of(block)) * inner_;
  const States open = open_.from(line.output * grid_.lanes + column);
  const int64_t before = (line.outer * grid_.axis_size + begin_of(block)) * grid_.inner;
  fold_.rows(values, rows, columns, row, before + row, grid_.lanes, row_, open);
  if (row + rows < all) return;
  fold_.close(open, all, grid_.lanes, row_, columns, scratch_);
  push(line, line.output + column, columns, line.outer * grid_.leaves_per_line() + block, scratch_,
       all);
}

int64_t SplitFold::values_of(int level, int64_t index) const {
  return grid_.values_before((index + 1) << level) - grid_.values_before(index << level);
}

void SplitFold::add_kept(int64_t leaf, const void* values, int64_t count) {
  kept_only_ = true;
  if (count > 0) fold_.leaves(values, 1, count, 0, 0, scratch_);
  // Regions of selections are runs of the C order: one group.
  check(groups_.size() == 1, "a selection was cut across its order");
  push({}, 0, 1, leaf, scratch_, count);
}

// Adds the states of one leaf of output elements [output, output + count), carrying upwards.
void SplitFold::push(const Line& line, int64_t output, int64_t count, int64_t leaf, States states,
                     int64_t values) {
  Group& group = groups_[groups_.size() == 1 ? 0 : line.local];
  const int words = fold_.words();
  if (leaf < group.first_whole || leaf >= group.last_whole) {
    copy_states(group.parts[leaf - group.first].from(output), states, count, words);
    return;
  }
  int64_t index = leaf;
  int level = 0;
  for (; (index & 1) != 0; index >>= 1, ++level) {
    if (((index - 1) << level) < group.first_whole) {
      copy_states(group.edges[level].from(output), states, count, words);
      group.edge_values[level] = values;
      return;
    }
    const States left = group.levels[level].from(output);
    const int64_t held = kept_only_ ? group.level_values[level] : values_of(level, index - 1);
    if (held == 0) {
      // Nothing was kept on the left: the right side stands for both.
      if (values > 0) copy_states(left, states, count, words);
    } else if (values > 0) {
      fold_.merge(left, states, count, held, values);
    }
    states = left;
    values += held;
  }
  copy_states(group.levels[level].from(output), states, count, words);
  group.level_values[level] = values;
}

std::vector<FoldNode> SplitFold::nodes() const {
  std::vector<FoldNode> out;
  for (const Group& group : groups_) add_nodes(group, &out);
  return out;
}

void SplitFold::add_nodes(const Group& group, std::vector<FoldNode>* out) const {
  for (size_t i = 0; i < group.parts.size(); ++i) {
    if (group.parts[i].data == nullptr) continue;
    const int64_t leaf = group.first + static_cast<int64_t>(i);
    const int64_t block = leaf % grid_.leaves_per_line();
    int64_t offset = begin_of(block) - block * grid_.length;
    for (int axis = grid_.axis + 1; axis <= grid_.last; ++axis)
      offset = offset * shape_[axis] + region_.begin[axis];
    const int64_t values = (end_of(block) - begin_of(block)) * inner_;
    out->push_back({0, leaf, offset, values, group.parts[i]});
  }
  for (int level = 0; level < static_cast<int>(group.levels.size()); ++level) {
    if (group.edges[level].data != nullptr) {
      const int64_t index = (group.first_whole + (int64_t{1} << level) - 1) >> level;
      const int64_t values = kept_only_ ? group.edge_values[level] : values_of(level, index);
      out->push_back({level, index, -1, values, group.edges[level]});
    }
    const int64_t index = (group.last_whole >> level) - 1;
    if (((group.last_whole >> level) & 1) != 0 && (index << level) >= group.first_whole) {
      const int64_t values = kept_only_ ? group.level_values[level] : values_of(level, index);
      out->push_back({level, index, -1, values, group.levels[level]});
    }
  }
}

}  // namespace tharsis::runtime
