#include "tharsis/io/parquet_writer.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "tharsis/base/error.h"
#include "tharsis/io/arrow_column.h"
#include "tharsis/io/arrow_pool.h"
#include "tharsis/io/arrow_status.h"

namespace tharsis::io {
namespace {

constexpr int64_t kRowGroupRows = int64_t{1} << 20;

class Writer final : public ParquetWriter {
 public:
  Writer(const std::string& path, const Schema& schema, const std::string& compression,
         const std::string& note)
      : path_(path), unfinished_(fmt::format("{}.{}.part", path, getpid())), schema_(schema) {
    auto arrow_schema = schema_to_arrow(schema);
    if (!note.empty())
      arrow_schema = arrow_schema->WithMetadata(arrow::key_value_metadata({"pandas"}, {note}));
    const auto codec =
        compression == "none"
            ? arrow::Compression::UNCOMPRESSED
            : value_or_throw(arrow::util::Codec::GetCompressionType(compression), "to_parquet");
    parquet::WriterProperties::Builder properties;
    properties.compression(codec)->memory_pool(arrow_pool());
    parquet::ArrowWriterProperties::Builder arrow_properties;
    if (!note.empty()) arrow_properties.store_schema();
    arrow_schema_ = arrow_schema;
    file_ = value_or_throw(arrow::io::FileOutputStream::Open(unfinished_), path_);
    writer_ = value_or_throw(
        parquet::arrow::FileWriter::Open(*arrow_schema, arrow_pool(), file_, properties.build(),
                                         arrow_properties.build()),
        path_);
  }

  ~Writer() override {
    if (closed_) return;
    writer_.reset();
    if (file_ != nullptr) (void)file_->Close();
    std::remove(unfinished_.c_str());
  }

  void write(const memory::Batch& batch) override {
    auto arrow_batch = batch_to_arrow(batch, schema_, arrow_pool(), /*nan_is_null=*/true);
    require_ok(
        writer_->WriteTable(*arrow::Table::Make(arrow_schema_, arrow_batch->columns(), batch.rows),
                            kRowGroupRows),
        path_);
  }

  void close() override {
    require_ok(writer_->Close(), path_);
    require_ok(file_->Close(), path_);
    std::error_code failed;
    std::filesystem::rename(unfinished_, path_, failed);
    require(!failed, ErrorCode::kStorage, "'{}': {}", path_, failed.message());
    closed_ = true;
  }

 private:
  const std::string path_, unfinished_;
  const Schema schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::shared_ptr<arrow::io::FileOutputStream> file_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<ParquetWriter> ParquetWriter::create(const std::string& path, const Schema& schema,
                                                     const std::string& compression,
                                                     const std::string& pandas_note) {
  return std::make_unique<Writer>(path, schema, compression, pandas_note);
}

}  // namespace tharsis::io
