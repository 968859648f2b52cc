#include "tharsis/cluster/exchange.h"

#include "tharsis/memory/batch_codec.h"

namespace tharsis::cluster {

Ref<memory::Chunk> LocalExchange::move(const Ref<memory::Chunk>& chunk, memory::Store& to) {
  std::shared_ptr<memory::Buffer> bytes = memory::encode_batch(*chunk->store().pin(chunk));
  wire_bytes_.fetch_add(bytes->size(), std::memory_order_relaxed);
  return to.put(memory::decode_batch(std::move(bytes)));
}

}  // namespace tharsis::cluster
