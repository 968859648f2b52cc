#include "tharsis/memory/array_room.h"

namespace tharsis::memory {

ArrayRoom::ArrayRoom(Store& store, DType dtype, int64_t count, const std::string& name)
    : store_(store), dtype_(std::move(dtype)), count_(count) {
  const int64_t bytes = count * dtype_.width();
  reservation_ = std::make_unique<Reservation>(store.budget(), name);
  reservation_->ensure_or_fail(bytes);
  reservation_->charge(bytes);
  buffer_ = std::make_shared<Buffer>(bytes);
}

std::shared_ptr<Value> ArrayRoom::close(const std::vector<int64_t>& shape) {
  Batch batch;
  batch.rows = count_;
  Column column;
  column.dtype = dtype_;
  column.data = buffer_->data();
  column.owner = std::move(buffer_);
  batch.columns.push_back(std::move(column));
  reservation_.reset();
  auto value = std::make_shared<Value>();
  value->meta = tensor_meta(dtype_, known_shape(shape));
  value->store = &store_;
  value->add(store_.put(std::move(batch)));
  return value;
}

}  // namespace tharsis::memory
