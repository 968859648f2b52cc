#include "tharsis/memory/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/memory/spill_count.h"

namespace tharsis::memory {
namespace {

constexpr int64_t kBlock = 4096;

thread_local int64_t written_here = 0;

int64_t blocks(int64_t bytes) { return (bytes + kBlock - 1) / kBlock * kBlock; }

}  // namespace

int64_t spilled_by_this_thread() { return written_here; }

SpillFile::~SpillFile() {
  if (file_ >= 0) close(file_);
}

int SpillFile::file() {
  const std::lock_guard lock(mutex_);
  if (file_ >= 0) return file_;
  file_ = open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file_ < 0) {  // a file system without nameless files
    std::string path = folder_ + "/tharsis-spill-XXXXXX";
    file_ = mkostemp(path.data(), O_CLOEXEC);
    if (file_ >= 0) unlink(path.c_str());
  }
  require(file_ >= 0, ErrorCode::kStorage, "no spill file can be made in {}: {}", folder_,
          std::strerror(errno));
  return file_;
}

int64_t SpillFile::write(const Buffer& bytes) {
  const int fd = file();
  const int64_t offset = end_.fetch_add(blocks(bytes.size()), std::memory_order_relaxed);
  int64_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = pwrite(fd, bytes.data() + done, bytes.size() - done, offset + done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const std::string reason = n < 0 ? std::strerror(errno) : "nothing was written";
      free(offset, bytes.size());
      fail(ErrorCode::kStorage, "spilling {} bytes to {} failed: {}", bytes.size(), folder_,
           reason);
    }
    done += n;
  }
  written_.fetch_add(bytes.size(), std::memory_order_relaxed);
  written_here += bytes.size();
  return offset;
}

std::shared_ptr<Buffer> SpillFile::read(int64_t offset, int64_t size) const {
  auto bytes = std::make_shared<Buffer>(size);
  int64_t done = 0;
  while (done < size) {
    const ssize_t n = pread(file_, bytes->data() + done, size - done, offset + done);
    if (n < 0 && errno == EINTR) continue;
    require(n > 0, ErrorCode::kStorage, "reading spilled bytes back from {} failed: {}", folder_,
            n < 0 ? std::strerror(errno) : "the file is cut off");
    done += n;
  }
  return bytes;
}

void SpillFile::free(int64_t offset, int64_t size) {
  if (file_ < 0) return;
  // A file system that cannot punch holes keeps the bytes until the file is closed.
  (void)fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, blocks(size));
}

}  // namespace tharsis::memory
