#include "tharsis/io/parquet_reader.h"

#include <arrow/api.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/io/arrow_column.h"
#include "tharsis/io/arrow_status.h"
#include "tharsis/io/parquet_plain.h"
#include "tharsis/memory/buffer.h"
#include "tharsis/memory/validity.h"

namespace tharsis::io {
namespace {

std::unique_ptr<ParquetPlainReader> open_plain(const OpenParquet& file, int row_group,
                                               const ParquetField& field) {
  const parquet::FileMetaData& metadata = *file.reader->parquet_reader()->metadata();
  return ParquetPlainReader::create({file.source, metadata, row_group, field.leaf}, field.dtype);
}

int64_t rows_of(const OpenParquet& file, int row_group) {
  return file.reader->parquet_reader()->metadata()->RowGroup(row_group)->num_rows();
}

class AllRows final : public ParquetReader {
 public:
  AllRows(OpenParquet file, int row_group, std::vector<ParquetField> fields, int64_t batch_rows,
          std::string path)
      : file_(std::move(file)),
        fields_(std::move(fields)),
        batch_rows_(batch_rows),
        path_(std::move(path)) {
    left_ = rows_of(file_, row_group);
    std::vector<int> leaves;
    for (const ParquetField& field : fields_) {
      if (field.plain) {
        plain_.push_back(open_plain(file_, row_group, field));
      } else {
        leaves.push_back(field.leaf);
      }
    }
    if (!leaves.empty())
      batches_ = value_or_throw(file_.reader->GetRecordBatchReader({row_group}, leaves), path_);
  }

  bool next(memory::Batch& out) override {
    if (left_ == 0) return false;
    out.rows = std::min(batch_rows_, left_);
    out.columns.clear();
    std::shared_ptr<arrow::RecordBatch> batch;
    if (batches_ != nullptr) {
      require_ok(batches_->ReadNext(&batch), path_);
      require(batch != nullptr, ErrorCode::kStorage, "'{}': {} rows are not there", path_, left_);
      out.rows = batch->num_rows();
    }
    from_parquet(path_, [&] { read_columns(batch.get(), out); });
    left_ -= out.rows;
    return true;
  }

 private:
  void read_columns(const arrow::RecordBatch* batch, memory::Batch& out) {
    int by_arrow = 0;
    size_t plain = 0;
    for (const ParquetField& field : fields_) {
      out.columns.push_back(field.plain
                                ? plain_[plain++]->next(out.rows, std::nullopt)
                                : column_from_arrow(batch->column(by_arrow++), field.dtype));
    }
  }

  const OpenParquet file_;
  const std::vector<ParquetField> fields_;
  const int64_t batch_rows_;
  const std::string path_;
  std::vector<std::unique_ptr<ParquetPlainReader>> plain_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  int64_t left_ = 0;
};

template <class T>
void pick(const memory::Column& from, std::span<const uint32_t> rows, memory::Buffer& out) {
  out = memory::Buffer(static_cast<int64_t>(rows.size() * sizeof(T)));
  for (size_t i = 0; i < rows.size(); ++i) out.as<T>()[i] = from.values<T>()[rows[i]];
}

// The rows of a column that was read whole.
memory::Column picked(const memory::Column& column, std::span<const uint32_t> rows) {
  struct Kept {
    memory::Buffer values, validity;
    std::shared_ptr<const void> text;
  };
  auto kept = std::make_shared<Kept>();
  kept->text = column.owner;
  const auto count = static_cast<int64_t>(rows.size());
  switch (column.dtype.width()) {
    case 4:
      pick<uint32_t>(column, rows, kept->values);
      break;
    case 8:
      pick<uint64_t>(column, rows, kept->values);
      break;
    default:
      pick<StringRef>(column, rows, kept->values);
  }
  memory::Column out;
  out.dtype = column.dtype;
  out.data = kept->values.data();
  if (column.validity != nullptr) {
    for (int64_t i = 0; i < count; ++i) {
      if (!column.valid(rows[i])) memory::set_missing(kept->validity, i, count);
    }
    if (!kept->validity.empty()) out.validity = kept->validity.as<uint8_t>();
  }
  out.owner = std::move(kept);
  return out;
}

// Looks at the tested columns first; of the others only the chosen rows are copied.
class ChosenRows final : public ParquetReader {
 public:
  ChosenRows(OpenParquet file, int row_group, std::vector<ParquetField> fields,
             std::vector<int> tested, RowChoice choice, int64_t batch_rows, std::string path)
      : file_(std::move(file)),
        fields_(std::move(fields)),
        tested_(std::move(tested)),
        choice_(std::move(choice)),
        batch_rows_(batch_rows),
        path_(std::move(path)),
        rows_(batch_rows * static_cast<int64_t>(sizeof(uint32_t))) {
    left_ = rows_of(file_, row_group);
    for (const ParquetField& field : fields_)
      readers_.push_back(open_plain(file_, row_group, field));
  }

  bool next(memory::Batch& out) override {
    if (left_ == 0) return false;
    const int64_t rows = std::min(batch_rows_, left_);
    from_parquet(path_, [&] { read(rows, out); });
    left_ -= rows;
    return true;
  }

 private:
  void read(int64_t rows, memory::Batch& out) {
    memory::Batch looked_at;
    looked_at.rows = rows;
    for (const int field : tested_)
      looked_at.columns.push_back(readers_[field]->next(rows, std::nullopt));
    const std::vector<memory::Column> tested = looked_at.columns;
    out.rows = choice_.choose(looked_at, rows_.as<uint32_t>());
    const std::span chosen(rows_.as<uint32_t>(), static_cast<size_t>(out.rows));
    out.columns.clear();
    for (size_t i = 0; i < fields_.size(); ++i) {
      const auto at = std::find(tested_.begin(), tested_.end(), static_cast<int>(i));
      out.columns.push_back(at != tested_.end() ? picked(tested[at - tested_.begin()], chosen)
                                                : readers_[i]->next(rows, chosen));
    }
  }

  const OpenParquet file_;
  const std::vector<ParquetField> fields_;
  const std::vector<int> tested_;
  const RowChoice choice_;
  const int64_t batch_rows_;
  const std::string path_;
  memory::Buffer rows_;
  std::vector<std::unique_ptr<ParquetPlainReader>> readers_;
  int64_t left_ = 0;
};

}  // namespace

std::unique_ptr<ParquetReader> read_row_group(OpenParquet file, int row_group,
                                              std::vector<ParquetField> fields, int64_t batch_rows,
                                              std::string path) {
  return std::make_unique<AllRows>(std::move(file), row_group, std::move(fields), batch_rows,
                                   std::move(path));
}

std::unique_ptr<ParquetReader> read_chosen_rows(OpenParquet file, int row_group,
                                                std::vector<ParquetField> fields,
                                                std::vector<int> tested, RowChoice choice,
                                                int64_t batch_rows, std::string path) {
  return std::make_unique<ChosenRows>(std::move(file), row_group, std::move(fields),
                                      std::move(tested), std::move(choice), batch_rows,
                                      std::move(path));
}

}  // namespace tharsis::io
