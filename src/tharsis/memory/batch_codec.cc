#include "tharsis/memory/batch_codec.h"

#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/base/wire.h"

namespace tharsis::memory {
namespace {

constexpr uint32_t kMagic = 0x31424854;  // "THB1"
constexpr int64_t kAlign = 64;

int64_t aligned(int64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

int64_t value_width(const Column& column) {
  return column.encoding == Encoding::kDictionary ? 4 : column.dtype.width();
}

int64_t value_count(const Column& column, int64_t rows) {
  return column.encoding == Encoding::kConstant ? std::min<int64_t>(rows, 1) : rows;
}

bool holds_text(const Column& column) {
  return column.dtype.is_string() && column.encoding != Encoding::kDictionary;
}

int64_t heap_bytes(const Column& column, int64_t values) {
  if (!holds_text(column)) return 0;
  int64_t bytes = 0;
  const auto* refs = column.values<StringRef>();
  for (int64_t i = 0; i < values; ++i) {
    if (!refs[i].is_inline() && column.valid(i)) bytes += refs[i].length;
  }
  return bytes;
}

struct Extent {
  int64_t data = 0, validity = 0, heap = 0;
  int64_t total() const { return aligned(data) + aligned(validity) + aligned(heap); }
};

Extent extent_of(const Column& column, int64_t values) {
  return {values * value_width(column), column.validity ? (values + 7) / 8 : 0,
          heap_bytes(column, values)};
}

void put_extent(WireWriter& out, const Column& column, int64_t values, const Extent& extent) {
  put_dtype(out, column.dtype);
  out.put(column.encoding);
  out.put(values);
  out.put(extent);
}

void copy_bits(uint8_t* to, const uint8_t* from, int64_t offset, int64_t bits) {
  if (offset % 8 == 0) {
    std::memcpy(to, from + offset / 8, (bits + 7) / 8);
    return;
  }
  std::memset(to, 0, (bits + 7) / 8);
  for (int64_t i = 0; i < bits; ++i) {
    const int64_t bit = offset + i;
    to[i >> 3] |= static_cast<uint8_t>(((from[bit >> 3] >> (bit & 7)) & 1) << (i & 7));
  }
}

// Writes the buffers of `column` at `to`; text that stands outside moves to the heap behind them.
void write_buffers(std::byte* to, const Column& column, int64_t values, const Extent& extent) {
  std::byte* validity = to + aligned(extent.data);
  std::byte* heap = validity + aligned(extent.validity);
  if (extent.data > 0) std::memcpy(to, column.data, extent.data);
  if (extent.validity > 0) {
    copy_bits(reinterpret_cast<uint8_t*>(validity), column.validity, column.validity_offset,
              values);
  }
  if (!holds_text(column)) return;
  auto* refs = reinterpret_cast<StringRef*>(to);
  int64_t used = 0;
  for (int64_t i = 0; i < values; ++i) {
    if (refs[i].is_inline()) continue;
    if (!column.valid(i)) {
      refs[i] = StringRef();
      continue;
    }
    std::memcpy(heap + used, refs[i].pointer, refs[i].length);
    refs[i].pointer = reinterpret_cast<const char*>(used);
    used += refs[i].length;
  }
}

void rebase(std::byte* data, int64_t values, const std::byte* heap, int64_t heap_size) {
  auto* refs = reinterpret_cast<StringRef*>(data);
  for (int64_t i = 0; i < values; ++i) {
    if (refs[i].is_inline()) continue;
    const auto offset = reinterpret_cast<int64_t>(refs[i].pointer);
    require(offset >= 0 && offset + refs[i].length <= heap_size, ErrorCode::kStorage,
            "a spilled batch refers to text outside of its heap: the bytes are damaged");
    refs[i].pointer = reinterpret_cast<const char*>(heap + offset);
  }
}

// Reads a column whose buffers begin at *at, and moves *at behind them.
Column read_column(WireReader& header, const std::shared_ptr<Buffer>& bytes, int64_t* at,
                   int64_t* values) {
  Column column;
  column.dtype = get_dtype(header);
  column.encoding = header.get<Encoding>();
  *values = header.get<int64_t>();
  const auto extent = header.get<Extent>();
  require(extent.data >= 0 && extent.validity >= 0 && extent.heap >= 0 &&
              *at + extent.total() <= bytes->size(),
          ErrorCode::kStorage, "a spilled batch is cut off");
  std::byte* data = bytes->data() + *at;
  std::byte* validity = data + aligned(extent.data);
  column.data = data;
  if (extent.validity > 0) column.validity = reinterpret_cast<const uint8_t*>(validity);
  if (holds_text(column)) rebase(data, *values, validity + aligned(extent.validity), extent.heap);
  column.owner = bytes;
  *at += extent.total();
  return column;
}

}  // namespace

Column flatten(const Column& column, int64_t rows) {
  if (column.encoding == Encoding::kFlat) return column;
  const bool by_code = column.encoding == Encoding::kDictionary;
  const Column& from = by_code ? *column.dictionary : column;
  const int64_t width = column.dtype.width();
  auto data = std::make_shared<Buffer>(rows * width);
  const auto* codes = by_code ? column.values<int32_t>() : nullptr;
  const auto* source = static_cast<const std::byte*>(from.data);
  for (int64_t i = 0; i < rows; ++i) {
    if (by_code && !column.valid(i)) {
      std::memset(data->data() + i * width, 0, width);
    } else {
      std::memcpy(data->data() + i * width, source + (by_code ? codes[i] : 0) * width, width);
    }
  }
  Column out = column;
  out.encoding = Encoding::kFlat;
  out.dictionary = nullptr;
  out.data = data->data();
  auto keep = std::make_shared<std::pair<std::shared_ptr<Buffer>, Column>>(data, column);
  if (!by_code && column.validity != nullptr) {
    auto bits = std::make_shared<Buffer>((rows + 7) / 8);
    std::memset(bits->data(), column.valid(0) ? 0xFF : 0, (rows + 7) / 8);
    out.validity = bits->as<uint8_t>();
    out.validity_offset = 0;
    out.owner = std::make_shared<std::pair<std::shared_ptr<Buffer>, std::shared_ptr<const void>>>(
        bits, keep);
  } else {
    out.owner = keep;
  }
  return out;
}

std::shared_ptr<Buffer> encode_batch(const Batch& batch) {
  Batch flat = batch;
  WireWriter header;
  header.put(batch.rows);
  header.put(batch.split);
  header.put(batch.first_row);
  header.put(static_cast<uint32_t>(batch.columns.size()));
  std::vector<std::pair<Extent, Extent>> extents;
  int64_t total = 0;
  for (Column& column : flat.columns) {
    if (column.encoding == Encoding::kDictionary && column.dictionary_rows > batch.rows) {
      column = flatten(column, batch.rows);
    }
    const int64_t values = value_count(column, batch.rows);
    auto& [own, dictionary] = extents.emplace_back(extent_of(column, values), Extent{});
    put_extent(header, column, values, own);
    if (column.encoding == Encoding::kDictionary) {
      dictionary = extent_of(*column.dictionary, column.dictionary_rows);
      put_extent(header, *column.dictionary, column.dictionary_rows, dictionary);
    }
    total += own.total() + dictionary.total();
  }
  const int64_t head = aligned(16 + static_cast<int64_t>(header.bytes().size()));
  auto bytes = std::make_shared<Buffer>(head + total);
  const auto header_size = static_cast<uint32_t>(header.bytes().size());
  std::memset(bytes->data(), 0, head);
  std::memcpy(bytes->data(), &kMagic, 4);
  std::memcpy(bytes->data() + 4, &header_size, 4);
  std::memcpy(bytes->data() + 8, &total, 8);
  std::memcpy(bytes->data() + 16, header.bytes().data(), header_size);
  std::byte* to = bytes->data() + head;
  for (size_t i = 0; i < flat.columns.size(); ++i) {
    const Column& column = flat.columns[i];
    const auto& [own, dictionary] = extents[i];
    write_buffers(to, column, value_count(column, batch.rows), own);
    to += own.total();
    if (column.encoding != Encoding::kDictionary) continue;
    write_buffers(to, *column.dictionary, column.dictionary_rows, dictionary);
    to += dictionary.total();
  }
  return bytes;
}

Batch decode_batch(std::shared_ptr<Buffer> bytes) {
  uint32_t magic = 0, header_size = 0;
  int64_t total = 0;
  if (bytes->size() >= 16) {
    std::memcpy(&magic, bytes->data(), 4);
    std::memcpy(&header_size, bytes->data() + 4, 4);
    std::memcpy(&total, bytes->data() + 8, 8);
  }
  require(magic == kMagic && 16 + int64_t{header_size} <= bytes->size(), ErrorCode::kStorage,
          "these {} bytes are not a batch", bytes->size());
  int64_t at = aligned(16 + header_size);
  require(at + total <= bytes->size(), ErrorCode::kStorage, "a spilled batch is cut off");
  WireReader header({reinterpret_cast<const char*>(bytes->data()) + 16, header_size});
  Batch batch;
  batch.rows = header.get<int64_t>();
  batch.split = header.get<uint64_t>();
  batch.first_row = header.get<int64_t>();
  const auto columns = header.get<uint32_t>();
  for (uint32_t i = 0; i < columns; ++i) {
    int64_t values = 0;
    Column column = read_column(header, bytes, &at, &values);
    if (column.encoding == Encoding::kDictionary) {
      auto dictionary = std::make_shared<Column>(read_column(header, bytes, &at, &values));
      column.dictionary_rows = values;
      column.dictionary = dictionary;
    }
    batch.columns.push_back(std::move(column));
  }
  return batch;
}

}  // namespace tharsis::memory
