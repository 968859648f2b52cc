#include "tharsis/io/csv_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tharsis/base/error.h"
#include "tharsis/io/csv_values.h"
#include "tharsis/io/file_list.h"

namespace tharsis::io {
namespace {

constexpr int64_t kTail = int64_t{16} << 10;  // read behind a piece, for the end of its last line
constexpr int64_t kTailMax = int64_t{64} << 20;

char* find_end(char* from, char* to) {
  return static_cast<char*>(std::memchr(from, '\n', static_cast<size_t>(to - from)));
}

}  // namespace

CsvFile::CsvFile(const std::string& path)
    : path_(path), size_(stamp_of(path).size), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  require(file_ >= 0, ErrorCode::kStorage, "'{}': {}", path, std::strerror(errno));
}

CsvFile::~CsvFile() { close(file_); }

void CsvFile::read(int64_t from, int64_t bytes, char* out) const {
  for (int64_t done = 0; done < bytes;) {
    const ssize_t n = pread(file_, out + done, static_cast<size_t>(bytes - done), from + done);
    if (n < 0 && errno == EINTR) continue;
    require(n > 0, ErrorCode::kStorage, "'{}': {}", path_,
            n < 0 ? std::strerror(errno) : "the file was cut off while it was read");
    done += n;
  }
}

std::optional<std::string_view> CsvLineBuffer::read(const CsvFile& file, int64_t begin, int64_t end,
                                                    bool first) {
  // A line begins behind a line end: that may be the byte before the piece.
  const int64_t from = first ? begin : begin - 1;
  int64_t to = from;
  for (int64_t tail = kTail; tail <= kTailMax; tail *= 4) {
    to = grow(file, from, to, std::min(file.size(), end + tail));
    char* const text = bytes_.as<char>() + kCsvMargin;
    char* const behind = text + (to - from);
    char* stop = find_end(text + (end - 1 - from), behind);
    if (stop == nullptr && to < file.size()) continue;
    if (stop == nullptr) {  // the last line of the file may have no end
      stop = behind;
      *stop = '\n';
    }
    char* const start = first ? text : find_end(text, stop + 1) + 1;
    return std::string_view(start, static_cast<size_t>(stop + 1 - start));
  }
  return std::nullopt;
}

// Bytes [from, had) are there; answers `to` when [from, to) are, with room for one more.
int64_t CsvLineBuffer::grow(const CsvFile& file, int64_t from, int64_t had, int64_t to) {
  const int64_t room = to - from + 1 + 2 * kCsvMargin;
  if (bytes_.size() < room) {
    memory::Buffer larger(room);
    std::memset(larger.data(), 0, kCsvMargin);
    if (had > from)
      std::memcpy(larger.data() + kCsvMargin, bytes_.data() + kCsvMargin,
                  static_cast<size_t>(had - from));
    bytes_ = std::move(larger);
  }
  char* const text = bytes_.as<char>() + kCsvMargin;
  file.read(had, to - had, text + (had - from));
  std::memset(text + (to - from), 0, kCsvMargin + 1);
  return to;
}

}  // namespace tharsis::io
