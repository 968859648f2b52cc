#include "tharsis/memory/value.h"

namespace tharsis::memory {

std::shared_ptr<Value> frame_value(Store& store, Meta meta, std::vector<Batch> batches) {
  auto value = std::make_shared<Value>();
  value->store = &store;
  value->starts = {0};
  for (Batch& batch : batches) value->add(store.put(std::move(batch)));
  value->meta = std::move(meta);
  value->meta.shape = {Dim{value->rows()}};
  return value;
}

}  // namespace tharsis::memory
