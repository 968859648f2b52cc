#include "tharsis/memory/batch_codec.h"

#include <cstring>
#include <vector>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/base/wire.h"
#include "tharsis/memory/packed_numbers.h"

namespace tharsis::memory {
namespace {

constexpr uint32_t kMagic = 0x32424854;  // "THB2"
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

// Whether the values are whole numbers, which are packed.
bool holds_numbers(const Column& column) {
  const DType& dtype = column.dtype;
  return column.encoding == Encoding::kDictionary || dtype.is_integer() || dtype.is_time() ||
         dtype.is_category();
}

// The buffers of a column in the bytes: values (packed; of text the lengths), validity, and the
// texts, one behind the other.
struct Extent {
  int64_t data = 0, validity = 0, heap = 0;
  Packing packing;
  int64_t total() const { return aligned(data) + aligned(validity) + aligned(heap); }
};

struct Encoded {
  const Column* column;
  int64_t values;
  Extent extent;
  std::vector<uint32_t> lengths;  // of text
};

Encoded encoded(const Column& column, int64_t values) {
  Encoded out{&column, values, {}, {}};
  Extent& extent = out.extent;
  extent.data = values * value_width(column);
  if (column.validity != nullptr) extent.validity = (values + 7) / 8;
  if (holds_numbers(column)) {
    extent.packing = Packing::of(column.data, value_width(column), values);
    extent.data = values * extent.packing.bytes;
  }
  if (!holds_text(column)) return out;
  const auto* texts = column.values<StringRef>();
  out.lengths.resize(values);
  for (int64_t i = 0; i < values; ++i) {
    out.lengths[i] = column.valid(i) ? texts[i].length : 0;
    extent.heap += out.lengths[i];
  }
  extent.packing = Packing::of(out.lengths.data(), 4, values);
  extent.data = values * extent.packing.bytes;
  return out;
}

void put_extent(WireWriter& out, const Encoded& encoded) {
  put_dtype(out, encoded.column->dtype);
  out.put(encoded.column->encoding);
  out.put(encoded.values);
  out.put(encoded.extent);
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

// The bytes behind a short text may be overwritten: what stands there is written later.
void write_texts(std::byte* to, const StringRef* texts, const std::vector<uint32_t>& lengths) {
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (texts[i].is_inline()) {
      std::memcpy(to, texts[i].prefix, StringRef::kInline);
    } else if (lengths[i] > 0) {
      std::memcpy(to, texts[i].pointer, lengths[i]);
    }
    to += lengths[i];
  }
}

void write_buffers(std::byte* to, const Encoded& encoded) {
  const Column& column = *encoded.column;
  const Extent& extent = encoded.extent;
  std::byte* validity = to + aligned(extent.data);
  std::byte* heap = validity + aligned(extent.validity);
  if (extent.validity > 0) {
    copy_bits(reinterpret_cast<uint8_t*>(validity), column.validity, column.validity_offset,
              encoded.values);
  }
  if (holds_text(column)) {
    pack_numbers(extent.packing, encoded.lengths.data(), 4, encoded.values, to);
    write_texts(heap, column.values<StringRef>(), encoded.lengths);
  } else if (holds_numbers(column)) {
    pack_numbers(extent.packing, column.data, value_width(column), encoded.values, to);
  } else if (extent.data > 0) {
    std::memcpy(to, column.data, extent.data);
  }
}

// A text of `length` bytes at `from`, behind which kPadding bytes can be read.
StringRef text_at(const std::byte* from, uint32_t length) {
  if (length > StringRef::kInline) return {reinterpret_cast<const char*>(from), length};
  StringRef out;
  out.length = length;
  uint64_t words[2] = {0, 0};
  std::memcpy(words, from, StringRef::kInline);
  const auto mask = [](uint32_t bytes) {
    return bytes >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * bytes)) - 1;
  };
  words[0] &= mask(length);
  words[1] &= length > 8 ? mask(length - 8) : 0;
  std::memcpy(out.prefix, words, StringRef::kInline);
  return out;
}

// Texts from their lengths and bytes; answers whether some refer to the bytes.
bool read_texts(const Extent& extent, const std::byte* data, const std::byte* heap, int64_t values,
                StringRef* texts) {
  std::vector<uint32_t> lengths(values);
  unpack_numbers(extent.packing, data, 4, values, lengths.data());
  int64_t at = 0;
  bool refer = false;
  for (int64_t i = 0; i < values; ++i) {
    require(at + lengths[i] <= extent.heap, ErrorCode::kStorage,
            "a spilled batch refers to text outside of its heap: the bytes are damaged");
    texts[i] = text_at(heap + at, lengths[i]);
    refer |= !texts[i].is_inline();
    at += lengths[i];
  }
  return refer;
}

// Whether the extent is one that was written for such a column.
bool is_sound(const Extent& extent, const Column& column, int64_t values) {
  const int32_t bytes = extent.packing.bytes;
  const bool packed = holds_text(column) || holds_numbers(column);
  const int64_t width = packed ? bytes : value_width(column);
  return (bytes == 0 || bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) && values >= 0 &&
         extent.data == values * width && extent.heap >= 0 &&
         (extent.validity == 0 || extent.validity == (values + 7) / 8);
}

// Reads a column whose buffers begin at *at, and moves *at behind them.
Column read_column(WireReader& header, const std::shared_ptr<Buffer>& bytes, int64_t* at,
                   int64_t* values) {
  Column column;
  column.dtype = get_dtype(header);
  column.encoding = header.get<Encoding>();
  *values = header.get<int64_t>();
  const auto extent = header.get<Extent>();
  require(is_sound(extent, column, *values) && *at + extent.total() <= bytes->size(),
          ErrorCode::kStorage, "a spilled batch is cut off");
  std::byte* data = bytes->data() + *at;
  std::byte* validity = data + aligned(extent.data);
  *at += extent.total();
  column.data = data;
  column.owner = bytes;
  if (extent.validity > 0) column.validity = reinterpret_cast<const uint8_t*>(validity);
  if (!holds_text(column) && !holds_numbers(column)) return column;
  const int64_t width = value_width(column);
  if (!holds_text(column) && extent.packing == Packing{0, static_cast<int32_t>(width)})
    return column;
  struct Unpacked {
    Buffer values;
    std::shared_ptr<Buffer> bytes;  // null where nothing refers to them
  };
  auto own = std::make_shared<Unpacked>(Buffer(*values * width), nullptr);
  bool refer = column.validity != nullptr;
  if (holds_text(column)) {
    refer |= read_texts(extent, data, validity + aligned(extent.validity), *values,
                        own->values.as<StringRef>());
  } else {
    unpack_numbers(extent.packing, data, width, *values, own->values.data());
  }
  if (refer) own->bytes = bytes;
  column.data = own->values.data();
  column.owner = std::move(own);
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
  std::vector<Encoded> all;
  int64_t total = 0;
  const auto add = [&](const Column& column, int64_t values) {
    all.push_back(encoded(column, values));
    put_extent(header, all.back());
    total += all.back().extent.total();
  };
  for (Column& column : flat.columns) {
    if (column.encoding == Encoding::kDictionary && column.dictionary_rows > batch.rows)
      column = flatten(column, batch.rows);
    add(column, value_count(column, batch.rows));
    if (column.encoding == Encoding::kDictionary) add(*column.dictionary, column.dictionary_rows);
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
  for (const Encoded& column : all) {
    write_buffers(to, column);
    to += column.extent.total();
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
