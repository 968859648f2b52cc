#include "tharsis/ops/relational/join/stored_column.h"

#include <cmath>
#include <cstring>

#include "tharsis/base/string_ref.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

constexpr uint32_t kNoRow = JoinTable::kNoRow;

// Whole numbers that make room for NaN.
template <class T>
void to_float64(const void* from, const uint32_t* rows, int64_t n, bool gaps, double* out) {
  const auto* values = static_cast<const T*>(from);
  for (int64_t i = 0; i < n; ++i) {
    out[i] = gaps && rows[i] == kNoRow ? std::nan("") : static_cast<double>(values[i]);
  }
}

struct alignas(8) Wide {
  uint64_t words[2];
};

}  // namespace

DType with_gaps(const DType& dtype) {
  if (dtype.is_integer() && dtype.flavour == Flavour::kNumpy) return TypeId::kFloat64;
  return dtype;
}

Column with_gaps(const Column& column, int64_t rows, memory::Arena& arena) {
  const DType wide = with_gaps(column.dtype);
  if (wide == column.dtype) return column;
  const Column values = flat(column, rows, arena);
  auto* out = arena.take_as<double>(rows);
  visit_values(column.dtype, [&]<class T>(T) {
    const T* from = values.values<T>();
    for (int64_t i = 0; i < rows; ++i)
      out[i] = values.valid(i) ? static_cast<double>(from[i]) : std::nan("");
  });
  Column made;
  made.dtype = wide;
  made.data = out;
  return made;
}

StoredColumn::StoredColumn(const Value& value, std::span<const memory::Pin> pins, size_t field,
                           const RowNumbers& numbers)
    : dtype_(value.meta.field(field).dtype), numbers_(numbers) {
  bool one_dictionary = !pins.empty();
  for (const memory::Pin& pin : pins) {
    const Column& column = pin->columns[field];
    one_dictionary &= column.encoding == Encoding::kDictionary &&
                      column.dictionary == pins[0]->columns[field].dictionary;
  }
  for (const memory::Pin& pin : pins) {
    const Column& column = pin->columns[field];
    const bool as_it_is = one_dictionary || column.encoding == Encoding::kFlat;
    chunks_.push_back(as_it_is ? column : memory::flatten(column, pin->rows));
    data_.push_back(chunks_.back().data);
    has_validity_ |= column.validity != nullptr;
  }
  if (one_dictionary) {
    dictionary_ = chunks_[0].dictionary;
    dictionary_rows_ = chunks_[0].dictionary_rows;
  }
}

template <class T>
void StoredColumn::values(const uint32_t* rows, int64_t n, bool gaps, T* out) const {
  const RowNumbers numbers = numbers_;
  if (data_.size() == 1) {
    const T* values = static_cast<const T*>(data_[0]);
    if (!gaps) {
      for (int64_t i = 0; i < n; ++i) out[i] = values[rows[i]];
    } else {
      for (int64_t i = 0; i < n; ++i) out[i] = rows[i] == kNoRow ? T{} : values[rows[i]];
    }
    return;
  }
  const void* const* data = data_.data();
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t row = rows[i];
    out[i] = gaps && row == kNoRow
                 ? T{}
                 : static_cast<const T*>(data[numbers.chunk(row)])[numbers.row(row)];
  }
}

void StoredColumn::validity(const uint32_t* rows, int64_t n, bool gaps, memory::Arena& arena,
                            Column& out) const {
  auto* bits = arena.take_as<uint8_t>((n + 7) / 8);
  std::memset(bits, 0, (n + 7) / 8);
  bool all = true;
  for (int64_t i = 0; i < n; ++i) {
    const bool present =
        !(gaps && rows[i] == kNoRow) &&
        (!has_validity_ || chunks_[numbers_.chunk(rows[i])].valid(numbers_.row(rows[i])));
    all &= present;
    bits[i >> 3] |= static_cast<uint8_t>(present << (i & 7));
  }
  if (!all) out.validity = bits;
}

Column StoredColumn::gather(const uint32_t* rows, int64_t n, bool gaps,
                            memory::Arena& arena) const {
  Column out;
  out.dtype = gaps ? with_gaps(dtype_) : dtype_;
  const int64_t width = dictionary_ != nullptr ? 4 : dtype_.width();
  void* data = arena.take(n * std::max<int64_t>(width, 8));
  if (data_.empty()) {
    std::memset(data, 0, n * width);
  } else if (width == 1) {
    values(rows, n, gaps, static_cast<uint8_t*>(data));
  } else if (width == 2) {
    values(rows, n, gaps, static_cast<uint16_t*>(data));
  } else if (width == 4) {
    values(rows, n, gaps, static_cast<uint32_t*>(data));
  } else if (width == 8) {
    values(rows, n, gaps, static_cast<uint64_t*>(data));
  } else {
    values(rows, n, gaps, static_cast<Wide*>(data));
  }
  out.data = data;
  if (dictionary_ != nullptr) {
    out.encoding = Encoding::kDictionary;
    out.dictionary = dictionary_;
    out.dictionary_rows = dictionary_rows_;
  }
  if (out.dtype.nan_is_missing()) {
    if (!gaps) return out;
    if (dtype_.is_integer()) {
      auto* wide = arena.take_as<double>(n);
      visit_values(dtype_, [&]<class T>(T) { to_float64<T>(data, rows, n, gaps, wide); });
      for (int64_t i = 0; has_validity_ && i < n; ++i) {
        if (rows[i] != kNoRow && !chunks_[numbers_.chunk(rows[i])].valid(numbers_.row(rows[i])))
          wide[i] = std::nan("");
      }
      out.data = wide;
    } else if (out.dtype.id == TypeId::kFloat32) {
      for (int64_t i = 0; i < n; ++i) {
        if (rows[i] == kNoRow) static_cast<float*>(data)[i] = std::nanf("");
      }
    } else {
      for (int64_t i = 0; i < n; ++i) {
        if (rows[i] == kNoRow) static_cast<double*>(data)[i] = std::nan("");
      }
    }
    return out;
  }
  if (gaps || has_validity_) validity(rows, n, gaps, arena, out);
  return out;
}

}  // namespace tharsis::ops
