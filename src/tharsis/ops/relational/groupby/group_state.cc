#include "tharsis/ops/relational/groupby/group_state.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/sort/take_rows.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kOrderShift = 32;  // position of a row: split, then row in it
constexpr int64_t kSliceRows = 1024;
constexpr int64_t kSliceFrom = int64_t{256} << 10;  // bytes of states that no longer fit L1
int64_t log_from = int64_t{1} << 17;

Column none_column() {
  Column none;
  none.dtype = TypeId::kInt64;
  none.encoding = Encoding::kConstant;
  return none;
}

}  // namespace

void set_log_from(int64_t groups) { log_from = groups; }

GroupShape::GroupShape(const GroupByAttrs& given, const Meta& in) : attrs(given) {
  for (const int64_t key : attrs.keys) keys.push_back(in.field(key).dtype);
  for (const Aggregate& aggregate : attrs.aggregates) {
    if (aggregate.field < 0) {
      input_of.push_back(-1);
      continue;
    }
    const auto at = std::find(inputs.begin(), inputs.end(), aggregate.field);
    input_of.push_back(at - inputs.begin());
    if (at != inputs.end()) continue;
    inputs.push_back(aggregate.field);
    input_types.push_back(in.field(aggregate.field).dtype);
    logs = logs && !input_types.back().is_string() && input_types.back().id != TypeId::kNull;
  }
  logs = logs && !keys.empty();
}

std::shared_ptr<const KeyUnion> KeyUnion::of(std::span<const std::shared_ptr<KeySpace>> spaces,
                                             int64_t rows) {
  constexpr int64_t kTextsMax = int64_t{1} << 20;
  int64_t texts = 0;
  for (const auto& space : spaces) {
    if (space == nullptr) return nullptr;
    texts += space->text_count();
  }
  if (spaces.empty() || texts > kTextsMax) return nullptr;
  auto out = std::make_shared<KeyUnion>();
  out->space_ = std::make_shared<KeySpace>(spaces[0]->dtypes());
  for (const auto& space : spaces)
    out->space_->include(*space,
                         out->translations_.emplace_back(space, KeySpace::Translation()).second);
  if (!out->space_->settle()) return nullptr;
  out->dictionaries_.resize(out->space_->dtypes().size());
  for (size_t k = 0; k < out->dictionaries_.size(); ++k) {
    if (out->space_->dtypes()[k].is_string() && out->space_->dictionary_rows(k) < rows / 8)
      out->dictionaries_[k] = out->space_->dictionary(k, out->space_);
  }
  return out;
}

const KeySpace::Translation* KeyUnion::translation(const KeySpace* from) const {
  for (const auto& [space, translation] : translations_) {
    if (space.get() == from) return &translation;
  }
  return nullptr;
}

Groups::Groups(const GroupShape& shape)
    : shape_(shape), table_(std::make_shared<KeyTable>(shape.keys)), log_(shape.input_types) {
  make_accumulators();
}

Groups::Groups(const GroupShape& shape, std::shared_ptr<const KeyUnion> keys, int64_t expected)
    : shape_(shape),
      union_(std::move(keys)),
      table_(std::make_shared<KeyTable>(union_->space())),
      log_(shape.input_types) {
  table_->reserve(expected);
  states_.reserve(expected);
  make_accumulators();
}

void Groups::make_accumulators() {
  const GroupShape& shape = shape_;
  bool sizes = false;
  for (size_t a = 0; a < shape.attrs.aggregates.size(); ++a) {
    const int64_t input = shape.input_of[a];
    accumulators_.push_back(make_accumulator(
        shape.attrs.aggregates[a], input < 0 ? DType(TypeId::kInt64) : shape.input_types[input]));
    sizes |= accumulators_.back()->asks_sizes();
  }
  if (sizes) {
    sizes_ = std::make_unique<RowCounts>();
    sizes_->place(states_);
  }
  for (auto& accumulator : accumulators_) accumulator->place(states_);
}

void Groups::clear() {
  Groups fresh(shape_);
  table_ = std::move(fresh.table_);
  states_ = std::move(fresh.states_);
  sizes_ = std::move(fresh.sizes_);
  accumulators_ = std::move(fresh.accumulators_);
  logging_ = false;
  rows_ = 0;
}

int64_t Groups::bytes() const {
  int64_t sum = table_->bytes() + states_.bytes() + log_.bytes();
  for (const auto& accumulator : accumulators_) sum += accumulator->bytes();
  return sum;
}

int64_t Groups::growth_max(const Batch& batch) const {
  int64_t growth = log_.growth_max(batch.rows);
  if (!logging_) {
    growth += table_->growth_max(batch.rows) + states_.growth_max(batch.rows);
    for (size_t a = 0; a < accumulators_.size(); ++a) {
      const int64_t input = shape_.input_of[a];
      growth += accumulators_[a]->growth_max(
          input < 0 ? none_column() : batch.columns[shape_.inputs[input]], batch.rows);
    }
  }
  for (size_t k = 0; k < shape_.keys.size(); ++k) {
    if (shape_.keys[k].is_string())
      growth += memory::column_bytes(batch.columns[shape_.attrs.keys[k]], batch.rows);
  }
  return growth;
}

void Groups::resize() {
  states_.resize(table_->size());
  for (auto& accumulator : accumulators_) accumulator->resize(table_->size());
}

void Groups::aggregate(std::span<const Column> inputs, const GroupedRows& rows) {
  static const Column kNone = none_column();
  if (sizes_ != nullptr) sizes_->update(kNone, rows, states_);
  for (size_t a = 0; a < accumulators_.size(); ++a) {
    const int64_t input = shape_.input_of[a];
    accumulators_[a]->update(input < 0 ? kNone : inputs[input], rows, states_);
  }
}

void Groups::consume(const Batch& batch, memory::Arena& arena) {
  const memory::ArenaScope scope(arena);
  std::vector<Column> keys, inputs;
  for (const int64_t key : shape_.attrs.keys) keys.push_back(batch.columns[key]);
  for (const int64_t field : shape_.inputs) {
    const Column& column = batch.columns[field];
    inputs.push_back(column.encoding == Encoding::kDictionary ? flat(column, batch.rows, arena)
                                                              : column);
  }
  const int64_t order = (static_cast<int64_t>(batch.split) << kOrderShift) + batch.first_row;
  rows_ += batch.rows;
  if (logging_) {
    auto* packed = arena.take_as<uint64_t>(batch.rows);
    bool any_missing = false;
    if (table_->space()->pack(keys, batch.rows, arena, packed, &any_missing)) {
      const uint32_t* at = nullptr;
      int64_t rows = batch.rows;
      if (any_missing && shape_.attrs.dropna) {
        auto* kept = arena.take_as<uint32_t>(rows);
        int64_t count = 0;
        for (int64_t i = 0; i < rows; ++i) {
          packed[count] = packed[i];
          kept[count] = static_cast<uint32_t>(i);
          count += !KeySpace::has_missing(*table_->space()->layout(), packed[i]);
        }
        for (Column& input : inputs)
          input = gather(input, {kept, static_cast<size_t>(count)}, arena);
        at = kept;
        rows = count;
      }
      log_.append(table_->space(), packed, inputs, rows, order, at);
      return;
    }
    logging_ = false;  // the keys no longer fit a word
  }
  auto* groups = arena.take_as<uint32_t>(batch.rows);
  fresh_.clear();
  table_->groups(keys, batch.rows, shape_.attrs.dropna, arena, groups, &fresh_);
  resize();
  int64_t rows = batch.rows;
  const uint32_t* at = nullptr;
  if (shape_.attrs.dropna &&
      std::find(groups, groups + rows, KeyTable::kNoGroup) != groups + rows) {
    // Rows without a group go, and those that made one are found again among the others.
    auto* kept = arena.take_as<uint32_t>(rows);
    int64_t count = 0;
    size_t next_fresh = 0;
    for (int64_t i = 0; i < rows; ++i) {
      if (groups[i] == KeyTable::kNoGroup) continue;
      if (next_fresh < fresh_.size() && fresh_[next_fresh] == i)
        fresh_[next_fresh++] = static_cast<uint32_t>(count);
      kept[count] = static_cast<uint32_t>(i);
      groups[count++] = groups[i];
    }
    for (Column& input : inputs) input = gather(input, {kept, static_cast<size_t>(count)}, arena);
    at = kept;
    rows = count;
  }
  // States that leave L1 are met again by all aggregates before they leave it: slices.
  const int64_t step = states_.bytes() > kSliceFrom ? kSliceRows : std::max<int64_t>(rows, 1);
  size_t fresh_begin = 0;
  for (int64_t begin = 0; begin < rows; begin += step) {
    const int64_t count = std::min(step, rows - begin);
    size_t fresh_end = fresh_begin;
    while (fresh_end < fresh_.size() && fresh_[fresh_end] < begin + count) {
      fresh_[fresh_end] -= static_cast<uint32_t>(begin);
      ++fresh_end;
    }
    GroupedRows slice{groups + begin, count, order + (at == nullptr ? begin : 0),
                      at == nullptr ? nullptr : at + begin};
    slice.fresh = {fresh_.data() + fresh_begin, fresh_end - fresh_begin};
    fresh_begin = fresh_end;
    if (step >= rows) {
      aggregate(inputs, slice);
      break;
    }
    std::vector<Column> rest;
    rest.reserve(inputs.size());
    for (const Column& input : inputs) rest.push_back(input.from(begin));
    aggregate(rest, slice);
  }
  logging_ = shape_.logs && table_->space() != nullptr && table_->size() >= log_from &&
             rows_ < 3 * table_->size();
}

void Groups::close() {
  for (auto& accumulator : accumulators_) accumulator->close();
}

std::vector<std::vector<uint32_t>> Groups::by_part(uint32_t parts) const {
  std::vector<std::vector<uint32_t>> out(parts);
  const int64_t n = table_->size();
  if (parts == 1) {
    out[0].resize(n);
    std::iota(out[0].begin(), out[0].end(), 0);
    return out;
  }
  const int shift = 64 - std::countr_zero(parts);
  std::vector<uint64_t> hashes(kBatchRows);
  for (int64_t begin = 0; begin < n; begin += kBatchRows) {
    const int64_t end = std::min(n, begin + kBatchRows);
    table_->hashes(begin, end, hashes.data());
    for (int64_t g = begin; g < end; ++g)
      out[hashes[g - begin] >> shift].push_back(static_cast<uint32_t>(g));
  }
  return out;
}

Batch Groups::write(std::span<const uint32_t> groups) {
  close();
  Batch batch;
  batch.rows = static_cast<int64_t>(groups.size());
  for (size_t k = 0; k < shape_.keys.size(); ++k)
    batch.columns.push_back(table_->key_column(k, groups, table_));
  if (sizes_ != nullptr) sizes_->write(groups, states_, batch.columns);
  for (auto& accumulator : accumulators_) accumulator->write(groups, states_, batch.columns);
  return batch;
}

void Groups::absorb_states(const Batch& batch, memory::Arena& arena) {
  for (int64_t begin = 0; begin < batch.rows; begin += kBatchRows) {
    const memory::ArenaScope scope(arena);
    const int64_t rows = std::min(kBatchRows, batch.rows - begin);
    std::vector<Column> columns;
    for (const Column& column : batch.columns) columns.push_back(column.from(begin));
    const std::span<const Column> all(columns);
    auto* ids = arena.take_as<uint32_t>(rows);
    table_->groups(all.first(shape_.keys.size()), rows, false, arena, ids);
    resize();
    size_t at = shape_.keys.size();
    if (sizes_ != nullptr) sizes_->merge(all.subspan(at++, 1), ids, rows, states_);
    for (auto& accumulator : accumulators_) {
      accumulator->merge(all.subspan(at, accumulator->width()), ids, rows, states_);
      at += accumulator->width();
    }
  }
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
    if (sizes_ != nullptr) sizes_->absorb(*other.sizes_, other.states_, part, ids, states_);
    for (size_t a = 0; a < accumulators_.size(); ++a)
      accumulators_[a]->absorb(*other.accumulators_[a], other.states_, part, ids, states_);
  }
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
  const size_t keys = shape_.keys.size();
  for (int64_t begin = 0; begin < batch.rows; begin += kBatchRows) {
    const memory::ArenaScope scope(arena);
    const int64_t n = std::min(kBatchRows, batch.rows - begin);
    std::vector<Column> columns;
    for (const Column& column : batch.columns) columns.push_back(column.from(begin));
    const std::span<const Column> all(columns);
    auto* ids = arena.take_as<uint32_t>(n);
    table_->groups(all.first(keys), n, false, arena, ids);
    resize();
    GroupedRows grouped{ids, n};
    grouped.positions = columns[keys].values<int64_t>();
    grouped.in_order = false;
    aggregate(all.subspan(keys + 1), grouped);
  }
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
