#include "tharsis/io/csv.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "tharsis/base/error.h"
#include "tharsis/io/csv_values.h"

namespace tharsis::io {
namespace {

class File {
 public:
  explicit File(const std::string& text)
      : path_("/tmp/tharsis-csv-test-" + std::to_string(getpid()) + ".csv") {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~File() { std::remove(path_.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

std::string cell(const memory::Column& column, int64_t row) {
  if (!column.valid(row)) return "missing";
  if (column.dtype.id == TypeId::kFloat64) {
    const double value = column.values<double>()[row];
    return value != value ? "nan" : std::to_string(std::bit_cast<uint64_t>(value));
  }
  return memory::scalar_at(column, row).text();
}

// The types, then all values; or the error.
std::vector<std::string> contents(const std::string& path, CsvOptions options, int64_t block_bytes,
                                  bool* by_us = nullptr) {
  std::vector<std::string> out;
  options.block_bytes = block_bytes;
  try {
    const CsvTable table = read_csv(path, options);
    if (by_us != nullptr) *by_us = !table.bytes.empty();
    for (size_t i = 0; i < table.schema.size(); ++i) {
      out.push_back(label_plain(table.schema[i].label) + " " + table.schema[i].dtype.name());
      for (const memory::Batch& batch : table.batches) {
        EXPECT_EQ(batch.columns[i].dtype, table.schema[i].dtype);
        for (int64_t row = 0; row < batch.rows; ++row) out.push_back(cell(batch.columns[i], row));
      }
    }
  } catch (const Error& error) {
    out.push_back(error.what());
  }
  return out;
}

// Reads as Arrow does, whatever the blocks; answers whether we read it.
bool same_as_arrow(const std::string& text, const CsvOptions& options = {},
                   std::initializer_list<int64_t> blocks = {1, 300, 1 << 22}) {
  const File file(text);
  const std::vector<std::string> want = contents(file.path(), options, 0);
  bool by_us = false;
  for (const int64_t block : blocks) {
    const std::vector<std::string> got = contents(file.path(), options, block, &by_us);
    EXPECT_EQ(got, want) << "blocks of " << block << " bytes of\n" << text.substr(0, 2000);
  }
  return by_us;
}

struct Letters {
  std::mt19937 random;
  const std::string& one_of(const std::vector<std::string>& values) {
    return values[random() % values.size()];
  }
};

using Values = std::vector<std::string>;
const std::vector<Values> kColumns{
    {"0", "7", "-12", "123456789", "999999999999999999", "-100000000", "0012", "-0"},
    {"1", "2", "", "NA", "-5"},
    {"0.5", "-12.25", "3", "1e10", "1.7976931348623157e308", "2.2250738585072014e-308", ".5", "5.",
     "0.1", "123456789.123456789", "1234567890123456789", "9007199254740993", "-0.0", "4.35"},
    {"nan", "1.25", "", "NaN", "-nan", "1.#IND"},
    {"a", "", "NA", "text of twelve", "twelve bytes", "more than twelve bytes", "umlaut \xC3\xA4",
     "null", "N", "nobody"},
    {"\"one \"\"or\"\" more\"", "x", "\"\"\"\"", "\"\"\"a\""},
    {"\"quoted\"", "plain", "\"with, comma\"", "\"\"", "\"NA\"", "\"a\nline\""},
    {"\"1\"", "2", "\"-3\""},
    {"True", "False", "true", "FALSE"},
    {"True", "", "False"},
    {"", "NA"},
    {"2024-01-31", "2023-12-01"}};
const Values kOdd{"\"with \"\"quotes\"\"\"",
                  "a\"b",
                  "\r",
                  " 5",
                  "5 ",
                  "1e999",
                  "12345678901234567890",
                  "0x1F",
                  "\xFF\xFE",
                  "inf",
                  "yes",
                  "1,2",
                  "a\nb",
                  "\"open",
                  "\"a\"b",
                  "+5",
                  "--5",
                  "1.2.3",
                  "2024-01-31 10:00:00"};

TEST(Csv, ReadsAsArrowDoesWhateverTheFile) {
  Letters letters{std::mt19937(11)};
  int by_us = 0, by_arrow = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<const Values*> columns;
    const size_t width = 1 + letters.random() % 6;
    for (size_t i = 0; i < width; ++i)
      columns.push_back(&kColumns[letters.random() % kColumns.size()]);
    const bool odd = round % 4 == 0;
    std::string text;
    for (size_t i = 0; i < width; ++i)
      text += (i > 0 ? "," : "") + std::string(i % 2 ? "\"c" : "c") + std::to_string(i) +
              (i % 2 ? "\"" : "");
    const size_t rows = 1 + letters.random() % 100;
    for (size_t row = 0; row < rows; ++row) {
      text += round % 7 == 3 ? "\r\n" : "\n";
      for (size_t i = 0; i < width; ++i) {
        if (i > 0) text += ',';
        text +=
            odd && letters.random() % 100 == 0 ? letters.one_of(kOdd) : letters.one_of(*columns[i]);
      }
    }
    if (round % 2 == 0) text += '\n';
    CsvOptions options;
    if (round % 5 == 0) options.columns = {"c" + std::to_string(letters.random() % width)};
    (same_as_arrow(text, options) ? by_us : by_arrow) += 1;
  }
  EXPECT_GT(by_us, 100);
  EXPECT_GT(by_arrow, 20);
}

TEST(Csv, OptionsMeanTheSame) {
  const std::string text = "note\na;b;c\n1;x;0.5\n2;-;1.5\n-;y;2.5\n";
  CsvOptions options;
  options.delimiter = ';';
  options.skip_rows = 1;
  EXPECT_TRUE(same_as_arrow(text, options));
  options.missing = {"-"};
  EXPECT_TRUE(same_as_arrow(text, options));
  options.columns = {"c", "a"};
  EXPECT_TRUE(same_as_arrow(text, options));
  options.names = {"a", "b", "c"};
  EXPECT_TRUE(same_as_arrow(text, options));
  options.header = false;
  options.skip_rows = 2;
  EXPECT_TRUE(same_as_arrow(text, options));
  options.dtypes = {{"c", TypeId::kString}, {"a", TypeId::kInt64}};
  EXPECT_TRUE(same_as_arrow(text, options));
  options.dtypes = {{"c", TypeId::kFloat32}};
  EXPECT_FALSE(same_as_arrow(text, options));
  // A number may stand for a missing value: it must not be read as one.
  options.dtypes = {};
  options.missing = {"2", "1.5"};
  EXPECT_FALSE(same_as_arrow(text, options));
}

TEST(Csv, ByteOrderMarkAndEmptyFilesAndLines) {
  EXPECT_TRUE(
      same_as_arrow("\xEF\xBB\xBF"
                    "a,b\n1,2\n"));
  EXPECT_FALSE(same_as_arrow("\xEF\xBB\xBF"));
  EXPECT_FALSE(same_as_arrow(""));
  EXPECT_FALSE(same_as_arrow("a,b"));
  EXPECT_FALSE(same_as_arrow("a,b\n"));
  EXPECT_FALSE(same_as_arrow("a,b\n1,2\n\n3,4\n"));
  EXPECT_FALSE(same_as_arrow("a\n1\n\n2\n"));
  EXPECT_TRUE(same_as_arrow("a,b\r\n1,2\r\n3,4\r\n"));
  EXPECT_TRUE(same_as_arrow("a,\"b\"\r\n1,\"x\"\r\n3,\"y\"\n5,\r\n\"\",z"));
  EXPECT_FALSE(same_as_arrow("a,b\r1,2\r3,4\r"));
  EXPECT_FALSE(same_as_arrow("a,b\r\n1,2\r\n\r\n3,4\r\n"));
  EXPECT_FALSE(same_as_arrow("a\r\n1\r\n\r\n2\r\n"));
  EXPECT_TRUE(same_as_arrow(
      "a,b\n\"\"\"\",\"say \"\"yes\"\"\"\n\"a long text \"\"with\"\" quotes\",\"\"\n"));
  EXPECT_FALSE(same_as_arrow("a,b\nx\"\"y,1\n"));
  EXPECT_FALSE(same_as_arrow("a,a\n1,2\n"));
  EXPECT_FALSE(same_as_arrow("a,b\n1,2\n3\n4,5,6\n"));  // as many values as two lines have
  EXPECT_FALSE(same_as_arrow("a,b\n1,2\n\n3\n"));
}

// Types are found at the beginning; a value that does not fit comes much later.
TEST(Csv, TypesMayChangeLate) {
  std::string text = "a,b\n";
  for (int row = 0; row < 120'000; ++row) text += std::to_string(row) + ",x\n";
  const auto late = [&](const std::string& line) {
    return same_as_arrow(text + line + text.substr(4, 1000), {}, {100'000});
  };
  EXPECT_TRUE(late("5,y\n"));
  EXPECT_TRUE(late(",NA\n"));  // whole numbers with a gap: floats
  EXPECT_FALSE(late("0.5,y\n"));
  EXPECT_FALSE(late("word,y\n"));
  EXPECT_TRUE(late("5,\"a \"\"word\"\"\"\n"));
  EXPECT_TRUE(late("5,x\r\n"));
  EXPECT_FALSE(late("5,a \"word\"\n"));
  EXPECT_FALSE(late("5,\"not closed\n"));
  EXPECT_FALSE(late("5\n"));
  EXPECT_TRUE(late("5,\"several\nlines\n\"\n"));
}

TEST(CsvValues, FloatsAreThoseOfTheLibrary) {
  std::mt19937_64 random(3);
  std::string room(200, ' ');
  int read = 0;
  for (int i = 0; i < 200'000; ++i) {
    char text[64];
    const int digits = static_cast<int>(random() % 18);
    const double value =
        i % 3 == 0 ? std::bit_cast<double>(random()) : static_cast<double>(random() % 100'000) / 7;
    const int n = std::snprintf(text, sizeof text, i % 2 ? "%.*g" : "%.*f", digits,
                                i % 3 == 0 && i % 2 == 0 ? static_cast<double>(random()) : value);
    room.replace(70, static_cast<size_t>(n), text, static_cast<size_t>(n));
    double got = 0;
    if (!parse_float(std::string_view(room.data() + 70, static_cast<size_t>(n)), got)) continue;
    ++read;
    ASSERT_EQ(std::bit_cast<uint64_t>(got), std::bit_cast<uint64_t>(std::strtod(text, nullptr)))
        << text;
  }
  EXPECT_GT(read, 190'000);
}

}  // namespace
}  // namespace tharsis::io
