#include "tharsis/io/csv_arrow.h"

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/file.h>
#include <arrow/util/cancel.h>
#include <arrow/util/future.h>
#include <arrow/util/parallel.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "tharsis/base/error.h"
#include "tharsis/io/arrow_column.h"
#include "tharsis/io/arrow_pool.h"
#include "tharsis/io/arrow_status.h"
#include "tharsis/io/csv.h"

namespace tharsis::io {
namespace {

arrow::csv::ReadOptions read_options(const CsvOptions& options) {
  auto out = arrow::csv::ReadOptions::Defaults();
  out.use_threads = true;
  out.block_size = 1 << 20;
  out.skip_rows = static_cast<int32_t>(options.skip_rows);
  out.column_names = options.names;
  if (!options.names.empty() && options.header) out.skip_rows += 1;
  require(options.header || !options.names.empty(), ErrorCode::kUnsupported,
          "read_csv: no header and no names");
  return out;
}

arrow::csv::ConvertOptions convert_options(const CsvOptions& options) {
  auto out = arrow::csv::ConvertOptions::Defaults();
  out.null_values = missing_texts(options);
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

// Times are read as times only where the user says so: what looks like one is text. A short look
// at the beginning finds most of them.
void keep_times_as_text(const arrow::Schema& schema, arrow::csv::ConvertOptions& converting) {
  for (const auto& field : schema.fields()) {
    if (is_time(*field->type()) && !converting.column_types.contains(field->name()))
      converting.column_types[field->name()] = arrow::large_utf8();
  }
}

std::shared_ptr<arrow::io::RandomAccessFile> opened(const std::string& path) {
  return value_or_throw(arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ), path);
}

std::shared_ptr<arrow::Schema> beginning(const std::string& path, arrow::csv::ReadOptions reading,
                                         const arrow::csv::ParseOptions& parsing,
                                         const arrow::csv::ConvertOptions& converting,
                                         const std::string& who) {
  reading.use_threads = false;
  reading.block_size = 256 << 10;
  auto first = arrow::csv::StreamingReader::Make(arrow::io::IOContext(arrow_pool()), opened(path),
                                                 reading, parsing, converting);
  require_ok(first.status(), who);
  return (*first)->schema();
}

// Without a quote no value can hold a line break, and blocks are cut at the next one.
bool has_quotes(const std::string& path, char quote, const std::function<void()>& poll) {
  constexpr int64_t kPiece = int64_t{16} << 20;
  const auto file = opened(path);
  const int64_t size = value_or_throw(file->GetSize(), path);
  for (int64_t at = 0; at < size; at += kPiece) {
    if (poll) poll();
    const auto bytes = value_or_throw(file->ReadAt(at, std::min(kPiece, size - at)), path);
    if (std::memchr(bytes->data(), quote, static_cast<size_t>(bytes->size())) != nullptr)
      return true;
  }
  return false;
}

// Ends early when it is told to stop: Arrow looks for the ends of lines up to the end of the file,
// whatever became of its other work.
class StoppableFile final : public arrow::io::InputStream {
 public:
  StoppableFile(const std::string& path, arrow::StopToken stop)
      : file_(opened(path)), stop_(std::move(stop)) {}

  arrow::Status Close() override { return file_->Close(); }
  bool closed() const override { return file_->closed(); }
  arrow::Result<int64_t> Tell() const override { return file_->Tell(); }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_RETURN_NOT_OK(stop_.Poll());
    return file_->Read(bytes, out);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_RETURN_NOT_OK(stop_.Poll());
    return file_->Read(bytes);
  }

 private:
  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const arrow::StopToken stop_;
};

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

std::shared_ptr<arrow::Table> read_table(const std::string& path, const CsvOptions& options,
                                         const std::function<void()>& poll,
                                         const std::string& who) {
  const auto reading = read_options(options);
  auto parsing = arrow::csv::ParseOptions::Defaults();
  parsing.delimiter = options.delimiter;
  parsing.newlines_in_values = has_quotes(path, parsing.quote_char, poll);
  auto converting = convert_options(options);
  keep_times_as_text(*beginning(path, reading, parsing, converting, who), converting);
  for (;;) {
    arrow::StopSource stop;
    const arrow::io::IOContext context(arrow_pool(), stop.token());
    const auto reader = value_or_throw(
        arrow::csv::TableReader::Make(context, std::make_shared<StoppableFile>(path, stop.token()),
                                      reading, parsing, converting),
        who);
    auto table = value_or_throw(awaited(reader->ReadAsync(), stop, poll), who);
    const size_t told = converting.column_types.size();
    keep_times_as_text(*table->schema(), converting);
    if (converting.column_types.size() == told) return table;
  }
}

DType dtype_of(const arrow::ChunkedArray& column, const std::string& name,
               const CsvOptions& options) {
  if (const DType* given = options.given_dtype(name)) return *given;
  const DType dtype = dtype_from_arrow(*column.type(), Flavour::kNumpy);
  if (column.null_count() == 0) return dtype;
  return column.type()->id() == arrow::Type::NA ? DType(TypeId::kFloat64) : with_gaps(dtype);
}

// All columns of all batches, on all cores.
std::vector<memory::Batch> batches_of(const arrow::Table& table, const Schema& schema,
                                      const std::function<void()>& poll, const std::string& who) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> pieces;
  arrow::TableBatchReader reader(table);
  for (std::shared_ptr<arrow::RecordBatch> next;;) {
    require_ok(reader.ReadNext(&next), who);
    if (next == nullptr) break;
    if (next->num_rows() > 0) pieces.push_back(std::move(next));
  }
  std::vector<memory::Batch> out(pieces.size());
  for (size_t i = 0; i < pieces.size(); ++i) {
    out[i].rows = pieces[i]->num_rows();
    out[i].columns.resize(schema.size());
  }
  std::vector<std::exception_ptr> wrong(pieces.size() * schema.size());
  const auto convert = [&](int task) {
    const size_t piece = static_cast<size_t>(task) / schema.size();
    const size_t column = static_cast<size_t>(task) % schema.size();
    try {
      out[piece].columns[column] =
          column_from_arrow(pieces[piece]->column(static_cast<int>(column)), schema[column].dtype);
    } catch (...) {
      wrong[static_cast<size_t>(task)] = std::current_exception();
    }
    return arrow::Status::OK();
  };
  constexpr int kTasks = 64;  // an interrupt is heard between so many
  const int count = static_cast<int>(wrong.size());
  for (int begin = 0; begin < count; begin += kTasks) {
    if (poll) poll();
    const auto some = [&](int task) { return convert(begin + task); };
    require_ok(arrow::internal::ParallelFor(std::min(kTasks, count - begin), some), who);
  }
  for (const std::exception_ptr& error : wrong) {
    if (error != nullptr) std::rethrow_exception(error);
  }
  return out;
}

}  // namespace

const std::vector<std::string>& missing_texts(const CsvOptions& options) {
  static const std::vector<std::string> of_pandas = {
      "",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
      "-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NA",       "NULL",
      "NaN",  "None",   "n/a",      "nan",  "null"};
  return options.missing.empty() ? of_pandas : options.missing;
}

std::shared_ptr<arrow::Schema> csv_beginning(const std::string& path, const CsvOptions& options,
                                             bool quotes, const std::string& who) {
  auto parsing = arrow::csv::ParseOptions::Defaults();
  parsing.delimiter = options.delimiter;
  parsing.newlines_in_values = quotes;
  auto converting = convert_options(options);
  const auto reading = read_options(options);
  const auto first = beginning(path, reading, parsing, converting, who);
  const size_t told = converting.column_types.size();
  keep_times_as_text(*first, converting);
  if (converting.column_types.size() == told) return first;
  return beginning(path, reading, parsing, converting, who);
}

CsvTable read_csv_by_arrow(const std::string& path, const CsvOptions& options,
                           const std::function<void()>& poll, const std::string& who) {
  const auto table = read_table(path, options, poll, who);
  CsvTable out;
  for (int i = 0; i < table->num_columns(); ++i) {
    const std::string& name = table->field(i)->name();
    out.schema.push_back({Label(name), dtype_of(*table->column(i), name, options)});
  }
  out.batches = batches_of(*table, out.schema, poll, who);
  return out;
}

}  // namespace tharsis::io
