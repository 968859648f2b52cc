#include "tharsis/ops/relational/window/whole_rows.h"

#include <algorithm>

#include "tharsis/memory/validity.h"

namespace tharsis::ops {

std::vector<Ref<Value>> over_rows(Meta meta, const Value& in, Driver& driver,
                                  const ChunkColumns& columns) {
  const size_t count = in.chunks.size();
  std::vector<Ref<memory::Chunk>> made(count);
  driver.parallel(static_cast<int64_t>(count), [&](int64_t c, Worker& worker) {
    const memory::Pin pin = in.chunks[c]->store().pin(in.chunks[c]);
    Batch batch;
    batch.rows = pin->rows;
    for (size_t i = 0; i < meta.index_levels; ++i) batch.columns.push_back(pin->columns[i]);
    for (Column& column : columns(c, *pin, worker)) batch.columns.push_back(std::move(column));
    made[c] = worker.store.put(std::move(batch));
  });
  auto out = std::make_shared<Value>();
  out->meta = std::move(meta);
  out->store = &driver.store();
  out->starts = {0};
  for (auto& chunk : made) out->add(std::move(chunk));
  out->meta.shape = {Dim{out->rows()}};
  return {out};
}

Meta rows_meta(const Meta& in, std::vector<Field> data) {
  Schema schema(in.schema->begin(), in.schema->begin() + in.index_levels);
  schema.insert(schema.end(), data.begin(), data.end());
  Meta out = in;
  out.schema = std::make_shared<const Schema>(std::move(schema));
  out.series = false;
  return out;
}

Fieldset with_index(const Meta& in, std::span<const int64_t> needed) {
  Fieldset fields(in.num_fields(), false);
  std::fill_n(fields.begin(), in.index_levels, true);
  for (const int64_t field : needed) {
    if (field >= 0) fields[field] = true;
  }
  return fields;
}

void OwnColumn::set_missing(int64_t row, int64_t rows) { memory::set_missing(validity, row, rows); }

Column owned(DType dtype, std::shared_ptr<OwnColumn> column) {
  Column out;
  out.dtype = std::move(dtype);
  out.data = column->data.data();
  if (!column->validity.empty()) out.validity = column->validity.as<uint8_t>();
  out.owner = std::move(column);
  return out;
}

}  // namespace tharsis::ops
