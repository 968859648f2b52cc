#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/divide.cc"
#include "hwy/foreach_target.h"
#include "tharsis/kernels/map-inl.h"

#include <algorithm>
#include <bit>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

constexpr int64_t kBlock = 256;

// What is asked of a quotient: floor(a / b), and the remainders with the sign of b or of a.
enum class Ask { kFloor, kRemainder, kFmod };

// ---- integers. A divisor of 0 gives 0, as in NumPy.

// Quotients of 32-bit integers are exact in double: a / b is at least 1 / |a| away from the next
// integer, relatively.
template <Ask ask>
struct DivideSmall {
  int32_t operator()(int32_t a, int32_t b) const {
    const double quotient = static_cast<double>(a) / static_cast<double>(b);
    const bool simple = b == 0 || b == -1;
    const double whole = ask == Ask::kFmod ? __builtin_trunc(quotient) : __builtin_floor(quotient);
    const uint32_t q = static_cast<uint32_t>(static_cast<int32_t>(simple ? 0.0 : whole));
    if constexpr (ask == Ask::kFloor) {
      return b == -1 ? static_cast<int32_t>(0u - static_cast<uint32_t>(a))
                     : static_cast<int32_t>(q);
    } else {
      return simple ? 0
                    : static_cast<int32_t>(static_cast<uint32_t>(a) - q * static_cast<uint32_t>(b));
    }
  }
};

template <Ask ask, class T>
T divide_exactly(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return ask == Ask::kFloor ? static_cast<T>(0 - wrapping(a)) : 0;
    const T q = a / b, r = a % b;
    const bool borrow = r != 0 && (r < 0) != (b < 0);
    if constexpr (ask == Ask::kFloor) return q - borrow;
    if constexpr (ask == Ask::kRemainder) return borrow ? r + b : r;
    return r;
  } else {
    return ask == Ask::kFloor ? a / b : a % b;
  }
}

// Integers of less than 51 bits to doubles and back, by the bits of 1.5 * 2^52; AVX2 has no
// instruction for it.
constexpr int64_t kMagicBits = 0x4338000000000000;
constexpr double kMagic = 0x1.8p52;
inline double to_double(int64_t x) { return std::bit_cast<double>(x + kMagicBits) - kMagic; }
inline int64_t to_integer(double x) { return std::bit_cast<int64_t>(x + kMagic) - kMagicBits; }

template <class T>
bool all_below_51_bits(const T* HWY_RESTRICT a, const T* HWY_RESTRICT b, int64_t n) {
  uint64_t high = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto x = static_cast<uint64_t>(a[i]), y = static_cast<uint64_t>(b[i]);
    if constexpr (std::is_signed_v<T>) {
      high |= (x ^ (x << 1)) | (y ^ (y << 1));  // bits that differ from the sign
    } else {
      high |= x | y;
    }
  }
  return high < (uint64_t{1} << 50);
}

template <Ask ask, class T>
void divide_in_doubles(const T* HWY_RESTRICT a, const T* HWY_RESTRICT b, T* HWY_RESTRICT z,
                       int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const auto x = static_cast<int64_t>(a[i]), y = static_cast<int64_t>(b[i]);
    const double quotient = to_double(x) / to_double(y);
    const double whole = ask == Ask::kFmod ? __builtin_trunc(quotient) : __builtin_floor(quotient);
    const int64_t q = y == 0 ? 0 : to_integer(whole);
    if constexpr (ask == Ask::kFloor) {
      z[i] = static_cast<T>(q);
    } else {
      z[i] = y == 0 ? 0 : static_cast<T>(x - q * y);
    }
  }
}

template <Ask ask, class T>
void divide_wide(const void* const* in, void* out, int64_t n) {
  const T* a = static_cast<const T*>(in[0]);
  const T* b = static_cast<const T*>(in[1]);
  T* z = static_cast<T*>(out);
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = std::min(kBlock, n - begin);
    if (all_below_51_bits(a + begin, b + begin, count)) {
      divide_in_doubles<ask>(a + begin, b + begin, z + begin, count);
    } else {
      for (int64_t i = begin; i < begin + count; ++i) z[i] = divide_exactly<ask>(a[i], b[i]);
    }
  }
}

// ---- floats

// a - trunc(a / b) * b, exactly, where the quotient is below 2^p: trunc of the rounded quotient is
// at most one too large, and the fused remainder has no rounding. Answers whether that held for
// all; the others are left to `fmod`.
template <class T>
bool fast_fmod(const T* HWY_RESTRICT a, const T* HWY_RESTRICT b, T* HWY_RESTRICT z, int64_t n) {
  constexpr T limit = sizeof(T) == 8 ? T(0x1p53) : T(0x1p24);
  int bad = 0;
  for (int64_t i = 0; i < n; ++i) {
    const T quotient = a[i] / b[i];
    const T whole = sizeof(T) == 8 ? T(__builtin_trunc(quotient)) : T(__builtin_truncf(quotient));
    T rest = sizeof(T) == 8 ? T(__builtin_fma(-whole, b[i], a[i]))
                            : T(__builtin_fmaf(-whole, b[i], a[i]));
    rest = whole == 0 ? a[i] : rest;
    const T step = __builtin_copysign(b[i], a[i]);
    rest = rest != 0 && (rest < 0) != (a[i] < 0) ? rest + step : rest;
    z[i] = rest == 0 ? T(__builtin_copysign(T{0}, a[i])) : rest;
    bad |= !(__builtin_fabs(quotient) < limit);
  }
  return bad == 0;
}

template <class T>
void fmod_block(const T* a, const T* b, T* z, int64_t n) {
  if (fast_fmod(a, b, z, n)) return;
  constexpr T limit = sizeof(T) == 8 ? T(0x1p53) : T(0x1p24);
  for (int64_t i = 0; i < n; ++i) {
    if (!(std::fabs(a[i] / b[i]) < limit)) z[i] = std::fmod(a[i], b[i]);
  }
}

// NumPy's npy_divmod, from the remainder of C.
template <Ask ask, class T>
T finish(T a, T b, T mod) {
  const bool borrow = mod != 0 && (b < 0) != (mod < 0);
  if constexpr (ask == Ask::kRemainder) {
    const T zero = __builtin_copysign(T{0}, b);
    const T shifted = borrow ? mod + b : mod;
    return b == 0 ? mod : mod == 0 ? zero : shifted;
  } else {
    T quotient = (a - mod) / b;
    quotient = borrow ? quotient - 1 : quotient;
    T whole = sizeof(T) == 8 ? T(__builtin_floor(quotient)) : T(__builtin_floorf(quotient));
    whole = quotient - whole > T(0.5) ? whole + 1 : whole;
    whole = quotient == 0 ? T(__builtin_copysign(T{0}, a / b)) : whole;
    return b == 0 ? a / b : whole;
  }
}

template <Ask ask, class T>
void divide_floats(const void* const* in, void* out, int64_t n) {
  const T* a = static_cast<const T*>(in[0]);
  const T* b = static_cast<const T*>(in[1]);
  T* HWY_RESTRICT z = static_cast<T*>(out);
  alignas(64) T rest[kBlock];
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = std::min(kBlock, n - begin);
    if constexpr (ask == Ask::kFmod) {
      fmod_block(a + begin, b + begin, z + begin, count);
    } else {
      fmod_block(a + begin, b + begin, rest, count);
      for (int64_t i = 0; i < count; ++i) {
        z[begin + i] = finish<ask>(a[begin + i], b[begin + i], rest[i]);
      }
    }
  }
}

template <Ask ask>
void family(LoopTable& table, const char* name) {
  add<DivideSmall<ask>, int32_t>(table, name);
  table.push_back({name, Lane::kI64, Lane::kI64, divide_wide<ask, int64_t>});
  table.push_back({name, Lane::kU64, Lane::kU64, divide_wide<ask, uint64_t>});
  table.push_back({name, Lane::kF32, Lane::kF32, divide_floats<ask, float>});
  table.push_back({name, Lane::kF64, Lane::kF64, divide_floats<ask, double>});
}

void divide_loops(LoopTable& table) {
  family<Ask::kFloor>(table, "floor_divide");
  family<Ask::kRemainder>(table, "remainder");
  family<Ask::kFmod>(table, "fmod");
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
THARSIS_EXPORT_LOOPS(divide_loops)
#endif
