#include "tharsis/io/parquet_text.h"

#include <array>
#include <cstring>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/memory/buffer.h"
#include "tharsis/memory/validity.h"

namespace tharsis::io {
namespace {

constexpr int64_t kStep = 1024;
constexpr int64_t kHeapBytes = int64_t{256} << 10;

}  // namespace

// The values so far. A page is gone when the next one is read: long text is copied.
struct ParquetTextReader::Taken {
  memory::Buffer values, validity;
  std::vector<memory::Buffer> heap;
  int64_t heap_left = 0;

  StringRef text(const parquet::ByteArray& bytes) {
    const char* data = reinterpret_cast<const char*>(bytes.ptr);
    if (bytes.len <= StringRef::kInline) return {data, bytes.len};
    if (heap_left < bytes.len) {
      heap.emplace_back(std::max<int64_t>(kHeapBytes, bytes.len));
      heap_left = heap.back().size();
    }
    char* copy = heap.back().as<char>() + (heap.back().size() - heap_left);
    heap_left -= bytes.len;
    std::memcpy(copy, data, bytes.len);
    return {copy, bytes.len};
  }
};

ParquetTextReader::ParquetTextReader(std::shared_ptr<parquet::ColumnReader> column, DType dtype)
    : column_(std::static_pointer_cast<parquet::ByteArrayReader>(std::move(column))),
      dtype_(std::move(dtype)) {}

int64_t ParquetTextReader::next(int64_t rows, memory::Column& out) {
  auto taken = std::make_shared<Taken>();
  taken->values = memory::Buffer(rows * static_cast<int64_t>(sizeof(StringRef)));
  auto* texts = taken->values.as<StringRef>();
  const int16_t present = column_->descr()->max_definition_level();
  std::array<parquet::ByteArray, kStep> values;
  std::array<int16_t, kStep> levels;
  int64_t done = 0;
  while (done < rows && column_->HasNext()) {
    int64_t found = 0;
    const int64_t read = column_->ReadBatch(std::min(kStep, rows - done), levels.data(), nullptr,
                                            values.data(), &found);
    if (found == read) {
      for (int64_t i = 0; i < read; ++i) texts[done + i] = taken->text(values[i]);
    } else {
      int64_t at = 0;
      for (int64_t i = 0; i < read; ++i) {
        const bool there = levels[i] == present;
        texts[done + i] = there ? taken->text(values[at++]) : StringRef();
        if (!there) memory::set_missing(taken->validity, done + i, rows);
      }
    }
    done += read;
  }
  out = {};
  out.dtype = dtype_;
  out.data = texts;
  if (!taken->validity.empty()) out.validity = taken->validity.as<uint8_t>();
  out.owner = std::move(taken);
  return done;
}

}  // namespace tharsis::io
