#include "tharsis/memory/buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <mutex>
#include <new>
#include <utility>

#include "tharsis/base/error.h"

namespace tharsis::memory {
namespace {

constexpr int64_t kHugePage = int64_t{2} << 20;
constexpr int64_t kMapFrom = int64_t{64} << 10;  // smaller ranges come from malloc

// Four classes per power of two: at most a quarter is lost to rounding.
int64_t size_class(int64_t bytes) {
  const int64_t power = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(bytes)));
  const int64_t step = std::max<int64_t>(power / 4, 64);
  return (bytes + step - 1) / step * step;
}

std::byte* map_pages(int64_t bytes) {
  const bool huge = bytes >= kHugePage;
  const int64_t slack = huge ? kHugePage : 0;
  void* raw =
      mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) {
    fail(ErrorCode::kBudget, "the system has no memory for a buffer of {} bytes", bytes);
  }
  auto begin = reinterpret_cast<uintptr_t>(raw);
  if (!huge) return reinterpret_cast<std::byte*>(begin);
  const uintptr_t aligned = (begin + kHugePage - 1) & ~static_cast<uintptr_t>(kHugePage - 1);
  if (aligned > begin) munmap(raw, aligned - begin);
  const uintptr_t end = begin + bytes + slack;
  if (end > aligned + bytes)
    munmap(reinterpret_cast<void*>(aligned + bytes), end - aligned - bytes);
  madvise(reinterpret_cast<void*>(aligned), bytes, MADV_HUGEPAGE);
  return reinterpret_cast<std::byte*>(aligned);
}

// Freed ranges by size class, kept warm up to a limit.
class Pool {
 public:
  std::byte* take(int64_t capacity) {
    {
      const std::lock_guard lock(mutex_);
      auto& list = warm_[slot(capacity)];
      const auto at = std::find_if(list.rbegin(), list.rend(),
                                   [&](const Range& one) { return one.capacity == capacity; });
      if (at != list.rend()) {
        std::byte* data = at->data;
        list.erase(std::next(at).base());
        warm_bytes_ -= capacity;
        return data;
      }
    }
    return map_pages(capacity);
  }

  void give(std::byte* data, int64_t capacity) {
    {
      const std::lock_guard lock(mutex_);
      if (warm_bytes_ + capacity <= limit_) {
        warm_[slot(capacity)].push_back({data, capacity, ++given_});
        warm_bytes_ += capacity;
        return;
      }
    }
    munmap(data, capacity);
  }

  void shrink(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    while (warm_bytes_ > bytes) {
      // The first of each list has waited longest.
      std::deque<Range>* oldest = nullptr;
      for (auto& list : warm_) {
        if (list.empty()) continue;
        if (oldest == nullptr || list.front().given < oldest->front().given) oldest = &list;
      }
      munmap(oldest->front().data, oldest->front().capacity);
      warm_bytes_ -= oldest->front().capacity;
      oldest->pop_front();
    }
  }

  int64_t warm_bytes() {
    const std::lock_guard lock(mutex_);
    return warm_bytes_;
  }

  void set_limit(int64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      limit_ = bytes;
    }
    shrink(bytes);
  }

 private:
  struct Range {
    std::byte* data;
    int64_t capacity;
    int64_t given;  // when
  };
  static size_t slot(int64_t capacity) { return std::bit_width(static_cast<uint64_t>(capacity)); }

  std::mutex mutex_;
  std::array<std::deque<Range>, 64> warm_;
  int64_t warm_bytes_ = 0;
  int64_t given_ = 0;
  int64_t limit_ = int64_t{1} << 30;
};

std::atomic<int64_t> allocated{0};

// Never destroyed: buffers may outlive every other static object.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

int64_t buffer_capacity(int64_t bytes) {
  const int64_t padded = bytes + kPadding;
  if (padded < kMapFrom) return (padded + 63) / 64 * 64;
  const int64_t rounded = size_class(padded);
  return (rounded + 4095) / 4096 * 4096;
}

Buffer::Buffer(int64_t bytes) : size_(bytes), capacity_(buffer_capacity(bytes)) {
  allocated.fetch_add(capacity_, std::memory_order_relaxed);
  if (capacity_ >= kMapFrom) {
    data_ = pool().take(capacity_);
    return;
  }
  data_ = static_cast<std::byte*>(std::aligned_alloc(64, capacity_));
  if (data_ == nullptr) throw std::bad_alloc();
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

Buffer::~Buffer() {
  if (data_ == nullptr) return;
  if (capacity_ >= kMapFrom) {
    pool().give(data_, capacity_);
  } else {
    std::free(data_);
  }
}

void Buffer::shrink(int64_t bytes) {
  check(bytes <= size_, "a buffer cannot shrink to more");
  size_ = bytes;
  const int64_t capacity = std::max(buffer_capacity(bytes), buffer_capacity(kMapFrom));
  if (capacity >= capacity_) return;
  munmap(data_ + capacity, capacity_ - capacity);
  capacity_ = capacity;
}

bool readable_behind(const void* end) {
  constexpr uintptr_t kPage = 4096;
  return reinterpret_cast<uintptr_t>(end) % kPage + kPadding <= kPage;
}

int64_t allocated_bytes() { return allocated.load(std::memory_order_relaxed); }
void shrink_warm_buffers(int64_t bytes) { pool().shrink(bytes); }
int64_t warm_buffer_bytes() { return pool().warm_bytes(); }
void set_warm_buffer_limit(int64_t bytes) { pool().set_limit(bytes); }

}  // namespace tharsis::memory
