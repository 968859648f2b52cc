#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/integer.cc"
#include "hwy/foreach_target.h"
#include "tharsis/kernels/map-inl.h"

#include <bit>
#include <numeric>

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

// A count outside of the width shifts everything out.
struct LeftShift {
  template <class T>
  T operator()(T a, T b) const {
    const auto count = wrapping(b);
    constexpr auto width = static_cast<decltype(count)>(sizeof(T) * 8);
    return count < width ? static_cast<T>(wrapping(a) << (count & (width - 1))) : T{0};
  }
};
struct RightShift {
  template <class T>
  T operator()(T a, T b) const {
    const auto count = wrapping(b);
    constexpr auto width = static_cast<decltype(count)>(sizeof(T) * 8);
    const T all_out = a < 0 ? static_cast<T>(-1) : T{0};
    return count < width ? static_cast<T>(a >> (count & (width - 1))) : all_out;
  }
};

template <class T>
auto magnitude(T a) {
  const auto bits = wrapping(a);
  if constexpr (std::is_signed_v<T>) return a < 0 ? static_cast<decltype(bits)>(0 - bits) : bits;
  return bits;
}

struct BitwiseCount {
  template <class T>
  int32_t operator()(T a) const {
    return std::popcount(magnitude(a));
  }
};
struct Gcd {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(std::gcd(magnitude(a), magnitude(b)));
  }
};
struct Lcm {
  template <class T>
  T operator()(T a, T b) const {
    const auto x = magnitude(a), y = magnitude(b);
    const auto divisor = std::gcd(x, y);
    return divisor == 0 ? T{0} : static_cast<T>(x / divisor * y);
  }
};

// Squares and multiplies; REQUIRES: b is not negative. The loop ends with the highest bit of any b
// in a block, so that it has no branch per value.
template <class T>
void power(const void* const* in, void* out, int64_t n) {
  using U = std::make_unsigned_t<T>;
  constexpr int64_t kBlock = 64;
  const U* a = static_cast<const U*>(in[0]);
  const U* b = static_cast<const U*>(in[1]);
  U* HWY_RESTRICT z = static_cast<U*>(out);
  U base[kBlock], rest[kBlock], product[kBlock];
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = begin + kBlock <= n ? kBlock : n - begin;
    U left = 0;
    for (int64_t i = 0; i < count; ++i) {
      base[i] = a[begin + i];
      rest[i] = b[begin + i];
      product[i] = 1;
      left |= rest[i];
    }
    for (; left != 0; left >>= 1) {
      for (int64_t i = 0; i < count; ++i) {
        product[i] = (rest[i] & 1) != 0 ? product[i] * base[i] : product[i];
        base[i] *= base[i];
        rest[i] >>= 1;
      }
    }
    for (int64_t i = 0; i < count; ++i) z[begin + i] = product[i];
  }
}

void integer_loops(LoopTable& table) {
  add_integers<LeftShift>(table, "left_shift");
  add_integers<RightShift>(table, "right_shift");
  add_integers<BitwiseCount>(table, "bitwise_count");
  add_integers<Gcd>(table, "gcd");
  add_integers<Lcm>(table, "lcm");
  table.push_back({"power", Lane::kI32, Lane::kI32, power<int32_t>});
  table.push_back({"power", Lane::kI64, Lane::kI64, power<int64_t>});
  table.push_back({"power", Lane::kU64, Lane::kU64, power<uint64_t>});
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
THARSIS_EXPORT_LOOPS(integer_loops)
#endif
