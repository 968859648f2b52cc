#include "tharsis/ops/relational/window/filled.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tharsis/base/string_ref.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/types/visit.h"

namespace tharsis::ops {
namespace {

constexpr uint32_t kNoRow = JoinTable::kNoRow;

StringRef text_of(const Scalar& fill, memory::Arena& arena) {
  const auto& text = std::get<std::string>(fill.value);
  char* copy = arena.take_as<char>(static_cast<int64_t>(text.size()) + 1);
  std::memcpy(copy, text.c_str(), text.size() + 1);
  return StringRef(std::string_view(copy, text.size()));
}

template <class To, class From>
void convert(const From* from, const uint32_t* rows, int64_t n, To fill, To* to) {
  for (int64_t i = 0; i < n; ++i) to[i] = rows[i] == kNoRow ? fill : static_cast<To>(from[i]);
}

const uint8_t* bits_with_fill(const Column& column, const uint32_t* rows, int64_t n,
                              memory::Arena& arena) {
  auto* bits = arena.take_as<uint8_t>((n + 7) / 8);
  std::memset(bits, 0, static_cast<size_t>((n + 7) / 8));
  for (int64_t i = 0; i < n; ++i) {
    if (rows[i] == kNoRow || column.valid(i)) bits[i >> 3] |= static_cast<uint8_t>(1u << (i & 7));
  }
  return bits;
}

}  // namespace

Column gather_filled(const StoredColumn& column, const uint32_t* rows, int64_t n,
                     const Scalar& fill, const DType& dtype, memory::Arena& arena) {
  // Where no row is, any row is read; one that is there keeps the type, and all its digits.
  const uint32_t* const some =
      std::find_if(rows, rows + n, [](uint32_t row) { return row != kNoRow; });
  auto* read = arena.take_as<uint32_t>(n);
  const bool none = some == rows + n;
  if (!none) {
    for (int64_t i = 0; i < n; ++i) read[i] = rows[i] == kNoRow ? *some : rows[i];
  }
  Column values;
  if (!none) values = flat(column.gather(read, n, false, arena), n, arena);
  Column out;
  out.dtype = dtype;
  if (values.validity != nullptr) out.validity = bits_with_fill(values, rows, n, arena);
  if (dtype.is_string()) {
    const StringRef text = text_of(fill, arena);
    auto* to = arena.take_as<StringRef>(n);
    if (none) {
      std::fill_n(to, n, text);
    } else {
      convert(values.values<StringRef>(), rows, n, text, to);
    }
    out.data = to;
    return out;
  }
  visit_values(dtype, [&]<class To>(To) {
    auto* to = arena.take_as<To>(n);
    const To number = std::is_floating_point_v<To> ? static_cast<To>(fill.as_double())
                                                   : static_cast<To>(fill.as_int());
    out.data = to;
    if (none) {
      std::fill_n(to, n, number);
      return;
    }
    visit_values(values.dtype, [&]<class From>(From) {
      convert(values.values<From>(), rows, n, number, to);
      if constexpr (std::is_floating_point_v<To> && !std::is_floating_point_v<From>) {
        if (!dtype.nan_is_missing()) return;
        for (int64_t i = 0; i < n; ++i) {
          if (rows[i] != kNoRow && !values.valid(i)) to[i] = static_cast<To>(NAN);
        }
        out.validity = nullptr;
      }
    });
  });
  return out;
}

}  // namespace tharsis::ops
