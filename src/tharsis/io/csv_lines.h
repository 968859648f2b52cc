#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tharsis/memory/buffer.h"

namespace tharsis::io {

/// An open file of the size it had when it was opened. Any thread.
class CsvFile {
 public:
  explicit CsvFile(const std::string& path);
  ~CsvFile();
  CsvFile(const CsvFile&) = delete;
  CsvFile& operator=(const CsvFile&) = delete;

  int64_t size() const { return size_; }
  /// A StorageError where the file has become shorter.
  void read(int64_t from, int64_t bytes, char* out) const;

 private:
  const std::string path_;
  const int64_t size_;
  const int file_;
};

/// The lines of one piece of a file after the other. One thread.
class CsvLineBuffer {
 public:
  /// The lines that begin in [begin, end) of the file, each with its end; `first`: a line begins at
  /// `begin`. Valid until the next call; kCsvMargin bytes before and behind may be read. Nothing
  /// where a line is very long.
  std::optional<std::string_view> read(const CsvFile& file, int64_t begin, int64_t end, bool first);

 private:
  int64_t grow(const CsvFile& file, int64_t from, int64_t had, int64_t to);

  memory::Buffer bytes_;
};

}  // namespace tharsis::io
