#include "tharsis/io/parquet_plain.h"

#include <parquet/exception.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/io/text_heap.h"
#include "tharsis/memory/buffer.h"
#include "tharsis/memory/validity.h"

namespace tharsis::io {
namespace {

using parquet::ParquetException;
using Wanted = std::span<const uint32_t>;

bool holds(parquet::Type::type physical, const DType& dtype) {
  switch (dtype.id) {
    case TypeId::kInt32:
    case TypeId::kUInt32:
      return physical == parquet::Type::INT32;
    case TypeId::kInt64:
    case TypeId::kUInt64:
      return physical == parquet::Type::INT64;
    case TypeId::kFloat32:
      return physical == parquet::Type::FLOAT;
    case TypeId::kFloat64:
      return physical == parquet::Type::DOUBLE;
    case TypeId::kString:
      return physical == parquet::Type::BYTE_ARRAY;
    default:
      return false;
  }
}

// Decimals and times of day are numbers with another meaning.
bool means_itself(const parquet::ColumnDescriptor& column) {
  const auto& logical = column.logical_type();
  return logical == nullptr || logical->is_none() || logical->is_int() || logical->is_string();
}

[[noreturn]] void cut_off() { throw ParquetException("the values of a page are cut off"); }

// What a column keeps.
struct Kept {
  memory::Buffer values, validity;
  std::vector<memory::Buffer> heap;
};

// Rows of the batch that is being read, and where the next value goes.
struct Place {
  int64_t done = 0;    // rows of the batch that were passed
  int64_t filled = 0;  // values in the column
};

// How values of one type stand in a page:
//   passed(from, end, rows): the bytes behind the next `rows` values;
//   whole(from, end, rows, out): copies them, and answers the same;
//   some(from, end, rows, first, wanted, out): only those at `wanted`, positions that begin with
//   `first`.
template <class T>
struct FixedWidth {
  using Value = T;
  static constexpr int64_t kWidth = sizeof(T);

  const uint8_t* passed(const uint8_t* from, const uint8_t* end, int64_t rows) const {
    if (end - from < rows * kWidth) cut_off();
    return from + rows * kWidth;
  }
  const uint8_t* whole(const uint8_t* from, const uint8_t* end, int64_t rows, T* out) {
    const uint8_t* to = passed(from, end, rows);
    std::memcpy(out, from, static_cast<size_t>(rows * kWidth));
    return to;
  }
  const uint8_t* some(const uint8_t* from, const uint8_t* end, int64_t rows, int64_t first,
                      Wanted wanted, T* out) {
    const uint8_t* to = passed(from, end, rows);
    for (size_t i = 0; i < wanted.size(); ++i)
      std::memcpy(out + i, from + (wanted[i] - first) * kWidth, kWidth);
    return to;
  }
  static T missing() {
    if constexpr (std::numeric_limits<T>::has_quiet_NaN) return std::numeric_limits<T>::quiet_NaN();
    return T{};
  }
  std::vector<memory::Buffer> take_heap() { return {}; }
};

// The length, in four bytes, and the text: for up to twelve letters this is our layout already.
class Text {
 public:
  using Value = StringRef;

  const uint8_t* passed(const uint8_t* from, const uint8_t* end, int64_t rows) const {
    while (rows > 0) {
      const uint32_t length = length_at(from, end);
      const int64_t equal = equal_lengths(from, end, rows, length);
      from += equal * (kHead + length);
      rows -= equal;
    }
    return from;
  }
  const uint8_t* whole(const uint8_t* from, const uint8_t* end, int64_t rows, StringRef* out) {
    for (int64_t i = 0; i < rows; ++i) {
      const uint32_t length = length_at(from, end);
      out[i] = text(from, end, length);
      from += kHead + length;
    }
    return from;
  }
  const uint8_t* some(const uint8_t* from, const uint8_t* end, int64_t rows, int64_t first,
                      Wanted wanted, StringRef* out) {
    int64_t at = 0;
    size_t next = 0;
    while (at < rows) {
      const uint32_t length = length_at(from, end);
      const int64_t equal = equal_lengths(from, end, rows - at, length);
      const int64_t stride = kHead + length;
      for (; next < wanted.size() && wanted[next] - first < at + equal; ++next)
        out[next] = text(from + (wanted[next] - first - at) * stride, end, length);
      from += equal * stride;
      at += equal;
    }
    return from;
  }
  static StringRef missing() { return {}; }
  std::vector<memory::Buffer> take_heap() { return heap_.take(); }

 private:
  static constexpr int64_t kHead = 4;

  static uint32_t load_length(const uint8_t* from) {
    uint32_t length;
    std::memcpy(&length, from, kHead);
    return length;
  }
  static uint32_t length_at(const uint8_t* from, const uint8_t* end) {
    if (end - from < kHead) cut_off();
    const uint32_t length = load_length(from);
    if (length > end - from - kHead) cut_off();
    return length;
  }
  // How many of the next `rows` texts, at least one, have the length of the first. Where many do,
  // no load waits for the length before.
  static int64_t equal_lengths(const uint8_t* from, const uint8_t* end, int64_t rows,
                               uint32_t length) {
    const int64_t stride = kHead + length;
    const uint8_t* next = from + stride;
    int64_t equal = 1;
    for (; equal < rows && end - next >= stride && load_length(next) == length; ++equal)
      next += stride;
    return equal;
  }

  StringRef text(const uint8_t* from, const uint8_t* end, uint32_t length) {
    // A page is gone when the next one is read.
    if (length > StringRef::kInline) return heap_.copy(from + kHead, length);
    StringRef out;
    if (end - from < static_cast<int64_t>(sizeof(StringRef)))
      return {reinterpret_cast<const char*>(from + kHead), length};
    uint64_t words[2];
    std::memcpy(words, from, sizeof words);
    words[0] &= kMasks[length][0];
    words[1] &= kMasks[length][1];
    std::memcpy(static_cast<void*>(&out), words, sizeof words);
    return out;
  }

  // The bytes of a StringRef that hold a length and so much text.
  static constexpr auto kMasks = [] {
    std::array<std::array<uint64_t, 2>, StringRef::kInline + 1> masks{};
    for (uint32_t length = 0; length < masks.size(); ++length) {
      for (uint32_t byte = 0; byte < kHead + length; ++byte)
        masks[length][byte / 8] |= uint64_t{0xFF} << (byte % 8 * 8);
    }
    return masks;
  }();

  TextHeap heap_;
};

template <class Layout>
class PlainReader final : public ParquetPlainReader {
 public:
  PlainReader(const ParquetChunk& chunk, DType dtype) : pages_(chunk), dtype_(std::move(dtype)) {}

  memory::Column next(int64_t rows, const Rows& wanted) override {
    auto kept = std::make_shared<Kept>();
    const int64_t count = wanted ? static_cast<int64_t>(wanted->size()) : rows;
    kept->values = memory::Buffer(count * static_cast<int64_t>(sizeof(Value)));
    Place place;
    while (place.done < rows) {
      if (!pages_.open())
        throw ParquetException("a column ends ", rows - place.done, " rows early");
      const int64_t here = std::min(pages_.rows(), rows - place.done);
      const Rows some = wanted ? Rows(within(*wanted, place, here)) : std::nullopt;
      if (some && some->empty()) {
        pages_.skip(here);
      } else {
        const int64_t skipped = pages_.load();
        if (skipped > 0) read(skipped, Rows(Wanted()), place, count, *kept);
        read(here, some, place, count, *kept);
      }
      place.done += here;
      place.filled += some ? static_cast<int64_t>(some->size()) : here;
    }
    kept->heap = layout_.take_heap();
    memory::Column column;
    column.dtype = dtype_;
    column.data = kept->values.data();
    if (!kept->validity.empty()) column.validity = kept->validity.template as<uint8_t>();
    column.owner = std::move(kept);
    return column;
  }

 private:
  using Value = typename Layout::Value;

  static Wanted within(Wanted wanted, const Place& place, int64_t rows) {
    const auto begin = wanted.begin() + place.filled;
    return {begin, std::lower_bound(begin, wanted.end(), place.done + rows)};
  }

  void read(int64_t rows, const Rows& wanted, const Place& place, int64_t count, Kept& kept) {
    auto* out = kept.values.template as<Value>() + place.filled;
    pages_.pass(rows, pages_.has_gaps() ? with_gaps(rows, wanted, place, count, kept)
                                        : without_gaps(rows, wanted, place.done, out));
  }

  const uint8_t* without_gaps(int64_t rows, const Rows& wanted, int64_t first, Value* out) {
    const uint8_t *from = pages_.at(), *end = pages_.end();
    if (!wanted) return layout_.whole(from, end, rows, out);
    if (wanted->empty()) return layout_.passed(from, end, rows);
    return layout_.some(from, end, rows, first, *wanted, out);
  }

  const uint8_t* with_gaps(int64_t rows, const Rows& wanted, const Place& place, int64_t count,
                           Kept& kept) {
    const auto present = pages_.present();
    const uint8_t* from = pages_.at();
    int64_t filled = place.filled;
    size_t next = 0;
    for (int64_t i = 0; i < rows; ++i) {
      const bool take = !wanted || (next < wanted->size() && (*wanted)[next] == place.done + i);
      next += take;
      const bool there = present[i] != 0;
      Value value = Layout::missing();
      if (there) {
        from = take ? layout_.whole(from, pages_.end(), 1, &value)
                    : layout_.passed(from, pages_.end(), 1);
      }
      if (!take) continue;
      if (!there && !dtype_.nan_is_missing()) memory::set_missing(kept.validity, filled, count);
      kept.values.template as<Value>()[filled++] = value;
    }
    return from;
  }

  ParquetPages pages_;
  const DType dtype_;
  Layout layout_;
};

}  // namespace

bool is_plain(const parquet::FileMetaData& file, int column, const DType& dtype) {
  const parquet::ColumnDescriptor& descriptor = *file.schema()->Column(column);
  if (descriptor.max_repetition_level() > 0 || descriptor.max_definition_level() > 1 ||
      !holds(descriptor.physical_type(), dtype) || !means_itself(descriptor))
    return false;
  for (int group = 0; group < file.num_row_groups(); ++group) {
    const auto chunk = file.RowGroup(group)->ColumnChunk(column);
    if (chunk->has_dictionary_page() || !ParquetPages::can_read(file, *chunk)) return false;
    for (const parquet::Encoding::type encoding : chunk->encodings()) {
      if (encoding != parquet::Encoding::PLAIN && encoding != parquet::Encoding::RLE &&
          encoding != parquet::Encoding::BIT_PACKED)
        return false;
    }
  }
  return true;
}

std::unique_ptr<ParquetPlainReader> ParquetPlainReader::create(const ParquetChunk& chunk,
                                                               DType dtype) {
  const auto make = [&]<class Layout>(Layout) -> std::unique_ptr<ParquetPlainReader> {
    return std::make_unique<PlainReader<Layout>>(chunk, std::move(dtype));
  };
  switch (dtype.id) {
    case TypeId::kString:
      return make(Text());
    case TypeId::kFloat64:
      return make(FixedWidth<double>());
    case TypeId::kFloat32:
      return make(FixedWidth<float>());
    case TypeId::kInt64:
    case TypeId::kUInt64:
      return make(FixedWidth<int64_t>());
    default:
      return make(FixedWidth<int32_t>());
  }
}

}  // namespace tharsis::io
