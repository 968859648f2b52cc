#include "tharsis/io/parquet_page.h"

#include <parquet/exception.h>

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

ParquetPages::ParquetPages(std::unique_ptr<parquet::PageReader> pages,
                           const parquet::ColumnDescriptor& column)
    : pages_(std::move(pages)), max_level_(column.max_definition_level()) {}

bool ParquetPages::open() {
  while (rows_ == 0) {
    page_ = pages_->NextPage();
    if (page_ == nullptr) return false;
    const bool is_data = page_->type() == parquet::PageType::DATA_PAGE ||
                         page_->type() == parquet::PageType::DATA_PAGE_V2;
    if (page_->type() == parquet::PageType::INDEX_PAGE) continue;
    if (!is_data ||
        static_cast<const parquet::DataPage&>(*page_).encoding() != parquet::Encoding::PLAIN)
      throw ParquetException("a page is not plain, as the footer says");
    read_levels(static_cast<const parquet::DataPage&>(*page_));
  }
  return true;
}

void ParquetPages::read_levels(const parquet::DataPage& page) {
  at_ = page.data();
  end_ = at_ + page.size();
  rows_ = page.num_values();
  if (rows_ < 0) throw ParquetException("a page of ", rows_, " values");
  levels_.clear();
  if (rows_ == 0) return;
  const auto rows = static_cast<int>(rows_);
  const uint8_t* levels = at_;
  int64_t bytes = 0;
  if (page.type() == parquet::PageType::DATA_PAGE_V2) {
    const auto& v2 = static_cast<const parquet::DataPageV2&>(page);
    const int64_t before = v2.repetition_levels_byte_length();
    bytes = v2.definition_levels_byte_length();
    if (before < 0 || bytes < 0 || before + bytes > page.size())
      throw ParquetException("the levels of a page are cut off");
    levels += before;
    at_ = levels + bytes;
    if (max_level_ == 0 || is_one_run(levels, bytes, rows_)) return;
    decoder_.SetDataV2(static_cast<int32_t>(bytes), max_level_, rows, levels);
  } else {
    if (max_level_ == 0) return;
    const auto encoding = static_cast<const parquet::DataPageV1&>(page).definition_level_encoding();
    bytes = decoder_.SetData(encoding, max_level_, rows, at_, page.size());
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
