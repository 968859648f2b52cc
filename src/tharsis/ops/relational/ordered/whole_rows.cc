#include "tharsis/ops/relational/ordered/whole_rows.h"

#include <cstring>
#include <numeric>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational/groupby/key_table.h"
#include "tharsis/ops/relational/sort/take_rows.h"

namespace tharsis::ops {

WholeRows::WholeRows(const Value& value, memory::Store& store, std::string_view who)
    : arena_(store.budget()) {
  require(value.rows() < int64_t{UINT32_MAX}, ErrorCode::kUnsupported,
          "{}: more than 2^32 rows in one piece, got {}", who, value.rows());
  std::vector<memory::Pin> pins;
  std::vector<RowSpan> spans;
  for (const auto& chunk : value.chunks) pins.push_back(chunk->store().pin(chunk));
  for (const memory::Pin& pin : pins) spans.push_back({&*pin, 0, pin->rows});
  if (value.rows() == 0) {
    for (size_t i = 0; i < value.meta.num_fields(); ++i) {
      Column none;
      none.dtype = value.meta.field(i).dtype;
      auto empty = std::make_shared<memory::Buffer>(0);
      none.data = empty->data();
      none.owner = std::move(empty);
      batch_.columns.push_back(std::move(none));
    }
    return;
  }
  auto* const order = arena_.take_as<uint32_t>(value.rows());
  std::iota(order, order + value.rows(), 0u);
  batch_ = take_rows(spans, order, value.rows(), arena_);
  for (Column& column : batch_.columns) {
    if (column.encoding != Encoding::kFlat) column = memory::flatten(column, batch_.rows);
  }
}

const uint32_t* WholeRows::groups(std::span<const int64_t> keys, bool dropna) {
  auto* const out = arena_.take_as<uint32_t>(rows());
  if (keys.empty()) {
    std::fill_n(out, rows(), 0u);
    return out;
  }
  std::vector<DType> dtypes;
  for (const int64_t key : keys) dtypes.push_back(column(key).dtype);
  KeyTable table(std::move(dtypes));
  for (int64_t begin = 0; begin < rows(); begin += kBatchRows) {
    const memory::ArenaScope scope(arena_);
    std::vector<Column> columns;
    for (const int64_t key : keys) columns.push_back(column(key).from(begin));
    table.groups(columns, std::min<int64_t>(kBatchRows, rows() - begin), dropna, arena_,
                 out + begin);
  }
  group_count_ = table.size();
  return out;
}

std::vector<int64_t> WholeRows::by_group(const uint32_t* groups,
                                         std::vector<uint32_t>& order) const {
  std::vector<int64_t> begins(static_cast<size_t>(group_count_) + 1, 0);
  for (int64_t i = 0; i < rows(); ++i) {
    if (groups[i] != KeyTable::kNoGroup) ++begins[groups[i] + 1];
  }
  for (size_t g = 1; g < begins.size(); ++g) begins[g] += begins[g - 1];
  order.resize(static_cast<size_t>(begins.back()));
  std::vector<int64_t> at(begins.begin(), begins.end() - 1);
  for (int64_t i = 0; i < rows(); ++i) {
    if (groups[i] != KeyTable::kNoGroup)
      order[static_cast<size_t>(at[groups[i]]++)] = static_cast<uint32_t>(i);
  }
  return begins;
}

Column made_column(const DType& dtype, memory::Buffer data, const uint8_t* present, int64_t n) {
  struct Own {
    memory::Buffer data, bits;
  };
  auto own = std::make_shared<Own>();
  own->data = std::move(data);
  Column out;
  out.dtype = dtype;
  out.data = own->data.data();
  bool all = true;
  for (int64_t i = 0; present != nullptr && i < n && all; ++i) all = present[i] != 0;
  if (present != nullptr && !all) {
    own->bits = memory::Buffer((n + 7) / 8);
    std::memset(own->bits.data(), 0, static_cast<size_t>((n + 7) / 8));
    for (int64_t i = 0; i < n; ++i) {
      if (present[i] != 0) own->bits.as<uint8_t>()[i >> 3] |= static_cast<uint8_t>(1u << (i & 7));
    }
    out.validity = own->bits.as<uint8_t>();
  }
  out.owner = std::move(own);
  return out;
}

}  // namespace tharsis::ops
