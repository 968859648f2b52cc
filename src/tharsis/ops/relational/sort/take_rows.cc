#include "tharsis/ops/relational/sort/take_rows.h"

#include <cstring>

#include "tharsis/base/string_ref.h"

namespace tharsis::ops {
namespace {

struct alignas(8) Wide {
  uint64_t words[2];
};

// What the columns of the answer own together: one range for all values, since large ranges come
// from huge pages.
struct Taken {
  memory::Buffer data;
  std::vector<memory::Buffer> more;  // validity and text
};

int64_t padded(int64_t bytes) { return (bytes + memory::kPadding + 63) / 64 * 64; }

// One column of all spans.
class Taking {
 public:
  Taking(std::span<const RowSpan> spans, size_t field, const uint32_t* order, int64_t n)
      : spans_(spans), field_(field), order_(order), n_(n) {
    const Column& first = column(spans[0]);
    dtype_ = first.dtype;
    dictionary_ = first.encoding == Encoding::kDictionary ? first.dictionary : nullptr;
    dictionary_rows_ = first.dictionary_rows;
    for (const RowSpan& span : spans) {
      const Column& other = column(span);
      if (other.encoding != Encoding::kDictionary || other.dictionary != dictionary_)
        dictionary_ = nullptr;
    }
    if (dictionary_ != nullptr && dictionary_->owner == nullptr) dictionary_ = nullptr;
  }

  int64_t width() const { return dictionary_ != nullptr ? 4 : dtype_.width(); }

  Column take(std::byte* data, Taken& own, memory::Arena& arena) const {
    const memory::ArenaScope scope(arena);
    switch (width()) {
      case 1:
        take_values<uint8_t>(data, arena);
        break;
      case 2:
        take_values<uint16_t>(data, arena);
        break;
      case 4:
        take_values<uint32_t>(data, arena);
        break;
      case 8:
        take_values<uint64_t>(data, arena);
        break;
      default:
        take_values<Wide>(data, arena);
    }
    Column out;
    out.dtype = dtype_;
    out.data = data;
    out.validity = take_validity(own, arena);
    if (dictionary_ != nullptr) {
      out.encoding = Encoding::kDictionary;
      out.dictionary = dictionary_;
      out.dictionary_rows = dictionary_rows_;
    } else if (dtype_.is_string()) {
      own_text(reinterpret_cast<StringRef*>(data), out.validity, own);
    }
    return out;
  }

 private:
  const Column& column(const RowSpan& span) const { return span.batch->columns[field_]; }

  bool as_it_is(const Column& from) const {
    return from.encoding == Encoding::kFlat || dictionary_ != nullptr;
  }

  template <class T>
  void take_values(std::byte* data, memory::Arena& arena) const {
    T* out = reinterpret_cast<T*>(data);
    const T* in = spans_.size() == 1 && as_it_is(column(spans_[0]))
                      ? column(spans_[0]).values<T>() + spans_[0].begin
                      : joined<T>(arena);
    for (int64_t i = 0; i < n_; ++i) out[i] = in[order_[i]];
  }

  // The values of all spans in scratch, one after the other.
  template <class T>
  const T* joined(memory::Arena& arena) const {
    int64_t rows = 0;
    for (const RowSpan& span : spans_) rows += span.count;
    T* const out = arena.take_as<T>(rows);
    T* to = out;
    for (const RowSpan& span : spans_) {
      const Column& from = column(span);
      if (as_it_is(from)) {
        std::memcpy(to, from.values<T>() + span.begin, span.count * sizeof(T));
      } else if (from.encoding == Encoding::kConstant) {
        std::fill_n(to, span.count, from.values<T>()[0]);
      } else {
        const T* entries = from.dictionary->values<T>();
        const auto* codes = from.values<int32_t>() + span.begin;
        for (int64_t i = 0; i < span.count; ++i)
          to[i] = from.valid(span.begin + i) ? entries[codes[i]] : T{};
      }
      to += span.count;
    }
    return out;
  }

  const uint8_t* take_validity(Taken& own, memory::Arena& arena) const {
    bool any = false;
    int64_t rows = 0;
    for (const RowSpan& span : spans_) {
      any |= column(span).validity != nullptr;
      rows += span.count;
    }
    if (!any) return nullptr;
    auto* present = arena.take_as<uint8_t>(rows);
    uint8_t* to = present;
    any = false;
    for (const RowSpan& span : spans_) {
      for (int64_t i = 0; i < span.count; ++i) {
        to[i] = column(span).valid(span.begin + i);
        any |= to[i] == 0;
      }
      to += span.count;
    }
    if (!any) return nullptr;
    own.more.emplace_back((n_ + 7) / 8);
    auto* bits = own.more.back().as<uint8_t>();
    std::memset(bits, 0, (n_ + 7) / 8);
    for (int64_t i = 0; i < n_; ++i)
      bits[i >> 3] |= static_cast<uint8_t>(present[order_[i]] << (i & 7));
    return bits;
  }

  // Text that does not stand inside its reference is copied, one behind the other.
  void own_text(StringRef* texts, const uint8_t* validity, Taken& own) const {
    for (int64_t i = 0; validity != nullptr && i < n_; ++i) {
      if ((validity[i >> 3] >> (i & 7) & 1) == 0) texts[i] = StringRef();
    }
    int64_t bytes = 0;
    for (int64_t i = 0; i < n_; ++i) bytes += texts[i].is_inline() ? 0 : texts[i].length;
    if (bytes == 0) return;
    own.more.emplace_back(bytes);
    char* heap = own.more.back().as<char>();
    for (int64_t i = 0; i < n_; ++i) {
      if (texts[i].is_inline()) continue;
      std::memcpy(heap, texts[i].pointer, texts[i].length);
      texts[i].pointer = heap;
      heap += texts[i].length;
    }
  }

  const std::span<const RowSpan> spans_;
  const size_t field_;
  const uint32_t* const order_;
  const int64_t n_;
  DType dtype_;
  Ref<Column> dictionary_;  // of all spans, if they have one and the same
  int64_t dictionary_rows_ = 0;
};

}  // namespace

Batch take_rows(std::span<const RowSpan> spans, const uint32_t* order, int64_t n,
                memory::Arena& arena) {
  Batch out;
  out.rows = n;
  std::vector<Taking> columns;
  int64_t bytes = 0;
  for (size_t i = 0; i < spans[0].batch->columns.size(); ++i) {
    columns.emplace_back(spans, i, order, n);
    bytes += padded(n * columns.back().width());
  }
  auto own = std::make_shared<Taken>();
  own->data = memory::Buffer(bytes);
  std::byte* at = own->data.data();
  for (const Taking& column : columns) {
    out.columns.push_back(column.take(at, *own, arena));
    out.columns.back().owner = own;
    at += padded(n * column.width());
  }
  return out;
}

}  // namespace tharsis::ops
