#include "tharsis/ops/relational/groupby/key_table.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/gather.h"

namespace tharsis::ops {

KeyTable::KeyTable(std::vector<DType> dtypes)
    : space_(std::make_shared<KeySpace>(std::move(dtypes))), layout_(space_->layout()) {}

KeyTable::KeyTable(std::shared_ptr<KeySpace> settled)
    : space_(std::move(settled)), layout_(space_->layout()) {}

void KeyTable::follow_layout() {
  if (layout_ == space_->layout()) return;
  KeySpace::repack(*layout_, *space_->layout(), table_.keys(), table_.size());
  layout_ = space_->layout();
  table_.rebuild(layout_->bits);
}

// The groups so far keep their numbers: they are all different.
void KeyTable::go_wide(memory::Arena& arena) {
  wide_ = std::make_unique<WideTable>(space_->dtypes());
  const int64_t n = table_.size();
  for (int64_t begin = 0; begin < n; begin += kBatchRows) {
    const memory::ArenaScope scope(arena);
    const int64_t count = std::min(kBatchRows, n - begin);
    std::vector<Column> keys;
    for (size_t k = 0; k < space_->dtypes().size(); ++k)
      keys.push_back(space_->column(k, *layout_, table_.keys() + begin, count, space_));
    wide_->groups(keys, count, arena, arena.take_as<uint32_t>(count), &unasked_);
  }
  unasked_.clear();
  space_ = nullptr;
  table_ = GroupTable();
}

void KeyTable::groups(std::span<const Column> keys, int64_t rows, bool dropna, memory::Arena& arena,
                      uint32_t* out, std::vector<uint32_t>* fresh) {
  const memory::ArenaScope scope(arena);
  unasked_.clear();
  if (fresh == nullptr) fresh = &unasked_;
  if (wide_ == nullptr) {
    auto* packed = arena.take_as<uint64_t>(rows);
    bool any_missing = false;
    if (space_->pack(keys, rows, arena, packed, &any_missing)) {
      follow_layout();
      if (!dropna || !any_missing) return table_.groups(packed, rows, layout_->bits, out, fresh);
    } else {
      go_wide(arena);
    }
  }
  if (!dropna) return wide_->groups(keys, rows, arena, out, fresh);
  // Rows with a missing key are left out, and the others told where they stand.
  auto* kept = arena.take_as<uint32_t>(rows);
  int64_t count = 0;
  for (int64_t i = 0; i < rows; ++i) {
    bool missing = false;
    for (const Column& key : keys) {
      missing |= !key.valid(i);
      if (key.dtype.id == TypeId::kFloat64) {
        const double value = key.values<double>()[key.at(i)];
        missing |= value != value;
      } else if (key.dtype.id == TypeId::kFloat32) {
        const float value = key.values<float>()[key.at(i)];
        missing |= value != value;
      }
    }
    kept[count] = static_cast<uint32_t>(i);
    count += !missing;
  }
  std::vector<Column> rest;
  for (const Column& key : keys)
    rest.push_back(gather(key, {kept, static_cast<size_t>(count)}, arena));
  auto* ids = arena.take_as<uint32_t>(count);
  const size_t before = fresh->size();
  std::vector<uint32_t> own;
  groups(rest, count, false, arena, ids, &own);
  for (const uint32_t row : own) fresh->push_back(kept[row]);
  check(fresh->size() >= before, "groups got lost");
  std::fill_n(out, rows, kNoGroup);
  for (int64_t i = 0; i < count; ++i) out[kept[i]] = ids[i];
}

void KeyTable::groups(const KeySpace& space, const PackedLayout& layout, const uint64_t* packed,
                      int64_t rows, KeySpace::Memo& memo, memory::Arena& arena, uint32_t* out,
                      std::vector<uint32_t>* fresh) {
  const memory::ArenaScope scope(arena);
  if (wide_ == nullptr) {
    unasked_.clear();
    auto* ours = arena.take_as<uint64_t>(rows);
    if (space_->pack(space, layout, packed, rows, memo, arena, ours)) {
      follow_layout();
      return table_.groups(ours, rows, layout_->bits, out, fresh != nullptr ? fresh : &unasked_);
    }
  }
  std::vector<Column> keys;
  for (size_t k = 0; k < space.dtypes().size(); ++k)
    keys.push_back(space.column(k, layout, packed, rows, nullptr));
  groups(keys, rows, false, arena, out, fresh);
}

void KeyTable::hashes(int64_t begin, int64_t end, uint64_t* out) const {
  if (wide_ != nullptr) {
    std::copy(wide_->hashes() + begin, wide_->hashes() + end, out);
  } else {
    space_->hashes(*layout_, table_.keys() + begin, end - begin, out);
  }
}

Column KeyTable::key_column(size_t key, std::span<const uint32_t> groups,
                            const std::shared_ptr<const void>& owner) const {
  if (wide_ != nullptr) return wide_->column(key, groups, owner);
  std::vector<uint64_t> words(groups.size());
  for (size_t i = 0; i < groups.size(); ++i) words[i] = table_.keys()[groups[i]];
  return space_->column(key, *layout_, words.data(), static_cast<int64_t>(words.size()), owner);
}

int64_t KeyTable::bytes() const {
  return wide_ != nullptr ? wide_->bytes() : table_.bytes() + space_->bytes();
}

int64_t KeyTable::growth_max(int64_t rows) const {
  return wide_ != nullptr ? wide_->growth_max(rows) : table_.growth_max(rows);
}

}  // namespace tharsis::ops
