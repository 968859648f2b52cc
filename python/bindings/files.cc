#include "bindings.h"
#include "tharsis/base/error.h"
#include "tharsis/io/csv.h"
#include "tharsis/io/file_list.h"
#include "tharsis/io/parquet.h"
#include "tharsis/io/parquet_writer.h"
#include "tharsis/memory/value.h"
#include "tharsis/ops/source.h"

namespace tharsis::python {
namespace {

Expr read_csv(const std::string& path, const std::string& delimiter, bool header,
              const std::vector<std::string>& names, const std::vector<std::string>& columns,
              const nb::dict& dtypes, const std::vector<std::string>& times,
              const std::vector<std::string>& missing, int64_t skip_rows) {
  const UserLine line;
  io::CsvOptions options;
  require(delimiter.size() == 1, ErrorCode::kUnsupported, "read_csv: a delimiter of {} characters",
          delimiter.size());
  options.delimiter = delimiter[0];
  options.header = header;
  options.names = names;
  options.columns = columns;
  for (const auto& [name, dtype] : dtypes)
    options.dtypes.emplace_back(nb::cast<std::string>(name), dtype_from_python(dtype));
  options.times = times;
  options.missing = missing;
  options.skip_rows = skip_rows;
  io::CsvTable table;
  {
    const nb::gil_scoped_release released;
    table = io::read_csv(path, options, [] { session().poll(); });
  }
  Meta meta = frame_meta(std::move(table.schema), 0, Dim{0}, fresh_key());
  if (table.bytes.empty()) {
    for (const memory::Batch& batch : table.batches)
      table.bytes.push_back(memory::batch_bytes(batch));
  }
  auto value = memory::frame_value(session().store(), std::move(meta), {});
  for (size_t i = 0; i < table.batches.size(); ++i)
    value->add(session().store().put(std::move(table.batches[i]), table.bytes[i]));
  value->meta.shape = {Dim{value->rows()}};
  return stored_leaf(std::move(value));
}

// Rows go to the file chunk by chunk, in order.
void write_parquet(const Expr& frame, const std::string& path,
                   const std::vector<std::string>& names, const std::string& compression,
                   const std::string& note) {
  const Ref<Value> value = run_released({frame})[0];
  Schema schema = *value->meta.schema;
  for (size_t i = 0; i < schema.size(); ++i) schema[i].label = Label(names[i]);
  const nb::gil_scoped_release released;
  const auto writer = io::ParquetWriter::create(path, schema, compression, note);
  for (const auto& chunk : value->chunks) {
    session().poll();
    writer->write(*chunk->store().pin(chunk));
  }
  writer->close();
}

}  // namespace

void bind_files(nb::module_& m) {
  m.def(
      "read_parquet",
      [](const std::string& path, const std::optional<std::vector<std::string>>& columns,
         const std::vector<std::string>& index) {
        const UserLine line;
        return ops::read_parquet(path, columns ? &*columns : nullptr, index);
      },
      nb::arg("path"), nb::arg("columns").none() = nb::none(),
      nb::arg("index") = std::vector<std::string>());
  m.def(
      "parquet_note",
      [](const std::string& path) {
        return io::ParquetFile::open(io::files_of(path, ".parquet")[0])->pandas_note();
      },
      "What a Parquet file says to pandas (JSON); empty if nothing.");
  m.def("write_parquet", &write_parquet, nb::arg("frame"), nb::arg("path"), nb::arg("names"),
        nb::arg("compression"), nb::arg("note"));
  m.def("read_csv", &read_csv, nb::arg("path"), nb::arg("delimiter"), nb::arg("header"),
        nb::arg("names"), nb::arg("columns"), nb::arg("dtypes"), nb::arg("times"),
        nb::arg("missing"), nb::arg("skip_rows"));
}

}  // namespace tharsis::python
