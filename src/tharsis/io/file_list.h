#pragma once

#include <string>
#include <vector>

namespace tharsis::io {

/// A file as it was when the graph was built: another size or time is another input.
struct FileStamp {
  std::string path;
  int64_t size = 0;
  int64_t modified_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// The files that `path` means: a file; the files with `extension` below a folder; the matches of a
/// pattern with * and ?; in order of their names. A StorageError where there are none.
std::vector<std::string> files_of(const std::string& path, const std::string& extension);

FileStamp stamp_of(const std::string& path);
/// A StorageError if the file is gone or not the same any more.
void require_unchanged(const FileStamp& stamp);

}  // namespace tharsis::io
