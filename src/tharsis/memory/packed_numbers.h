#pragma once

#include <cstddef>
#include <cstdint>

namespace tharsis::memory {

/// How whole numbers are written in few bytes: as what they are above their least.
struct Packing {
  int64_t least = 0;
  int32_t bytes = 0;  // of a number: 0 where all are equal, 1, 2, 4 or 8; its width: as it is

  /// Of numbers of `width` bytes each (1, 2, 4 or 8), signed or not.
  static Packing of(const void* numbers, int64_t width, int64_t n);
  bool operator==(const Packing&) const = default;
};

/// Writes n * packing.bytes bytes.
void pack_numbers(const Packing& packing, const void* numbers, int64_t width, int64_t n,
                  std::byte* to);
/// The numbers that `pack_numbers` wrote, `width` bytes each.
void unpack_numbers(const Packing& packing, const std::byte* from, int64_t width, int64_t n,
                    void* numbers);

}  // namespace tharsis::memory
