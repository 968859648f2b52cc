#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/types/promote.h"

namespace tharsis::ops {
namespace {

// A value as bytes, so that keys of any type can be compared and looked up.
std::string key_bytes(const Column& column, int64_t row) {
  if (!column.valid(row)) return "\x01";
  std::string bytes(1, '\0');
  if (column.dtype.is_string()) return bytes.append(column.values<StringRef>()[row].view());
  const auto width = static_cast<size_t>(column.dtype.width());
  return bytes.append(static_cast<const char*>(column.data) + static_cast<size_t>(row) * width,
                      width);
}

DType cell_type(const PivotAttrs& attrs, const DType& value) {
  if (attrs.complete) return value;
  if (!attrs.fill.missing()) {
    return attrs.fill.weak ? weak_type(attrs.fill, value, "pivot_table")
                           : promote(value, attrs.fill.dtype, "pivot_table");
  }
  return value.is_integer() || value.is_bool() ? DType(TypeId::kFloat64) : value;
}

// One column of the answer: cells of 64 bits or less, filled where no row of the input belongs.
class Cells {
 public:
  Cells(DType dtype, int64_t rows, const Scalar& fill)
      : dtype_(std::move(dtype)), bytes_(rows * dtype_.width()) {
    Scalar value = fill;
    value.dtype = dtype_;
    const Column one = constant_column(fill.missing() ? missing_scalar(dtype_) : value);
    const int64_t width = dtype_.width();
    for (int64_t i = 0; i < rows; ++i) std::memcpy(bytes_.data() + i * width, one.data, width);
    if (fill.missing() && !dtype_.nan_is_missing())
      present_.assign(static_cast<size_t>(rows), false);
  }

  void put(int64_t row, const Column& from, int64_t at) {
    if (!from.valid(at)) return;
    const int64_t width = dtype_.width();
    std::byte* to = bytes_.data() + row * width;
    if (from.dtype == dtype_) {
      std::memcpy(to, static_cast<const std::byte*>(from.data) + at * width, width);
    } else {
      const Scalar value = memory::scalar_at(from, at);
      const Column one =
          constant_column({dtype_, dtype_.is_float() ? decltype(value.value)(value.as_double())
                                                     : decltype(value.value)(value.as_int())});
      std::memcpy(to, one.data, width);
    }
    if (!present_.empty()) present_[static_cast<size_t>(row)] = true;
  }

  Column take() {
    struct Own {
      memory::Buffer values, bits;
    };
    auto own = std::make_shared<Own>();
    own->values = std::move(bytes_);
    Column column;
    column.dtype = dtype_;
    column.data = own->values.data();
    if (!present_.empty()) {
      own->bits = memory::Buffer(static_cast<int64_t>(present_.size() + 7) / 8);
      std::memset(own->bits.data(), 0, static_cast<size_t>(own->bits.size()));
      for (size_t i = 0; i < present_.size(); ++i) {
        if (present_[i]) own->bits.as<uint8_t>()[i >> 3] |= static_cast<uint8_t>(1u << (i & 7));
      }
      column.validity = own->bits.as<uint8_t>();
    }
    column.owner = std::move(own);
    return column;
  }

 private:
  const DType dtype_;
  memory::Buffer bytes_;
  std::vector<bool> present_;  // empty: there is no cell without a value
};

// The input is sorted by its index: rows of one answer row are neighbours.
class Pivot final : public OpOf<PivotAttrs> {
 public:
  std::string_view name() const override { return "pivot"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole, .asks_order = true}; }

  std::vector<Meta> infer(const Call& call) const override {
    const Meta& in = *call.in[0];
    const PivotAttrs& attrs = of(call);
    check(in.index_levels >= 2 && in.num_data() == 1,
          "pivot: index levels, the column level, one value");
    Schema schema(in.schema->begin(), in.schema->begin() + in.index_levels - 1);
    const DType dtype = cell_type(attrs, in.field(in.index_levels).dtype);
    require(!dtype.is_string(), ErrorCode::kUnsupported, "pivot_table: values of type {}",
            dtype.name());
    for (const Label& label : attrs.columns) schema.push_back({label, dtype});
    Meta out =
        frame_meta(std::move(schema), static_cast<uint16_t>(in.index_levels - 1), Dim{}, Key{});
    out.columns_name = in.field(in.index_levels - 1).label;
    return {out};
  }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>> inputs,
                                   Driver& driver) const override {
    const PivotAttrs& attrs = of(call);
    const Meta meta = infer(call)[0];
    const size_t levels = meta.index_levels;
    std::unordered_map<std::string, size_t> place;
    for (size_t i = 0; i < attrs.keys.size(); ++i) place.emplace(key_of(attrs.keys[i]), i);

    std::vector<std::vector<Column>> chunks;
    std::vector<std::vector<int64_t>> row_of;  // the answer row of each input row
    memory::BatchBuilder index;
    std::string last;
    int64_t rows = 0;
    for (const auto& chunk : inputs[0]->chunks) {
      const memory::Pin pin = chunk->store().pin(chunk);
      auto& columns = chunks.emplace_back();
      for (const Column& column : pin->columns)
        columns.push_back(memory::flatten(column, pin->rows));
      auto& numbers = row_of.emplace_back();
      Batch keys;
      keys.rows = pin->rows;
      keys.columns.assign(columns.begin(), columns.begin() + static_cast<int64_t>(levels));
      for (int64_t i = 0; i < pin->rows; ++i) {
        std::string now;
        for (const Column& column : keys.columns) {
          const std::string part = key_bytes(column, i);
          now.append(std::to_string(part.size())).append(part);
        }
        if (rows == 0 || now != last) {
          index.append(keys, i, i + 1);
          ++rows;
          last = std::move(now);
        }
        numbers.push_back(rows - 1);
      }
    }
    std::vector<Cells> cells;
    for (size_t i = 0; i < attrs.columns.size(); ++i)
      cells.emplace_back(meta.field(levels + i).dtype, rows, attrs.fill);
    for (size_t c = 0; c < chunks.size(); ++c) {
      for (size_t i = 0; i < row_of[c].size(); ++i) {
        const auto row = static_cast<int64_t>(i);
        const auto at = place.find(key_bytes(chunks[c][levels], row));
        if (at != place.end()) cells[at->second].put(row_of[c][i], chunks[c][levels + 1], row);
      }
    }
    std::vector<Batch> batches;
    if (rows > 0) {
      Batch batch = index.take();
      for (Cells& column : cells) batch.columns.push_back(column.take());
      batches.push_back(std::move(batch));
    }
    return {memory::frame_value(driver.store(), meta, std::move(batches))};
  }

 private:
  static std::string key_of(const Scalar& key) { return key_bytes(constant_column(key), 0); }
};

}  // namespace

const Op& pivot_op() {
  static const Pivot op;
  return op;
}

}  // namespace tharsis::ops
