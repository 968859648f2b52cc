#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/ops/array_source.h"
#include "tharsis/ops/indexing.h"

namespace tharsis::ops {
namespace {

class File {
 public:
  explicit File(const std::string& path)
      : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) {
      fail(ErrorCode::kStorage, "cannot open '{}': {}", path, std::strerror(errno));
    }
    check(fstat(descriptor_, &status_) == 0, "fstat of an open file");
  }
  ~File() { close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int64_t size() const { return status_.st_size; }
  int64_t modified_ns() const {
    return status_.st_mtim.tv_sec * int64_t{1000000000} + status_.st_mtim.tv_nsec;
  }
  std::string read(int64_t offset, int64_t count) const {
    std::string bytes(count, '\0');
    const int64_t got = pread(descriptor_, bytes.data(), count, offset);
    require(got == count, ErrorCode::kStorage, "'{}' ends after {} bytes: it is cut off", path_,
            size());
    return bytes;
  }
  int descriptor() const { return descriptor_; }

 private:
  const std::string path_;
  const int descriptor_;
  struct stat status_{};
};

class Mapped final : public ArraySource {
 public:
  explicit Mapped(const NpyAttrs& attrs) : size_(attrs.file_size), offset_(attrs.offset) {
    const File file(attrs.path);
    require(file.size() == attrs.file_size && file.modified_ns() == attrs.modified_ns,
            ErrorCode::kStorage, "'{}' has changed since it was opened; load it again", attrs.path);
    if (size_ == 0) return;
    void* bytes = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.descriptor(), 0);
    if (bytes == MAP_FAILED) {
      fail(ErrorCode::kStorage, "cannot map '{}': {}", attrs.path, std::strerror(errno));
    }
    bytes_ = static_cast<const char*>(bytes);
    width_ = attrs.dtype.width();
    madvise(bytes, size_, MADV_SEQUENTIAL);
  }
  ~Mapped() override {
    if (bytes_ != nullptr) munmap(const_cast<char*>(bytes_), size_);
  }

  const void* data() const override { return bytes_ == nullptr ? nullptr : bytes_ + offset_; }
  void read(int64_t begin, int64_t step, int64_t count, void* out) const override {
    auto* to = static_cast<char*>(out);
    for (int64_t i = 0; i < count; ++i) {
      std::memcpy(to + i * width_, bytes_ + offset_ + (begin + i * step) * width_, width_);
    }
  }

 private:
  const int64_t size_;
  const int64_t offset_;
  int64_t width_ = 1;
  const char* bytes_ = nullptr;
};

class Npy final : public OpOf<NpyAttrs> {
 public:
  std::string_view name() const override { return "npy"; }
  Traits traits(const Call&) const override { return {.way = Traits::kSource}; }
  std::vector<Meta> infer(const Call& call) const override {
    const NpyAttrs& attrs = of(call);
    int64_t values = 1;
    for (const int64_t length : attrs.shape) values *= length;
    require(attrs.offset + values * attrs.dtype.width() <= attrs.file_size, ErrorCode::kStorage,
            "'{}' has {} bytes, but its array needs {}: it is cut off", attrs.path, attrs.file_size,
            attrs.offset + values * attrs.dtype.width());
    return {tensor_meta(attrs.dtype, known_shape(attrs.shape))};
  }
  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    return Ref<ArraySource>(std::make_shared<Mapped>(of(call)));
  }
};

[[noreturn]] void not_npy(const std::string& path, std::string_view what) {
  fail(ErrorCode::kStorage, "'{}' is not a .npy file that can be read: {}", path, what);
}

DType dtype_of_descr(const std::string& path, std::string_view descr) {
  constexpr std::pair<std::string_view, TypeId> kTypes[] = {
      {"|b1", TypeId::kBool},    {"|i1", TypeId::kInt8},   {"<i2", TypeId::kInt16},
      {"<i4", TypeId::kInt32},   {"<i8", TypeId::kInt64},  {"|u1", TypeId::kUInt8},
      {"<u2", TypeId::kUInt16},  {"<u4", TypeId::kUInt32}, {"<u8", TypeId::kUInt64},
      {"<f4", TypeId::kFloat32}, {"<f8", TypeId::kFloat64}};
  for (const auto& [name, type] : kTypes) {
    if (name == descr) return type;
  }
  fail(ErrorCode::kUnsupported, "'{}' holds values of type {}, which the engine does not read",
       path, descr);
}

// The text behind 'key': in the header, a Python dictionary of three entries.
std::string_view entry(const std::string& path, std::string_view header, std::string_view key) {
  const size_t at = header.find(key);
  if (at == std::string_view::npos) not_npy(path, "its header is incomplete");
  const size_t colon = header.find(':', at);
  if (colon == std::string_view::npos) not_npy(path, "its header is incomplete");
  std::string_view rest = header.substr(colon + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

std::vector<int64_t> shape_of(const std::string& path, std::string_view text) {
  std::vector<int64_t> shape;
  const size_t end = text.find(')');
  if (!text.starts_with('(') || end == std::string_view::npos) not_npy(path, "it has no shape");
  text = text.substr(1, end - 1);
  while (!text.empty()) {
    if (text[0] == ',' || text[0] == ' ') {
      text.remove_prefix(1);
      continue;
    }
    int64_t length = 0;
    const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc() || length < 0) not_npy(path, "its shape is no list of lengths");
    shape.push_back(length);
    text.remove_prefix(after - text.data());
  }
  return shape;
}

}  // namespace

const Op& npy_op() {
  static const Npy op;
  return op;
}

Expr load_npy(const std::string& path) {
  const File file(path);
  const std::string magic = file.read(0, 10);
  if (!magic.starts_with("\x93NUMPY")) not_npy(path, "it does not begin as one");
  const bool old = magic[6] == 1;
  uint32_t length = static_cast<uint8_t>(magic[8]) | static_cast<uint8_t>(magic[9]) << 8;
  if (!old) std::memcpy(&length, file.read(8, 4).data(), 4);
  const int64_t begin = old ? 10 : 12;
  require(length < (1u << 20), ErrorCode::kStorage, "'{}' has a header of {} bytes", path, length);
  const std::string header = file.read(begin, length);
  NpyAttrs attrs;
  attrs.path = path;
  attrs.offset = begin + length;
  attrs.file_size = file.size();
  attrs.modified_ns = file.modified_ns();
  std::string_view descr = entry(path, header, "'descr'");
  if (!descr.starts_with('\'')) not_npy(path, "its values are records");
  descr = descr.substr(1, descr.find('\'', 1) - 1);
  attrs.dtype = dtype_of_descr(path, descr);
  attrs.shape = shape_of(path, entry(path, header, "'shape'"));
  const bool fortran = entry(path, header, "'fortran_order'").starts_with("True");
  if (!fortran) return call(npy_op(), std::move(attrs), {});
  std::vector<int64_t> axes;
  for (size_t i = attrs.shape.size(); i-- > 0;) axes.push_back(static_cast<int64_t>(i));
  attrs.shape = {attrs.shape.rbegin(), attrs.shape.rend()};
  return transpose(call(npy_op(), std::move(attrs), {}), axes);
}

}  // namespace tharsis::ops
