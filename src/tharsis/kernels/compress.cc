#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/compress.cc"
#include "tharsis/kernels/compress.h"

#include <algorithm>
#include <cstring>

#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Values are compressed in a register and stored whole: storing through a mask is three times
// slower on some machines.
template <class T>
int64_t compress_lanes(const uint8_t* HWY_RESTRICT mask, const T* HWY_RESTRICT values, int64_t n,
                       T* HWY_RESTRICT out) {
  const hn::ScalableTag<T> d;
  const hn::ScalableTag<uint8_t> bytes;
  constexpr int64_t kLanes = HWY_MAX_BYTES / sizeof(T);
  T* to = out;
  int64_t i = 0;
  for (; i + HWY_MAX_BYTES <= n; i += HWY_MAX_BYTES) {
    uint64_t bits = 0;
    const auto nonzero = hn::Ne(hn::LoadU(bytes, mask + i), hn::Zero(bytes));
    hn::StoreMaskBits(bytes, nonzero, reinterpret_cast<uint8_t*>(&bits));
    for (int64_t j = 0; j < HWY_MAX_BYTES; j += kLanes, bits >>= kLanes) {
      const auto keep = hn::LoadMaskBits(d, reinterpret_cast<const uint8_t*>(&bits));
      hn::StoreU(hn::Compress(hn::LoadU(d, values + i + j), keep), d, to);
      to += hn::CountTrue(d, keep);
    }
  }
  for (; i < n; ++i) {
    *to = values[i];
    to += mask[i] != 0;
  }
  return to - out;
}

template <class T>
int64_t compress_plain(const uint8_t* HWY_RESTRICT mask, const T* HWY_RESTRICT values, int64_t n,
                       T* HWY_RESTRICT out) {
  T* to = out;
  for (int64_t i = 0; i < n; ++i) {
    *to = values[i];
    to += mask[i] != 0;
  }
  return to - out;
}

int64_t compress_any(int64_t width, const uint8_t* mask, const void* values, int64_t n, void* out) {
  switch (width) {
    case 1:
      return compress_plain(mask, static_cast<const uint8_t*>(values), n,
                            static_cast<uint8_t*>(out));
    case 2:
      return compress_plain(mask, static_cast<const uint16_t*>(values), n,
                            static_cast<uint16_t*>(out));
    case 4:
      return compress_lanes(mask, static_cast<const uint32_t*>(values), n,
                            static_cast<uint32_t*>(out));
    default:
      return compress_lanes(mask, static_cast<const uint64_t*>(values), n,
                            static_cast<uint64_t*>(out));
  }
}

}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tharsis::kernels {
HWY_EXPORT(compress_any);
int64_t compress(int64_t width, const uint8_t* mask, const void* values, int64_t n, void* out) {
  return HWY_DYNAMIC_DISPATCH(compress_any)(width, mask, values, n, out);
}

namespace {

template <class T>
void gather(const T* values, int64_t stride, int64_t n, T* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = values[i * stride];
}

template <class T>
void transpose(const T* values, int64_t stride, int64_t rows, int64_t columns, T* out) {
  constexpr int64_t kBlock = 64 / sizeof(T);  // a cache line each way
  for (int64_t j = 0; j < rows; j += kBlock) {
    const int64_t high = std::min(kBlock, rows - j);
    for (int64_t i = 0; i < columns; i += kBlock) {
      const int64_t wide = std::min(kBlock, columns - i);
      for (int64_t a = 0; a < wide; ++a) {
        for (int64_t b = 0; b < high; ++b)
          out[(i + a) * rows + j + b] = values[(j + b) * stride + i + a];
      }
    }
  }
}

// Calls visit with pointers to whole numbers of `width` bytes.
template <class Visit>
void visit_width(int64_t width, const void* in, void* out, Visit visit) {
  switch (width) {
    case 1:
      return visit(static_cast<const uint8_t*>(in), static_cast<uint8_t*>(out));
    case 2:
      return visit(static_cast<const uint16_t*>(in), static_cast<uint16_t*>(out));
    case 4:
      return visit(static_cast<const uint32_t*>(in), static_cast<uint32_t*>(out));
    default:
      return visit(static_cast<const uint64_t*>(in), static_cast<uint64_t*>(out));
  }
}

}  // namespace

void gather_strided(int64_t width, const void* values, int64_t stride, int64_t n, void* out) {
  if (stride == 1) {
    std::memcpy(out, values, n * width);
    return;
  }
  visit_width(width, values, out, [&](auto* in, auto* to) { gather(in, stride, n, to); });
}

void repeat(int64_t width, const void* value, int64_t n, void* out) {
  visit_width(width, value, out, [&](auto* in, auto* to) { std::fill_n(to, n, *in); });
}

void transpose_block(int64_t width, const void* values, int64_t stride, int64_t rows,
                     int64_t columns, void* out) {
  visit_width(width, values, out,
              [&](auto* in, auto* to) { transpose(in, stride, rows, columns, to); });
}
}  // namespace tharsis::kernels
#endif  // HWY_ONCE
