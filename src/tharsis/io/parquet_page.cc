#include "tharsis/io/parquet_page.h"

#include <arrow/util/compression.h>
#include <parquet/exception.h>
#include <parquet/properties.h>
#include <snappy.h>

#include <algorithm>
#include <utility>

#include "tharsis/io/arrow_pool.h"

namespace tharsis::io {
namespace {

using parquet::ParquetException;

// The levels of pages without gaps are one run of ones: its length times two, then the one.
bool is_one_run(const uint8_t* levels, int64_t bytes, int64_t rows) {
  uint64_t header = 0;
  int64_t at = 0;
  for (int shift = 0; at < bytes && shift < 35; shift += 7) {
    const uint8_t byte = levels[at++];
    header |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  return (header & 1) == 0 && static_cast<int64_t>(header >> 1) >= rows && at < bytes &&
         levels[at] == 1;
}

}  // namespace

bool ParquetPages::can_read(const parquet::FileMetaData& file,
                            const parquet::ColumnChunkMetaData& chunk) {
  if (chunk.crypto_metadata() != nullptr) return false;
  using parquet::ApplicationVersion;
  const ApplicationVersion& writer = file.writer_version();
  return !writer.VersionLt(ApplicationVersion::PARQUET_816_FIXED_VERSION()) &&
         !writer.VersionLt(ApplicationVersion::PARQUET_CPP_10353_FIXED_VERSION());
}

// The reader of pages is told that nothing is compressed, so that it leaves that to us.
ParquetPages::ParquetPages(const ParquetChunk& chunk) {
  const parquet::ColumnDescriptor& column = *chunk.file.schema()->Column(chunk.column);
  const auto meta = chunk.file.RowGroup(chunk.row_group)->ColumnChunk(chunk.column);
  const int64_t begin = meta->data_page_offset(), size = meta->total_compressed_size();
  if (begin < 0 || size < 0) throw ParquetException("a column chunk stands nowhere");
  parquet::ReaderProperties properties(arrow_pool());
  pages_ =
      parquet::PageReader::Open(properties.GetStream(chunk.source, begin, size), meta->num_values(),
                                parquet::Compression::UNCOMPRESSED, properties, column);
  compression_ = meta->compression();
  if (compression_ != parquet::Compression::UNCOMPRESSED &&
      compression_ != parquet::Compression::SNAPPY)
    codec_ = parquet::GetCodec(compression_);
  max_level_ = column.max_definition_level();
}

bool ParquetPages::open() {
  while (rows_ == 0) {
    page_ = pages_->NextPage();
    loaded_ = false;
    skipped_ = 0;
    if (page_ == nullptr) return false;
    const bool is_data = page_->type() == parquet::PageType::DATA_PAGE ||
                         page_->type() == parquet::PageType::DATA_PAGE_V2;
    if (page_->type() == parquet::PageType::INDEX_PAGE) continue;
    if (!is_data ||
        static_cast<const parquet::DataPage&>(*page_).encoding() != parquet::Encoding::PLAIN)
      throw ParquetException("a page is not plain, as the footer says");
    rows_ = static_cast<const parquet::DataPage&>(*page_).num_values();
    if (rows_ < 0) throw ParquetException("a page of ", rows_, " values");
  }
  return true;
}

void ParquetPages::skip(int64_t rows) {
  rows_ -= rows;
  skipped_ += rows;
}

int64_t ParquetPages::load() {
  const int64_t skipped = std::exchange(skipped_, 0);
  rows_ += skipped;
  if (!loaded_) load_page(static_cast<const parquet::DataPage&>(*page_));
  loaded_ = true;
  return skipped;
}

// Of pages of the second version, the levels stand in front and are not compressed.
void ParquetPages::load_page(const parquet::DataPage& page) {
  int64_t head = 0, size = page.size();
  bool compressed = compression_ != parquet::Compression::UNCOMPRESSED;
  if (page.type() == parquet::PageType::DATA_PAGE_V2) {
    const auto& v2 = static_cast<const parquet::DataPageV2&>(page);
    const int64_t before = v2.repetition_levels_byte_length();
    const int64_t levels = v2.definition_levels_byte_length();
    if (before < 0 || levels < 0 || before + levels > size)
      throw ParquetException("the levels of a page are cut off");
    head = before + levels;
    compressed &= v2.is_compressed();
  }
  at_ = page.data();
  if (compressed) {
    const auto bytes = std::span(page.data(), static_cast<size_t>(size));
    size = page.uncompressed_size();
    at_ = decompressed(bytes, head, size);
  }
  end_ = at_ + size;
  read_levels(page, size);
}

// The first `head` bytes stay as they are.
const uint8_t* ParquetPages::decompressed(std::span<const uint8_t> bytes, int64_t head,
                                          int64_t size) {
  if (size < head) throw ParquetException("a page of ", size, " bytes");
  if (bytes_ == nullptr) bytes_ = parquet::AllocateBuffer(arrow_pool());
  PARQUET_THROW_NOT_OK(bytes_->Resize(size, /*shrink_to_fit=*/false));
  uint8_t* out = bytes_->mutable_data();
  std::copy_n(bytes.begin(), head, out);
  const std::span<const uint8_t> from = bytes.subspan(static_cast<size_t>(head));
  const int64_t rest = size - head;
  if (rest == 0) return out;  // some writers compress nothing to nothing
  int64_t made = -1;
  if (codec_ != nullptr) {
    const auto length = static_cast<int64_t>(from.size());
    PARQUET_ASSIGN_OR_THROW(made, codec_->Decompress(length, from.data(), rest, out + head));
  } else {
    const auto* text = reinterpret_cast<const char*>(from.data());
    size_t length = 0;
    if (snappy::GetUncompressedLength(text, from.size(), &length) &&
        length == static_cast<size_t>(rest) &&
        snappy::RawUncompress(text, from.size(), reinterpret_cast<char*>(out + head)))
      made = rest;
  }
  if (made != rest) throw ParquetException("a page cannot be decompressed");
  return out;
}

void ParquetPages::read_levels(const parquet::DataPage& page, int64_t size) {
  levels_.clear();
  const auto rows = static_cast<int>(rows_);
  const uint8_t* levels = at_;
  int64_t bytes = 0;
  if (page.type() == parquet::PageType::DATA_PAGE_V2) {
    const auto& v2 = static_cast<const parquet::DataPageV2&>(page);
    bytes = v2.definition_levels_byte_length();
    levels += v2.repetition_levels_byte_length();
    at_ = levels + bytes;
    if (max_level_ == 0 || is_one_run(levels, bytes, rows_)) return;
    decoder_.SetDataV2(static_cast<int32_t>(bytes), max_level_, rows, levels);
  } else {
    if (max_level_ == 0) return;
    const auto encoding = static_cast<const parquet::DataPageV1&>(page).definition_level_encoding();
    bytes = decoder_.SetData(encoding, max_level_, rows, at_, static_cast<int32_t>(size));
    at_ += bytes;
    constexpr int64_t kLength = 4;  // the bytes of the levels stand before them
    if (encoding == parquet::Encoding::RLE && is_one_run(levels + kLength, bytes - kLength, rows_))
      return;
  }
  levels_.resize(static_cast<size_t>(rows_));
  if (decoder_.Decode(rows, levels_.data()) != rows)
    throw ParquetException("the levels of a page are cut off");
}

void ParquetPages::pass(int64_t rows, const uint8_t* to) {
  rows_ -= rows;
  at_ = to;
}

}  // namespace tharsis::io
