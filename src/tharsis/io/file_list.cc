#include "tharsis/io/file_list.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tharsis/base/error.h"

namespace tharsis::io {
namespace {

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> out;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return out;
}

}  // namespace

std::vector<std::string> files_of(const std::string& path, const std::string& extension) {
  std::error_code failed;
  if (std::filesystem::is_regular_file(path, failed)) return {path};
  std::vector<std::string> out;
  if (std::filesystem::is_directory(path, failed)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, failed)) {
      const std::string name = entry.path().filename().string();
      const bool hidden = name.starts_with('.') || name.starts_with('_');
      if (entry.is_regular_file() && !hidden && name.ends_with(extension))
        out.push_back(entry.path().string());
    }
    std::sort(out.begin(), out.end());
    require(!out.empty(), ErrorCode::kStorage, "'{}': no file ends in '{}'", path, extension);
    return out;
  }
  out = matches_of(path);
  require(!out.empty(), ErrorCode::kStorage, "'{}': no such file or folder", path);
  return out;
}

FileStamp stamp_of(const std::string& path) {
  struct stat info{};
  require(stat(path.c_str(), &info) == 0, ErrorCode::kStorage, "'{}': {}", path,
          std::strerror(errno));
  return {path, info.st_size, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

void require_unchanged(const FileStamp& stamp) {
  require(stamp_of(stamp.path) == stamp, ErrorCode::kStorage,
          "'{}' has changed since the expression was built; read it again", stamp.path);
}

}  // namespace tharsis::io
