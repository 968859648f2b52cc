#pragma once

#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/schema.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tharsis::io {

/// The data pages of a column chunk, one after the other, with the plain values as they stand in
/// them. One thread. Throws parquet::ParquetException where a page is broken or not plain.
class ParquetPages {
 public:
  /// REQUIRES: a column that is not nested.
  ParquetPages(std::unique_ptr<parquet::PageReader> pages, const parquet::ColumnDescriptor& column);

  /// Goes to the next page that has rows, when the rows of this one were passed; false at the end.
  bool open();

  int64_t rows() const { return rows_; }  // of the page that were not passed yet
  /// Behind the values that were passed; the bytes of a page are valid until the next one is open.
  const uint8_t* at() const { return at_; }
  const uint8_t* end() const { return end_; }
  bool has_gaps() const { return !levels_.empty(); }
  /// Per row of `rows()`, where there are gaps: 1 for a row that has a value.
  std::span<const int16_t> present() const { return std::span(levels_).last(rows_); }
  /// `rows` rows and the bytes of their values were read.
  void pass(int64_t rows, const uint8_t* to);

 private:
  void read_levels(const parquet::DataPage& page);

  std::unique_ptr<parquet::PageReader> pages_;
  int16_t max_level_;
  std::shared_ptr<parquet::Page> page_;
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  int64_t rows_ = 0;
  parquet::LevelDecoder decoder_;
  std::vector<int16_t> levels_;
};

}  // namespace tharsis::io
