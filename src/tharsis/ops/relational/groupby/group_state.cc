#include "tharsis/ops/relational/groupby/group_state.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/gather.h"

namespace tharsis::ops {
namespace {

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

}  // namespace tharsis::ops
