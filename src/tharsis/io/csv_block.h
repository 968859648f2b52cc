#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tharsis/io/csv_values.h"
#include "tharsis/memory/column.h"

namespace tharsis::io {

/// What the values of a column are; kNothing: all of them are missing.
enum class CsvKind : uint8_t { kNothing, kInt, kFloat, kBool, kText };

struct CsvField {
  int position = 0;  // in the lines of the file
  CsvKind kind = CsvKind::kText;
};

/// How the lines of a file look.
struct CsvLines {
  char delimiter = ',';
  int width = 0;                 // values per line
  std::vector<CsvField> fields;  // those that are read, in the order of the output
  const MissingTexts* missing = nullptr;
};

/// Reads lines that are as simple as can be: quotes stand around whole values, and each line has
/// the same number of values. One thread; what it holds is used again for the next block.
class CsvBlockReader {
 public:
  explicit CsvBlockReader(const CsvLines& lines) : lines_(lines) {}

  /// The rows of `text`, whole lines of which the last one has its end too; kCsvMargin bytes before
  /// and behind may be read. Missing numbers are NaN in floats; all else has a validity. `bytes`:
  /// what they take. False where a line or a value is not as it should be: somebody else must read
  /// the file.
  bool read(std::string_view text, memory::Batch& out, int64_t& bytes);

 private:
  struct Filled;
  bool find_values(std::string_view text);
  std::string_view without_doubled(std::string_view value);
  bool fill(const char* text, size_t field, Filled& filled, int64_t begin, int64_t end);
  template <class Parse>
  bool fill_with(const char* text, int position, int64_t begin, int64_t end, const Parse& parse);
  memory::Column column_of(size_t field, const std::shared_ptr<Filled>& filled) const;

  const CsvLines& lines_;
  memory::Buffer
      ends_;  // positions of the ends of values, behind one that stands for the beginning
  int64_t rows_ = 0;
  bool returns_ = false, doubled_ = false;  // of the block, as in kernels::Separators
  std::string single_;                      // a value with its doubled quotes made single ones
};

}  // namespace tharsis::io
