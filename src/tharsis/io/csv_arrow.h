#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tharsis/io/csv.h"

namespace tharsis::io {

/// What stands for a missing value: what the user says, else what pandas takes for one.
const std::vector<std::string>& missing_texts(const CsvOptions& options);

/// The columns as the beginning of a file shows them; what looks like a time is text unless the
/// user says otherwise. `quotes`: whether it has any. `who` begins the sentences of errors.
std::shared_ptr<arrow::Schema> csv_beginning(const std::string& path, const CsvOptions& options,
                                             bool quotes, const std::string& who);

/// Any CSV file.
CsvTable read_csv_by_arrow(const std::string& path, const CsvOptions& options,
                           const std::function<void()>& poll, const std::string& who);

}  // namespace tharsis::io
