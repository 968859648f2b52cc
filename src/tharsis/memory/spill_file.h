#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "tharsis/memory/buffer.h"

namespace tharsis::memory {

/// Disk space of one Store: a file without a name, so nothing is left behind however the process
/// ends. May be used from any thread. What is freed is punched out of the file.
class SpillFile {
 public:
  /// The file is made in `folder` at the first write.
  explicit SpillFile(std::string folder) : folder_(std::move(folder)) {}
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// Writes `bytes` and answers where; a full disk is a StorageError and leaves nothing.
  int64_t write(const Buffer& bytes);
  std::shared_ptr<Buffer> read(int64_t offset, int64_t size) const;
  void free(int64_t offset, int64_t size);

  /// Bytes ever written.
  int64_t written_bytes() const { return written_.load(std::memory_order_relaxed); }

 private:
  int file();

  const std::string folder_;
  std::mutex mutex_;
  int file_ = -1;
  std::atomic<int64_t> end_{0};
  std::atomic<int64_t> written_{0};
};

}  // namespace tharsis::memory
