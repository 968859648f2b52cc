#include <algorithm>
#include <list>
#include <mutex>

#include "tharsis/base/error.h"
#include "tharsis/graph/op.h"
#include "tharsis/io/file_list.h"
#include "tharsis/io/parquet.h"
#include "tharsis/ops/relational/table.h"
#include "tharsis/ops/source.h"
#include "tharsis/ops/source/row_tests.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kChunkBytes = int64_t{4} << 20;
constexpr int64_t kStreamRows = 65536;
constexpr int64_t kPieceRows = int64_t{1} << 19;  // each has its own dictionary

// Footers of files that were read lately: a rule asks for the schema many times.
Ref<io::ParquetFile> open_file(const FileAttrs& file) {
  static std::mutex mutex;
  static std::list<std::pair<io::FileStamp, Ref<io::ParquetFile>>> recent;
  const io::FileStamp stamp{file.path, file.size, file.modified_ns};
  const std::lock_guard lock(mutex);
  for (auto at = recent.begin(); at != recent.end(); ++at) {
    if (!(at->first == stamp)) continue;
    recent.splice(recent.begin(), recent, at);
    return at->second;
  }
  io::require_unchanged(stamp);
  recent.emplace_front(stamp, io::ParquetFile::open(file.path));
  if (recent.size() > 64) recent.pop_back();
  return recent.front().second;
}

struct Group {
  Ref<io::ParquetFile> file;
  int number = 0;
  int64_t first_row = 0;
  int64_t rows = 0;
  int64_t bytes = 0;  // of the chosen columns
};

// The row groups of all files, in order.
std::vector<Group> groups_of(const ReadParquetAttrs& attrs) {
  std::vector<Group> groups;
  int64_t first = 0;
  for (const FileAttrs& one : attrs.files) {
    const Ref<io::ParquetFile> file = open_file(one);
    for (size_t i = 0; i < file->row_groups().size(); ++i) {
      const io::RowGroup& group = file->row_groups()[i];
      int64_t bytes = 0;
      for (const int64_t column : attrs.columns) bytes += group.bytes[static_cast<size_t>(column)];
      if (group.rows > 0)
        groups.push_back({file, static_cast<int>(i), first + group.first_row, group.rows, bytes});
    }
    first += file->rows();
  }
  return groups;
}

// With tests the rows are others, and how many is not known.
Meta frame_of(const ReadParquetAttrs& attrs) {
  const Ref<io::ParquetFile> first = open_file(attrs.files[0]);
  Schema schema;
  for (const int64_t column : attrs.columns)
    schema.push_back(first->schema()[static_cast<size_t>(column)]);
  int64_t rows = 0;
  KeyMixer space;
  for (const FileAttrs& file : attrs.files) {
    rows += open_file(file)->rows();
    space.bytes(file.path);
    space.word(static_cast<uint64_t>(file.modified_ns));
  }
  for (ColumnTestAttrs test : attrs.tests) {
    FieldEncoder encoder;
    test.fields(encoder);
    space.bytes(encoder.take());
  }
  return frame_meta(std::move(schema), static_cast<uint16_t>(attrs.index_levels),
                    attrs.tests.empty() ? Dim{rows} : Dim{}, space.finish());
}

std::vector<int> chosen(const ReadParquetAttrs& attrs) {
  return {attrs.columns.begin(), attrs.columns.end()};
}

// Whether the readers can leave out rows that fail the tests.
bool can_choose(const ReadParquetAttrs& attrs) {
  const auto is_read = [&](const ColumnTestAttrs& test) {
    return std::find(attrs.columns.begin(), attrs.columns.end(), test.column) !=
           attrs.columns.end();
  };
  const auto chooses = [&](const FileAttrs& file) {
    return open_file(file)->can_choose(chosen(attrs));
  };
  return !attrs.tests.empty() && std::all_of(attrs.tests.begin(), attrs.tests.end(), is_read) &&
         std::all_of(attrs.files.begin(), attrs.files.end(), chooses);
}

class GroupReader final : public Reader {
 public:
  explicit GroupReader(std::unique_ptr<io::ParquetReader> reader) : reader_(std::move(reader)) {}
  bool next(Batch& out) override { return reader_->next(out); }

 private:
  std::unique_ptr<io::ParquetReader> reader_;
};

class ParquetSource final : public Source {
 public:
  explicit ParquetSource(const ReadParquetAttrs& attrs)
      : columns_(chosen(attrs)),
        chooses_(can_choose(attrs)),
        tests_(attrs.tests, open_file(attrs.files[0])->schema()),
        groups_(groups_of(attrs)) {}

  int64_t rows() const override {
    int64_t sum = 0;
    for (const Group& group : groups_) sum += group.rows;
    return sum;
  }

  // A row group is the least that can be read on its own.
  std::vector<Split> splits(int64_t) const override {
    std::vector<Split> splits;
    for (const Group& group : groups_) {
      const int64_t first_row = tests_.empty() ? group.first_row : -1;
      splits.push_back({splits.size(), first_row, group.rows, group.bytes, {}});
    }
    return splits;
  }
  Own<Reader> open(const Split& split, Worker& worker) const override {
    const Group& group = groups_[split.index];
    if (!chooses_)
      return std::make_unique<GroupReader>(group.file->read(group.number, columns_, kStreamRows));
    io::RowChoice choice{tests_.columns(), [this, &worker](Batch& columns, uint32_t* rows) {
                           return tests_.choose(columns, rows, worker);
                         }};
    return std::make_unique<GroupReader>(
        group.file->read(group.number, columns_, kStreamRows, std::move(choice)));
  }

 private:
  const std::vector<int> columns_;
  const bool chooses_;
  const RowTests tests_;
  const std::vector<Group> groups_;
};

class Scan : public OpOf<ReadParquetAttrs> {
 public:
  std::vector<Meta> infer(const Call& call) const override { return {frame_of(of(call))}; }

  std::vector<Fieldset> demand_fields(const Call&, const Fieldset&) const override { return {}; }

  Narrowed narrow(const Call& call, const Fieldset& needed,
                  std::span<const std::vector<uint32_t>>) const override {
    ReadParquetAttrs attrs = of(call);
    Narrowed result;
    std::vector<int64_t> columns;
    int64_t levels = 0;
    for (uint32_t i = 0; i < needed.size(); ++i) {
      if (!needed[i]) continue;
      result.kept.push_back(i);
      columns.push_back(attrs.columns[i]);
      levels += i < attrs.index_levels;
    }
    // Rows without columns still have to be counted: the narrowest column stands for them.
    if (columns.empty() && !attrs.columns.empty()) {
      columns.push_back(attrs.columns[0]);
      result.kept.push_back(0);
      levels = attrs.index_levels > 0 ? 1 : 0;
    }
    attrs.columns = std::move(columns);
    attrs.index_levels = levels;
    result.attrs = std::move(attrs);
    return result;
  }

  std::optional<Attrs> absorb_tests(const Call& call,
                                    std::span<const FieldTest> tests) const override {
    ReadParquetAttrs attrs = of(call);
    if (!attrs.tests.empty()) return std::nullopt;
    for (const FieldTest& test : tests) {
      const int64_t column = attrs.columns[static_cast<size_t>(test.field)];
      attrs.tests.push_back({column, test.function, test.constants});
    }
    return attrs;
  }
};

// Few large row groups: columns are decoded side by side into stored chunks, so that the passes
// over them can be cut into splits.
class LoadParquet final : public Scan {
 public:
  std::string_view name() const override { return "load_parquet"; }
  Traits traits(const Call&) const override { return {.way = Traits::kWhole}; }

  std::vector<Ref<Value>> evaluate(const Call& call, std::span<const Ref<Value>>,
                                   Driver& driver) const override {
    const ReadParquetAttrs& attrs = of(call);
    const std::vector<Group> groups = groups_of(attrs);
    const auto width = static_cast<int64_t>(attrs.columns.size());
    std::vector<std::vector<Pieces>> columns(groups.size(),
                                             std::vector<Pieces>(attrs.columns.size()));
    driver.parallel(static_cast<int64_t>(groups.size()) * width, [&](int64_t i, Worker& worker) {
      const int64_t column = attrs.columns[static_cast<size_t>(i % width)];
      columns[i / width][i % width] =
          read_pieces(groups[i / width], static_cast<int>(column), worker);
    });
    auto value = std::make_shared<Value>();
    value->meta = frame_of(attrs);
    int64_t rows = 0;
    for (const Group& group : groups) rows += group.rows;
    value->meta.shape = {Dim{rows}};
    value->store = &driver.store();
    value->starts = {0};
    for (size_t g = 0; g < groups.size(); ++g) add_rows(groups[g], columns[g], *value);
    return {value};
  }

 private:
  using Pieces = std::vector<Batch>;  // of one column

  // An interrupt is heard between two pieces.
  static Pieces read_pieces(const Group& group, int column, Worker& worker) {
    Pieces pieces;
    int64_t rows = 0;
    const auto reader = group.file->read(group.number, {column}, kPieceRows);
    for (Batch piece; reader->next(piece); piece = {}) {
      worker.cancel.throw_if_cancelled();
      rows += piece.rows;
      if (piece.rows > 0) pieces.push_back(std::move(piece));
    }
    require(rows == group.rows, ErrorCode::kStorage,
            "read_parquet: a column of row group {} has {} of {} rows", group.number, rows,
            group.rows);
    return pieces;
  }

  // The columns side by side in chunks; these end where a piece ends.
  static void add_rows(const Group& group, const std::vector<Pieces>& columns, Value& value) {
    const int64_t row_bytes = std::max<int64_t>(1, group.bytes / group.rows);
    const int64_t step =
        std::max<int64_t>(kBatchRows, kChunkBytes / row_bytes / kBatchRows * kBatchRows);
    std::vector<std::pair<size_t, int64_t>> at(columns.size());  // the piece, and the row in it
    for (int64_t begin = 0; begin < group.rows;) {
      Batch batch;
      batch.rows = std::min(step, group.rows - begin);
      for (size_t i = 0; i < columns.size(); ++i) {
        const auto& [piece, row] = at[i];
        batch.rows = std::min(batch.rows, columns[i][piece].rows - row);
        batch.columns.push_back(columns[i][piece].columns[0].from(row));
      }
      for (size_t i = 0; i < columns.size(); ++i) {
        auto& [piece, row] = at[i];
        row += batch.rows;
        if (row == columns[i][piece].rows) at[i] = {piece + 1, 0};
      }
      begin += batch.rows;
      value.add(value.store->put(std::move(batch)));
    }
  }
};

const LoadParquet kLoad;

class ReadParquet final : public Scan {
 public:
  std::string_view name() const override { return "read_parquet"; }
  Traits traits(const Call&) const override { return {.way = Traits::kSource}; }

  Run run(const Call& call, std::span<const Ref<Value>>) const override {
    return Ref<Source>(std::make_shared<ParquetSource>(of(call)));
  }

  Lowered lower(const Call& call, std::span<const Expr>, const Facts& facts) const override {
    const std::vector<Group> groups = groups_of(of(call));
    int64_t bytes = 0;
    for (const Group& group : groups) bytes += group.bytes;
    // Where tests leave out rows, columns are not stored for those that are left.
    const size_t enough = can_choose(of(call)) ? size_t{1} : size_t{4};
    const bool few = groups.size() < enough * facts.workers();
    if (!few || bytes > facts.budget_bytes() / 8) return {};
    return std::vector<Expr>{tharsis::call(kLoad, call.attrs, {})};
  }
};

const ReadParquet kRead;

int64_t find_field(const Schema& schema, const std::string& name, const std::string& path) {
  std::vector<std::string> names;
  for (size_t i = 0; i < schema.size(); ++i) {
    if (same_label(schema[i].label, Label(name))) return static_cast<int64_t>(i);
    names.push_back(label_plain(schema[i].label));
  }
  const auto near = near_names(name, names);
  fail(ErrorCode::kColumnNotFound, "read_parquet: '{}' has no column '{}'{}", path, name,
       near.empty() ? "" : "; did you mean '" + near.front() + "'?");
}

void require_same_columns(const io::ParquetFile& first, const io::ParquetFile& other,
                          const std::string& path) {
  const Schema& a = first.schema();
  const Schema& b = other.schema();
  bool same = a.size() == b.size();
  for (size_t i = 0; same && i < a.size(); ++i)
    same = same_label(a[i].label, b[i].label) && a[i].dtype == b[i].dtype;
  require(same, ErrorCode::kStorage,
          "read_parquet: the columns of '{}' differ from those of the first file", path);
}

}  // namespace

Expr read_parquet(const std::string& path, const std::vector<std::string>* columns,
                  const std::vector<std::string>& index) {
  ReadParquetAttrs attrs;
  for (const std::string& file : io::files_of(path, ".parquet")) {
    const io::FileStamp stamp = io::stamp_of(file);
    attrs.files.push_back({stamp.path, stamp.size, stamp.modified_ns});
  }
  const Ref<io::ParquetFile> first = open_file(attrs.files[0]);
  for (size_t i = 1; i < attrs.files.size(); ++i) {
    require_same_columns(*first, *open_file(attrs.files[i]), attrs.files[i].path);
  }
  for (const std::string& name : index)
    attrs.columns.push_back(find_field(first->schema(), name, path));
  attrs.index_levels = static_cast<int64_t>(index.size());
  if (columns != nullptr) {
    for (const std::string& name : *columns)
      attrs.columns.push_back(find_field(first->schema(), name, path));
  } else {
    for (int64_t i = 0; i < static_cast<int64_t>(first->schema().size()); ++i) {
      const auto levels = attrs.columns.begin() + attrs.index_levels;
      if (std::find(attrs.columns.begin(), levels, i) == levels) attrs.columns.push_back(i);
    }
  }
  return call(kRead, std::move(attrs), {});
}

void register_source_ops() {
  static const bool once = [] {
    const Op* const ops[] = {&kRead, &kLoad};
    register_ops(ops);
    return true;
  }();
  (void)once;
}

}  // namespace tharsis::ops
