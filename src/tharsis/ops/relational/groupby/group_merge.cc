#include <algorithm>
#include <numeric>

#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/groupby/group_state.h"
#include "tharsis/ops/relational/sort/take_rows.h"

// The second half of Groups: taking in what other tables and logs hold, and the answer.
namespace tharsis::ops {

template <class Take>
void Groups::each_slice(const Batch& batch, memory::Arena& arena, Take take) {
  const size_t keys = shape_.keys.size();
  for (int64_t begin = 0; begin < batch.rows; begin += kBatchRows) {
    const memory::ArenaScope scope(arena);
    const int64_t rows = std::min(kBatchRows, batch.rows - begin);
    std::vector<Column> columns;
    for (const Column& column : batch.columns) columns.push_back(column.from(begin));
    const std::span<const Column> all(columns);
    auto* ids = arena.take_as<uint32_t>(rows);
    table_->groups(all.first(keys), rows, false, arena, ids);
    resize();
    take(all.subspan(keys), ids, rows);
  }
}

void Groups::absorb_states(const Batch& batch, memory::Arena& arena) {
  each_slice(batch, arena, [&](std::span<const Column> states, const uint32_t* ids, int64_t rows) {
    size_t at = 0;
    if (sizes_ != nullptr) sizes_->merge(states.subspan(at++, 1), ids, rows, states_);
    for (auto& accumulator : accumulators_) {
      accumulator->merge(states.subspan(at, accumulator->width()), ids, rows, states_);
      at += accumulator->width();
    }
  });
}

void Groups::absorb_groups(Groups& other, std::span<const uint32_t> groups, memory::Arena& arena) {
  for (size_t begin = 0; begin < groups.size(); begin += kBatchRows) {
    const memory::ArenaScope scope(arena);
    const auto part = groups.subspan(begin, std::min<size_t>(kBatchRows, groups.size() - begin));
    const auto rows = static_cast<int64_t>(part.size());
    auto* ids = arena.take_as<uint32_t>(rows);
    if (union_ != nullptr) {
      auto* theirs = arena.take_as<uint64_t>(rows);
      auto* packed = arena.take_as<uint64_t>(rows);
      for (int64_t i = 0; i < rows; ++i) theirs[i] = other.table_->packed()[part[i]];
      union_->space()->translate(other.table_->layout(), theirs, rows,
                                 *union_->translation(other.table_->space().get()), packed);
      table_->groups(packed, rows, ids);
    } else {
      std::vector<Column> keys;
      for (size_t k = 0; k < shape_.keys.size(); ++k)
        keys.push_back(other.table_->key_column(k, part, other.table_));
      table_->groups(keys, rows, false, arena, ids);
    }
    resize();
    add_groups(other, part, ids);
  }
}

void Groups::add_groups(Groups& other, std::span<const uint32_t> groups, const uint32_t* ids) {
  if (sizes_ != nullptr) sizes_->absorb(*other.sizes_, other.states_, groups, ids, states_);
  for (size_t a = 0; a < accumulators_.size(); ++a)
    accumulators_[a]->absorb(*other.accumulators_[a], other.states_, groups, ids, states_);
}

void Groups::append_rows(const uint64_t* words, std::span<const Column> inputs, GroupedRows rows,
                         memory::Arena& arena) {
  auto* ids = arena.take_as<uint32_t>(rows.rows);
  std::iota(ids, ids + rows.rows, static_cast<uint32_t>(table_->size()));
  table_->append(words, rows.rows);
  resize();
  rows.groups = ids;
  aggregate(inputs, rows);
}

void Groups::append_groups(Groups& other, const uint64_t* words, std::span<const uint32_t> groups,
                           memory::Arena& arena) {
  const auto n = static_cast<int64_t>(groups.size());
  auto* ids = arena.take_as<uint32_t>(n);
  std::iota(ids, ids + n, static_cast<uint32_t>(table_->size()));
  table_->append(words, n);
  resize();
  add_groups(other, groups, ids);
}

std::vector<int64_t> Groups::first_rows(std::span<const uint32_t> groups) {
  for (size_t a = 0; a < accumulators_.size(); ++a) {
    if (shape_.attrs.aggregates[a].function != "first_row") continue;
    std::vector<Column> columns;
    accumulators_[a]->write(groups, states_, columns);
    const auto* rows = columns[0].values<int64_t>();
    return {rows, rows + groups.size()};
  }
  return {};
}

void Groups::absorb_rows(const DealtRows& rows, int64_t begin, int64_t end, KeySpace::Memo& memo,
                         memory::Arena& arena) {
  for (; begin < end; begin += kBatchRows) {
    const memory::ArenaScope scope(arena);
    const int64_t n = std::min(kBatchRows, end - begin);
    const auto& columns = rows.batch->columns;
    auto* ids = arena.take_as<uint32_t>(n);
    const uint64_t* theirs = columns[0].values<uint64_t>() + begin;
    if (union_ != nullptr) {
      auto* packed = arena.take_as<uint64_t>(n);
      union_->space()->translate(*rows.layout, theirs, n, *union_->translation(rows.space.get()),
                                 packed);
      table_->groups(packed, n, ids);
    } else {
      table_->groups(*rows.space, *rows.layout, theirs, n, memo, arena, ids);
    }
    resize();
    std::vector<Column> inputs;
    for (size_t c = 2; c < columns.size(); ++c) inputs.push_back(columns[c].from(begin));
    GroupedRows grouped{ids, n};
    grouped.positions = columns[1].values<int64_t>() + begin;
    grouped.in_order = false;
    aggregate(inputs, grouped);
  }
}

void Groups::absorb_rows(const Batch& batch, memory::Arena& arena) {
  each_slice(batch, arena, [&](std::span<const Column> columns, uint32_t* ids, int64_t rows) {
    GroupedRows grouped{ids, rows};
    grouped.positions = columns[0].values<int64_t>();
    grouped.in_order = false;
    aggregate(columns.subspan(1), grouped);
  });
}

namespace {

// Long texts of a column in a buffer of its own, so that it does not keep a table alive.
void own_texts(Column& column, int64_t rows) {
  if (!column.dtype.is_string() || column.encoding != Encoding::kFlat) return;
  auto* texts = const_cast<StringRef*>(column.values<StringRef>());  // made a moment ago
  int64_t bytes = 0;
  for (int64_t i = 0; i < rows; ++i) bytes += texts[i].is_inline() ? 0 : texts[i].length;
  struct Both {
    memory::Buffer refs, heap, bits;
  };
  auto own = std::make_shared<Both>();
  own->refs = memory::Buffer(rows * static_cast<int64_t>(sizeof(StringRef)));
  std::copy_n(texts, rows, own->refs.as<StringRef>());
  own->heap = memory::Buffer(bytes);
  char* heap = own->heap.as<char>();
  for (int64_t i = 0; bytes > 0 && i < rows; ++i) {
    StringRef& text = own->refs.as<StringRef>()[i];
    if (text.is_inline()) continue;
    std::memcpy(heap, text.pointer, text.length);
    text.pointer = heap;
    heap += text.length;
  }
  if (column.validity != nullptr) {
    own->bits = memory::Buffer((rows + 7) / 8);
    std::memcpy(own->bits.data(), column.validity, (rows + 7) / 8);
    column.validity = own->bits.as<uint8_t>();
  }
  column.data = own->refs.data();
  column.owner = std::move(own);
}

}  // namespace

Column Groups::key_column(size_t key, std::span<const uint32_t> groups) const {
  const auto n = static_cast<int64_t>(groups.size());
  if (union_ != nullptr && union_->dictionary(key) != nullptr && table_->space() != nullptr)
    return table_->space()->coded_column(key, table_->layout(), table_->packed(), n,
                                         union_->dictionary(key));
  Column column = table_->key_column(key, groups, table_);
  own_texts(column, n);
  return column;
}

void Groups::add_empty(memory::Arena& arena) {
  uint32_t group = 0;
  table_->groups({}, 1, false, arena, &group);
  resize();
}

Batch Groups::finish(memory::Arena& arena) {
  const int64_t n = table_->size();
  Batch batch;
  batch.rows = n;
  if (n == 0) return batch;
  std::vector<uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0);
  std::vector<int64_t> sizes(sizes_ != nullptr ? n : 0);
  if (sizes_ != nullptr) sizes_->copy(n, states_, sizes.data());
  for (size_t k = 0; k < shape_.keys.size(); ++k) {
    batch.columns.push_back(key_column(k, all));
  }
  const int64_t* first = nullptr;
  for (size_t a = 0; a < accumulators_.size(); ++a) {
    batch.columns.push_back(accumulators_[a]->finish(n, states_, sizes.data()));
    if (shape_.attrs.aggregates[a].function == "first_row")
      first = batch.columns.back().values<int64_t>();
  }
  if (first == nullptr || std::is_sorted(first, first + n)) return batch;
  std::sort(all.begin(), all.end(), [&](uint32_t a, uint32_t b) { return first[a] < first[b]; });
  const RowSpan span{&batch, 0, n};
  return take_rows({&span, 1}, all.data(), n, arena);
}

}  // namespace tharsis::ops
