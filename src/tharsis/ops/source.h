#pragma once

#include <string>
#include <vector>

#include "tharsis/graph/expr.h"

namespace tharsis::ops {

/// A file and what it was when the graph was built.
struct FileAttrs {
  std::string path;
  int64_t size = 0;
  int64_t modified_ns = 0;
  void fields(Fields& f) {
    f("path", path);
    f("size", size);
    f("modified_ns", modified_ns);
  }
};

/// A comparison of a column with constants, as of FieldTest.
struct ColumnTestAttrs {
  int64_t column = 0;  // position in the file
  std::string function;
  std::vector<Scalar> constants;
  void fields(Fields& f) {
    f("column", column);
    f("function", function);
    f("constants", constants);
  }
};

/// Rows of Parquet files, one file after the other. All files have the columns of the first.
struct ReadParquetAttrs {
  std::vector<FileAttrs> files;
  std::vector<int64_t> columns;  // positions in the file; the fields of the output, in this order
  int64_t index_levels = 0;      // the first so many of them are index levels
  std::vector<ColumnTestAttrs> tests;  // rows that fail one of them may be left out
  void fields(Fields& f) {
    f("files", files);
    f("columns", columns);
    f("index_levels", index_levels);
    f("tests", tests);
  }
};

/// `path`: a file, a folder or a pattern. Without `columns` all of them; unknown ones are an error
/// with near names. `index`: columns that become index levels.
Expr read_parquet(const std::string& path, const std::vector<std::string>* columns = nullptr,
                  const std::vector<std::string>& index = {});

void register_source_ops();

}  // namespace tharsis::ops
