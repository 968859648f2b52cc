#include "tharsis/io/csv.h"

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/file.h>
#include <arrow/util/cancel.h>
#include <arrow/util/future.h>

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/io/arrow_column.h"
#include "tharsis/io/arrow_pool.h"
#include "tharsis/io/arrow_status.h"

namespace tharsis::io {
namespace {

// What pandas takes for a missing value.
const std::vector<std::string>& missing_texts() {
  static const std::vector<std::string> texts = {
      "",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
      "-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NA",       "NULL",
      "NaN",  "None",   "n/a",      "nan",  "null"};
  return texts;
}

arrow::csv::ReadOptions read_options(const CsvOptions& options) {
  auto out = arrow::csv::ReadOptions::Defaults();
  out.use_threads = true;
  out.block_size = 4 << 20;
  out.skip_rows = static_cast<int32_t>(options.skip_rows);
  out.column_names = options.names;
  if (!options.names.empty() && options.header) out.skip_rows += 1;
  require(options.header || !options.names.empty(), ErrorCode::kUnsupported,
          "read_csv: no header and no names");
  return out;
}

arrow::csv::ConvertOptions convert_options(const CsvOptions& options) {
  auto out = arrow::csv::ConvertOptions::Defaults();
  out.null_values = options.missing.empty() ? missing_texts() : options.missing;
  out.true_values = {"True", "TRUE", "true"};
  out.false_values = {"False", "FALSE", "false"};
  out.strings_can_be_null = true;
  out.include_columns = options.columns;
  for (const auto& [name, dtype] : options.dtypes) out.column_types[name] = dtype_to_arrow(dtype);
  for (const std::string& name : options.times)
    out.column_types[name] = arrow::timestamp(arrow::TimeUnit::MICRO);
  return out;
}

bool is_time(const arrow::DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP || type.id() == arrow::Type::DATE32 ||
         type.id() == arrow::Type::TIME32 || type.id() == arrow::Type::TIME64;
}

// Times are read as times only where the user says so: what looks like one at the start of the file
// is text.
void keep_times_as_text(const std::string& path, const arrow::csv::ReadOptions& reading,
                        const arrow::csv::ParseOptions& parsing,
                        arrow::csv::ConvertOptions& converting) {
  auto file = value_or_throw(arrow::io::ReadableFile::Open(path, arrow_pool()), path);
  auto first = arrow::csv::StreamingReader::Make(arrow::io::IOContext(arrow_pool()), file, reading,
                                                 parsing, converting);
  require_ok(first.status(), "read_csv: '" + path + "'");
  for (const auto& field : (*first)->schema()->fields()) {
    if (is_time(*field->type()) && !converting.column_types.contains(field->name())) {
      converting.column_types[field->name()] = arrow::large_utf8();
    }
  }
}

DType dtype_of(const arrow::ChunkedArray& column, const std::string& name,
               const CsvOptions& options) {
  for (const auto& [given, dtype] : options.dtypes) {
    if (given == name) return dtype;
  }
  const DType dtype = dtype_from_arrow(*column.type(), Flavour::kNumpy);
  if (column.null_count() == 0) return dtype;
  if (column.type()->id() == arrow::Type::NA || dtype.is_integer()) return TypeId::kFloat64;
  return dtype.is_bool() ? dtype.with_flavour(Flavour::kNullable) : dtype;
}

// Arrow reads on its own threads; an interrupted wait tells them to stop, and waits for that.
arrow::Result<std::shared_ptr<arrow::Table>> awaited(
    arrow::Future<std::shared_ptr<arrow::Table>> table, arrow::StopSource& stop,
    const std::function<void()>& poll) {
  while (!table.Wait(0.05)) {
    try {
      if (poll) poll();
    } catch (...) {
      stop.RequestStop();
      table.Wait();
      throw;
    }
  }
  return table.result();
}

}  // namespace

CsvTable read_csv(const std::string& path, const CsvOptions& options,
                  const std::function<void()>& poll) {
  const std::string who = "read_csv: '" + path + "'";
  const auto reading = read_options(options);
  auto parsing = arrow::csv::ParseOptions::Defaults();
  parsing.delimiter = options.delimiter;
  parsing.newlines_in_values = true;
  auto converting = convert_options(options);
  keep_times_as_text(path, reading, parsing, converting);
  auto file = value_or_throw(arrow::io::ReadableFile::Open(path, arrow_pool()), path);
  arrow::StopSource stop;
  const arrow::io::IOContext context(arrow_pool(), stop.token());
  auto reader = value_or_throw(
      arrow::csv::TableReader::Make(context, file, reading, parsing, converting), who);
  const auto table = value_or_throw(awaited(reader->ReadAsync(), stop, poll), who);
  CsvTable out;
  for (int i = 0; i < table->num_columns(); ++i) {
    const std::string& name = table->field(i)->name();
    out.schema.push_back({Label(name), dtype_of(*table->column(i), name, options)});
  }
  arrow::TableBatchReader batches(*table);
  for (std::shared_ptr<arrow::RecordBatch> next;;) {
    require_ok(batches.ReadNext(&next), who);
    if (next == nullptr) return out;
    memory::Batch batch;
    batch.rows = next->num_rows();
    for (int i = 0; i < next->num_columns(); ++i) {
      batch.columns.push_back(
          column_from_arrow(next->column(i), out.schema[static_cast<size_t>(i)].dtype));
    }
    if (batch.rows > 0) out.batches.push_back(std::move(batch));
  }
}

}  // namespace tharsis::io
