#include "tharsis/ops/relational/sort/kept_rows.h"

#include <algorithm>
#include <cstring>

#include "tharsis/base/string_ref.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kSegmentBytes = int64_t{8} << 20;

bool has_owners(const Batch& batch) {
  return std::all_of(batch.columns.begin(), batch.columns.end(), [](const Column& column) {
    return column.owner != nullptr &&
           (column.dictionary == nullptr || column.dictionary->owner != nullptr);
  });
}

// Whether `next` are the rows after the `rows` rows of `column`, in the same memory.
bool continues(const Column& column, int64_t rows, const Column& next) {
  if (column.owner != next.owner || column.encoding != next.encoding ||
      column.validity != next.validity || column.dictionary != next.dictionary)
    return false;
  const Column expected = column.from(rows);
  return expected.data == next.data && expected.validity_offset == next.validity_offset;
}

bool continues(const Batch& batch, const Batch& next) {
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    if (!continues(batch.columns[i], batch.rows, next.columns[i])) return false;
  }
  return !batch.columns.empty();
}

}  // namespace

// A view is counted again here although its Store counts it too: what is held twice over is held
// until the Store may not write it out.
int64_t KeptRows::growth_max(const Batch& batch) const {
  const int64_t bytes = memory::batch_bytes(batch);
  return has_owners(batch) ? bytes : std::max(2 * bytes + (int64_t{64} << 10), builder_.bytes());
}

void KeptRows::add(const Batch& batch, memory::Store& store) {
  rows_ += batch.rows;
  if (!has_owners(batch)) {
    builder_.append(batch);
    if (builder_.bytes() > kSegmentBytes) flush(store, false);
    return;
  }
  flush(store, false);
  const int64_t bytes = memory::batch_bytes(batch);
  kept_bytes_ += bytes;
  if (!segments_.empty()) {
    Segment& last = segments_.back();
    if (last.chunk == nullptr && continues(last.batch, batch)) {
      last.batch.rows += batch.rows;
      last.rows += batch.rows;
      total_bytes_ += bytes;
      return;
    }
  }
  append(batch, nullptr, bytes);
}

void KeptRows::append(Batch batch, Ref<memory::Chunk> chunk, int64_t bytes) {
  const int64_t first = segments_.empty() ? 0 : segments_.back().first_row + segments_.back().rows;
  const int64_t rows = chunk != nullptr ? chunk->rows() : batch.rows;
  total_bytes_ += bytes;
  segments_.push_back({std::move(batch), std::move(chunk), first, rows});
}

bool KeptRows::flush(memory::Store& store, bool to_disk) {
  if (builder_.rows() == 0) return false;
  Ref<memory::Chunk> chunk =
      to_disk ? store.put_on_disk(builder_.take()) : store.put(builder_.take());
  const int64_t bytes = chunk->bytes();
  append({}, std::move(chunk), bytes);
  return true;
}

bool KeptRows::write_views(memory::Store& store) {
  bool wrote = false;
  for (Segment& segment : segments_) {
    if (segment.chunk != nullptr) continue;
    segment.chunk = store.put_on_disk(segment.batch);
    segment.batch = Batch();
    wrote = true;
  }
  kept_bytes_ = 0;
  spilled_ |= wrote;
  return wrote;
}

void KeptRows::close(memory::Store& store) {
  flush(store, false);
  if (2 * store.budget().used_bytes() > store.budget().limit_bytes()) write_views(store);
}

bool KeptRows::spill(memory::Store& store) {
  const bool flushed = flush(store, true);
  spilled_ |= flushed;
  return write_views(store) || flushed;
}

namespace {

// Calls visit(span, first) for each span, where `first` numbers its first row among all.
template <class Visit>
void each_span(std::span<const RowSpan> spans, Visit visit) {
  int64_t first = 0;
  for (const RowSpan& span : spans) {
    visit(span, first);
    first += span.count;
  }
}

struct alignas(8) Wide {
  uint64_t words[2];
};

template <class T>
void place_flat(const RowSpan& span, const Column& column, const uint32_t* to, T* out) {
  const T* values = column.values<T>();
  if (column.encoding == Encoding::kConstant) {
    for (int64_t i = 0; i < span.count; ++i) out[to[i]] = values[0];
    return;
  }
  if (column.encoding == Encoding::kDictionary) {
    const T* texts = column.dictionary->values<T>();
    const auto* codes = column.values<int32_t>();
    for (int64_t i = 0; i < span.count; ++i) {
      const int64_t row = span.rows != nullptr ? span.rows[i] - span.first_row : i;
      out[to[i]] = column.valid(row) ? texts[codes[row]] : T{};
    }
    return;
  }
  if (span.rows == nullptr) {
    for (int64_t i = 0; i < span.count; ++i) out[to[i]] = values[i];
    return;
  }
  const uint32_t* rows = span.rows;
  const int64_t first = span.first_row;
  for (int64_t i = 0; i < span.count; ++i) out[to[i]] = values[rows[i] - first];
}

void place_width(const RowSpan& span, const Column& column, int64_t width, const uint32_t* to,
                 void* out) {
  switch (width) {
    case 1:
      return place_flat(span, column, to, static_cast<uint8_t*>(out));
    case 2:
      return place_flat(span, column, to, static_cast<uint16_t*>(out));
    case 4:
      return place_flat(span, column, to, static_cast<uint32_t*>(out));
    case 8:
      return place_flat(span, column, to, static_cast<uint64_t*>(out));
    default:
      return place_flat(span, column, to, static_cast<Wide*>(out));
  }
}

// What a placed column owns.
struct Placed {
  memory::Buffer data;
  memory::Buffer validity;
  memory::Buffer text;
};

// Clears the bits of missing rows; the bitmap is made when the first is met.
void place_validity(const RowSpan& span, const Column& column, const uint32_t* to, int64_t n,
                    Placed& out) {
  if (column.validity == nullptr) return;
  for (int64_t i = 0; i < span.count; ++i) {
    const int64_t row = span.rows != nullptr ? span.rows[i] - span.first_row : i;
    if (column.valid(row)) continue;
    if (out.validity.empty()) {
      out.validity = memory::Buffer((n + 7) / 8);
      std::memset(out.validity.data(), 0xFF, (n + 7) / 8);
    }
    out.validity.as<uint8_t>()[to[i] >> 3] &= static_cast<uint8_t>(~(1u << (to[i] & 7)));
  }
}

// Text that does not stand inside its reference is copied behind one another.
void own_text(Placed& out, int64_t n) {
  auto* texts = out.data.as<StringRef>();
  const auto present = [&](int64_t i) {
    return out.validity.empty() || (out.validity.as<uint8_t>()[i >> 3] >> (i & 7) & 1) != 0;
  };
  int64_t bytes = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (!present(i)) texts[i] = StringRef();
    if (!texts[i].is_inline()) bytes += texts[i].length;
  }
  if (bytes == 0) return;
  out.text = memory::Buffer(bytes);
  char* heap = out.text.as<char>();
  for (int64_t i = 0; i < n; ++i) {
    if (texts[i].is_inline()) continue;
    std::memcpy(heap, texts[i].pointer, texts[i].length);
    texts[i].pointer = heap;
    heap += texts[i].length;
  }
}

// The dictionary of all spans, if they have one and the same.
Ref<Column> shared_dictionary(std::span<const RowSpan> spans, size_t column) {
  const Ref<Column> first = spans[0].batch->columns[column].dictionary;
  for (const RowSpan& span : spans) {
    const Column& other = span.batch->columns[column];
    if (other.encoding != Encoding::kDictionary || other.dictionary != first) return nullptr;
  }
  return first != nullptr && first->owner != nullptr ? first : nullptr;
}

}  // namespace

Column place_column(std::span<const RowSpan> spans, size_t column, const uint32_t* to, int64_t n) {
  const Column& model = spans[0].batch->columns[column];
  auto placed = std::make_shared<Placed>();
  Column out;
  out.dtype = model.dtype;
  const Ref<Column> dictionary = shared_dictionary(spans, column);
  const int64_t width = dictionary != nullptr ? 4 : model.dtype.width();
  placed->data = memory::Buffer(n * width);
  each_span(spans, [&](const RowSpan& span, int64_t first) {
    Column values = span.batch->columns[column];
    if (dictionary != nullptr) values.encoding = Encoding::kFlat;
    place_width(span, values, width, to + first, placed->data.data());
    place_validity(span, span.batch->columns[column], to + first, n, *placed);
  });
  if (dictionary != nullptr) {
    out.encoding = Encoding::kDictionary;
    out.dictionary = dictionary;
    out.dictionary_rows = model.dictionary_rows;
  } else if (model.dtype.is_string()) {
    own_text(*placed, n);
  }
  out.data = placed->data.data();
  if (!placed->validity.empty()) out.validity = placed->validity.as<uint8_t>();
  out.owner = std::move(placed);
  return out;
}

}  // namespace tharsis::ops
