#include "tharsis/io/arrow_stream.h"

#include <arrow/api.h>
#include <arrow/c/bridge.h>

#include "tharsis/base/error.h"
#include "tharsis/io/arrow_column.h"
#include "tharsis/io/arrow_pool.h"
#include "tharsis/io/arrow_status.h"

namespace tharsis::io {
namespace {

constexpr std::string_view kWho = "reading Arrow data";

Label category_label(const arrow::Array& values, int64_t i) {
  const auto scalar = value_or_throw(values.GetScalar(i), kWho);
  switch (values.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return Label(scalar->ToString());
    case arrow::Type::BOOL:
      return Label(static_cast<const arrow::BooleanScalar&>(*scalar).value);
    case arrow::Type::DOUBLE:
      return Label(static_cast<const arrow::DoubleScalar&>(*scalar).value);
    default: {
      const auto number = scalar->CastTo(arrow::int64());
      require(number.ok(), ErrorCode::kUnsupported,
              "categories of the Arrow type {} are not supported", values.type()->ToString());
      return Label(static_cast<const arrow::Int64Scalar&>(**number).value);
    }
  }
}

DType category_of(const arrow::ChunkedArray& column) {
  const auto& type = static_cast<const arrow::DictionaryType&>(*column.type());
  std::vector<Label> labels;
  if (column.num_chunks() > 0) {
    const auto& values = *static_cast<const arrow::DictionaryArray&>(*column.chunk(0)).dictionary();
    for (int64_t i = 0; i < values.length(); ++i) labels.push_back(category_label(values, i));
  }
  return category_type(std::move(labels), type.ordered());
}

DType dtype_of(const arrow::ChunkedArray& column, Flavour flavour) {
  if (column.type()->id() == arrow::Type::DICTIONARY) return category_of(column);
  const DType dtype = dtype_from_arrow(*column.type(), flavour);
  const bool gaps = flavour == Flavour::kNumpy && column.null_count() > 0;
  return gaps ? with_gaps(dtype) : dtype;
}

// Reads the chunks of a stored frame one after the other.
class ValueReader final : public arrow::RecordBatchReader {
 public:
  ValueReader(std::shared_ptr<const memory::Value> value, Schema schema, bool nan_is_null)
      : value_(std::move(value)),
        schema_(std::move(schema)),
        arrow_schema_(schema_to_arrow(schema_)),
        nan_is_null_(nan_is_null) {}

  std::shared_ptr<arrow::Schema> schema() const override { return arrow_schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    *out = nullptr;
    if (next_ == value_->chunks.size()) return arrow::Status::OK();
    try {
      const auto& chunk = value_->chunks[next_++];
      // Columns own their buffers: they may outlive the pin.
      const memory::Pin pin = chunk->store().pin(chunk);
      *out = batch_to_arrow(*pin, schema_, arrow_pool(), nan_is_null_);
      return arrow::Status::OK();
    } catch (const std::exception& error) {
      return arrow::Status::IOError(error.what());
    }
  }

 private:
  const std::shared_ptr<const memory::Value> value_;
  const Schema schema_;
  const std::shared_ptr<arrow::Schema> arrow_schema_;
  const bool nan_is_null_;
  size_t next_ = 0;
};

}  // namespace

ImportedFrame import_stream(ArrowArrayStream* stream, Flavour flavour) {
  auto reader = value_or_throw(arrow::ImportRecordBatchReader(stream), kWho);
  auto table = value_or_throw(reader->ToTable(), kWho);
  table = value_or_throw(arrow::DictionaryUnifier::UnifyTable(*table), kWho);
  ImportedFrame out;
  for (int i = 0; i < table->num_columns(); ++i) {
    out.schema.push_back({Label(table->field(i)->name()), dtype_of(*table->column(i), flavour)});
  }
  arrow::TableBatchReader batches(*table);
  for (std::shared_ptr<arrow::RecordBatch> next;;) {
    require_ok(batches.ReadNext(&next), kWho);
    if (next == nullptr) return out;
    memory::Batch batch;
    batch.rows = next->num_rows();
    for (int i = 0; i < next->num_columns(); ++i) {
      batch.columns.push_back(
          column_from_arrow(next->column(i), out.schema[static_cast<size_t>(i)].dtype));
    }
    out.batches.push_back(std::move(batch));
  }
}

void export_stream(std::shared_ptr<const memory::Value> value,
                   const std::vector<std::string>& names, bool nan_is_null, ArrowArrayStream* out) {
  Schema schema = *value->meta.schema;
  for (size_t i = 0; i < schema.size(); ++i) schema[i].label = Label(names[i]);
  require_ok(
      arrow::ExportRecordBatchReader(
          std::make_shared<ValueReader>(std::move(value), std::move(schema), nan_is_null), out),
      "handing a frame to Arrow");
}

}  // namespace tharsis::io
