#include "tharsis/io/parquet.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/io/arrow_column.h"
#include "tharsis/io/arrow_pool.h"
#include "tharsis/io/arrow_status.h"
#include "tharsis/io/parquet_plain.h"
#include "tharsis/io/parquet_reader.h"

namespace tharsis::io {
namespace {

bool is_coded(const parquet::ColumnChunkMetaData& chunk) {
  if (!chunk.has_dictionary_page()) return false;
  for (const parquet::PageEncodingStats& pages : chunk.encoding_stats()) {
    const bool codes = pages.encoding == parquet::Encoding::RLE_DICTIONARY ||
                       pages.encoding == parquet::Encoding::PLAIN_DICTIONARY;
    if (pages.page_type != parquet::PageType::DICTIONARY_PAGE && !codes) return false;
  }
  return true;
}

// Text whose pages are all dictionary-encoded is read as codes: the dictionary is decoded once.
// Writers give up a dictionary that becomes large; the pages from then on are plain.
bool has_dictionary(const parquet::FileMetaData& file, int column) {
  for (int group = 0; group < file.num_row_groups(); ++group) {
    if (!is_coded(*file.RowGroup(group)->ColumnChunk(column))) return false;
  }
  return file.num_row_groups() > 0;
}

// Missing values of a column, -1 where the file does not say.
int64_t count_nulls(const parquet::FileMetaData& file, int column) {
  int64_t sum = 0;
  for (int group = 0; group < file.num_row_groups(); ++group) {
    const auto statistics = file.RowGroup(group)->ColumnChunk(column)->statistics();
    if (statistics == nullptr || !statistics->HasNullCount()) return -1;
    sum += statistics->null_count();
  }
  return sum;
}

bool encodes_gaps_in_bits(const DType& dtype) { return !dtype.is_integer() && !dtype.is_bool(); }

class File final : public ParquetFile {
 public:
  explicit File(const std::string& path) : path_(path) {
    try {
      auto file = parquet::ParquetFileReader::OpenFile(path, /*memory_map=*/false);
      metadata_ = file->metadata();
    } catch (const std::exception& error) {
      fail(ErrorCode::kStorage, "'{}' cannot be read as Parquet: {}", path, error.what());
    }
    for (int column = 0; column < metadata_->num_columns(); ++column) {
      coded_.push_back(metadata_->schema()->Column(column)->physical_type() ==
                           parquet::Type::BYTE_ARRAY &&
                       has_dictionary(*metadata_, column));
    }
    read_schema();
    read_row_groups();
  }

  const Schema& schema() const override { return schema_; }
  int64_t rows() const override { return metadata_->num_rows(); }
  const std::vector<RowGroup>& row_groups() const override { return groups_; }

  std::string pandas_note() const override {
    const auto& notes = metadata_->key_value_metadata();
    if (notes == nullptr) return {};
    auto note = notes->Get("pandas");
    return note.ok() ? *note : std::string();
  }

  std::unique_ptr<ParquetReader> read(int row_group, std::vector<int> columns,
                                      int64_t batch_rows) const override {
    return from_parquet(path_, [&] {
      return read_row_group(open_arrow(batch_rows), row_group, fields_of(columns), batch_rows,
                            path_);
    });
  }

  bool can_choose(const std::vector<int>& columns) const override {
    return std::all_of(columns.begin(), columns.end(),
                       [&](int column) { return plain_[static_cast<size_t>(column)]; });
  }

  std::unique_ptr<ParquetReader> read(int row_group, std::vector<int> columns, int64_t batch_rows,
                                      RowChoice choice) const override {
    std::vector<int> tested;
    for (const int column : choice.columns) {
      const auto at = std::find(columns.begin(), columns.end(), column);
      check(at != columns.end(), "rows are chosen by a column that is not read");
      tested.push_back(static_cast<int>(at - columns.begin()));
    }
    return from_parquet(path_, [&] {
      return read_chosen_rows(open_arrow(batch_rows), row_group, fields_of(columns),
                              std::move(tested), std::move(choice), batch_rows, path_);
    });
  }

 private:
  std::vector<ParquetField> fields_of(const std::vector<int>& columns) const {
    std::vector<ParquetField> fields;
    for (const int column : columns) {
      const auto at = static_cast<size_t>(column);
      fields.push_back({leaves_[at], schema_[at].dtype, plain_[at]});
    }
    return fields;
  }

  OpenParquet open_arrow(int64_t batch_rows) const {
    OpenParquet out;
    out.source = value_or_throw(arrow::io::ReadableFile::Open(path_, arrow_pool()), path_);
    const parquet::ReaderProperties reading(arrow_pool());
    auto below = parquet::ParquetFileReader::Open(out.source, reading, metadata_);
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_batch_size(batch_rows);
    for (int column = 0; column < metadata_->num_columns(); ++column) {
      if (coded_[static_cast<size_t>(column)]) properties.set_read_dictionary(column, true);
    }
    out.reader = value_or_throw(
        parquet::arrow::FileReader::Make(arrow_pool(), std::move(below), properties), path_);
    return out;
  }

  // Nested columns are left out of the schema only when somebody asks for them: their type is an
  // error.
  void read_schema() {
    std::shared_ptr<arrow::Schema> arrow_schema;
    require_ok(open_arrow(1).reader->GetSchema(&arrow_schema), path_);
    int leaf = 0;
    for (const auto& field : arrow_schema->fields()) {
      require(field->type()->num_fields() == 0 || field->type()->id() == arrow::Type::DICTIONARY,
              ErrorCode::kUnsupported, "'{}': column '{}' is nested ({})", path_, field->name(),
              field->type()->ToString());
      DType dtype = dtype_from_arrow(*field->type(), Flavour::kNumpy);
      if (field->nullable() && !encodes_gaps_in_bits(dtype) && has_gaps(leaf, dtype))
        dtype = with_gaps(dtype);
      schema_.push_back({Label(field->name()), dtype});
      plain_.push_back(is_plain(*metadata_, leaf, dtype));
      leaves_.push_back(leaf++);
    }
  }

  bool has_gaps(int leaf, const DType& dtype) {
    const int64_t nulls = count_nulls(*metadata_, leaf);
    if (nulls >= 0) return nulls > 0;
    const auto reader = open_arrow(metadata_->num_rows() + 1).reader;
    std::shared_ptr<arrow::ChunkedArray> column;
    require_ok(reader->ReadColumn(leaf, &column), path_);
    (void)dtype;
    return column->null_count() > 0;
  }

  void read_row_groups() {
    int64_t first = 0;
    for (int i = 0; i < metadata_->num_row_groups(); ++i) {
      const auto group = metadata_->RowGroup(i);
      RowGroup out{first, group->num_rows(), {}};
      for (size_t column = 0; column < schema_.size(); ++column) {
        const int64_t fixed = group->num_rows() * schema_[column].dtype.width();
        const int64_t text = schema_[column].dtype.is_string()
                                 ? group->ColumnChunk(leaves_[column])->total_uncompressed_size()
                                 : 0;
        out.bytes.push_back(fixed + text);
      }
      first += group->num_rows();
      groups_.push_back(std::move(out));
    }
  }

  const std::string path_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  std::vector<bool> coded_;  // by Parquet column: text in dictionary pages
  Schema schema_;
  std::vector<int> leaves_;  // the Parquet column of each field
  std::vector<bool> plain_;  // by field: read by us
  std::vector<RowGroup> groups_;
};

}  // namespace

Ref<ParquetFile> ParquetFile::open(const std::string& path) { return std::make_shared<File>(path); }

}  // namespace tharsis::io
