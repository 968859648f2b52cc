#include "tharsis/memory/value.h"

#include <algorithm>

namespace tharsis::memory {

bool Value::on_disk() const {
  return std::any_of(chunks.begin(), chunks.end(),
                     [](const Ref<Chunk>& chunk) { return chunk->store().on_disk(*chunk); });
}

std::shared_ptr<Value> frame_value(Store& store, Meta meta, std::vector<Batch> batches) {
  auto value = std::make_shared<Value>();
  value->store = &store;
  value->starts = {0};
  for (Batch& batch : batches) value->add(store.put(std::move(batch)));
  value->meta = std::move(meta);
  value->meta.shape = {Dim{value->rows()}};
  return value;
}

std::shared_ptr<Value> view_of(const Value& frame, const std::vector<int64_t>& fields, Meta meta) {
  int64_t width = 0, all = 0;
  for (const int64_t field : fields) width += frame.meta.field(field).dtype.width();
  for (size_t i = 0; i < frame.meta.num_fields(); ++i) all += frame.meta.field(i).dtype.width();
  auto view = std::make_shared<Value>();
  view->store = frame.store;
  for (const auto& chunk : frame.chunks) {
    const auto part = static_cast<double>(width) / static_cast<double>(std::max<int64_t>(all, 1));
    const auto bytes = static_cast<int64_t>(static_cast<double>(chunk->bytes()) * part);
    view->add(chunk->store().view(chunk, fields, bytes));
  }
  view->starts = frame.starts;
  const auto at = std::find(fields.begin(), fields.end(), frame.ascends);
  if (frame.ascends >= 0 && at != fields.end()) view->ascends = at - fields.begin();
  view->meta = std::move(meta);
  view->meta.shape = frame.meta.shape;
  return view;
}

}  // namespace tharsis::memory
