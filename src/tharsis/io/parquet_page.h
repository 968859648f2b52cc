#pragma once

#include <arrow/io/interfaces.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/metadata.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tharsis::io {

/// The column chunk of a row group of an open file.
struct ParquetChunk {
  const std::shared_ptr<arrow::io::RandomAccessFile>& source;
  const parquet::FileMetaData& file;
  int row_group = 0;
  int column = 0;
};

/// The data pages of a column chunk, one after the other, with the plain values as they stand in
/// them. A page of which nobody wants a row is not decompressed. One thread. Throws
/// parquet::ParquetException where a page is broken or not plain.
class ParquetPages {
 public:
  /// REQUIRES: `can_read` of the chunk, of a column that is not nested.
  explicit ParquetPages(const ParquetChunk& chunk);

  /// Whether the pages can be told from what the file says of the chunk: not encrypted, nor written
  /// by a library that says what is not so.
  static bool can_read(const parquet::FileMetaData& file,
                       const parquet::ColumnChunkMetaData& chunk);

  /// Goes to the next page that has rows, when the rows of this one were passed; false at the end.
  bool open();

  int64_t rows() const { return rows_; }  // of the page that were not passed or skipped yet
  /// Nobody wants the next `rows` rows.
  void skip(int64_t rows);
  /// Makes the values ready to be read. Answers how many rows were skipped since the last call:
  /// they stand before `at()`, count in `rows()` again and are to be passed first.
  int64_t load();

  // After `load`:
  /// Behind the values that were passed; the bytes of a page are valid until the next one is open.
  const uint8_t* at() const { return at_; }
  const uint8_t* end() const { return end_; }
  bool has_gaps() const { return !levels_.empty(); }
  /// Per row of `rows()`, where there are gaps: 1 for a row that has a value.
  std::span<const int16_t> present() const { return std::span(levels_).last(rows_); }
  /// `rows` rows and the bytes of their values were read.
  void pass(int64_t rows, const uint8_t* to);

 private:
  void load_page(const parquet::DataPage& page);
  const uint8_t* decompressed(std::span<const uint8_t> bytes, int64_t head, int64_t size);
  void read_levels(const parquet::DataPage& page, int64_t size);

  std::unique_ptr<parquet::PageReader> pages_;  // as they stand in the file
  parquet::Compression::type compression_;
  std::unique_ptr<arrow::util::Codec> codec_;  // null: snappy, or nothing is compressed
  std::shared_ptr<parquet::ResizableBuffer> bytes_;
  int16_t max_level_;
  bool loaded_ = false;
  int64_t skipped_ = 0;
  std::shared_ptr<parquet::Page> page_;
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  int64_t rows_ = 0;
  parquet::LevelDecoder decoder_;
  std::vector<int16_t> levels_;
};

}  // namespace tharsis::io
