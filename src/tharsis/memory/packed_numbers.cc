#include "tharsis/memory/packed_numbers.h"

#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"

namespace tharsis::memory {
namespace {

// Calls visit(T{}) with the signed type of `width` bytes. Differences wrap, so that it serves
// unsigned numbers too.
template <class Visit>
decltype(auto) with_width(int64_t width, Visit visit) {
  switch (width) {
    case 1:
      return visit(int8_t{});
    case 2:
      return visit(int16_t{});
    case 4:
      return visit(int32_t{});
    default:
      check(width == 8, "numbers of an unknown width");
      return visit(int64_t{});
  }
}

int32_t bytes_for(uint64_t most) {
  if (most == 0) return 0;
  if (most <= UINT8_MAX) return 1;
  if (most <= UINT16_MAX) return 2;
  return most <= UINT32_MAX ? 4 : 8;
}

}  // namespace

Packing Packing::of(const void* numbers, int64_t width, int64_t n) {
  if (n == 0) return {};
  return with_width(width, [&]<class T>(T) -> Packing {
    const auto* values = static_cast<const T*>(numbers);
    T least = values[0], most = values[0];
    for (int64_t i = 1; i < n; ++i) {
      least = std::min(least, values[i]);
      most = std::max(most, values[i]);
    }
    const int32_t bytes = bytes_for(static_cast<uint64_t>(most) - static_cast<uint64_t>(least));
    if (bytes >= width) return {0, static_cast<int32_t>(width)};  // as they are
    return {least, bytes};
  });
}

void pack_numbers(const Packing& packing, const void* numbers, int64_t width, int64_t n,
                  std::byte* to) {
  if (packing.bytes == 0) return;
  with_width(width, [&]<class T>(T) {
    const auto* values = static_cast<const T*>(numbers);
    with_width(packing.bytes, [&]<class P>(P) {
      auto* out = reinterpret_cast<P*>(to);
      const auto least = static_cast<uint64_t>(packing.least);
      for (int64_t i = 0; i < n; ++i)
        out[i] = static_cast<P>(static_cast<uint64_t>(values[i]) - least);
    });
  });
}

void unpack_numbers(const Packing& packing, const std::byte* from, int64_t width, int64_t n,
                    void* numbers) {
  with_width(width, [&]<class T>(T) {
    auto* out = static_cast<T*>(numbers);
    if (packing.bytes == 0) {
      std::fill_n(out, n, static_cast<T>(packing.least));
      return;
    }
    with_width(packing.bytes, [&]<class P>(P) {
      using Offset = std::make_unsigned_t<P>;
      const auto* values = reinterpret_cast<const Offset*>(from);
      const auto least = static_cast<uint64_t>(packing.least);
      for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(least + values[i]);
    });
  });
}

}  // namespace tharsis::memory
