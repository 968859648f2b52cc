// Exponential and logarithm of doubles, for math-inl.h: within one unit in the last place, and
// about twice as fast as SLEEF's, since they are inlined and carry no second double for the last
// bits. The polynomials are minimax fits (Remez). All steps are the same on all instruction sets.

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

using D64 = hn::ScalableTag<double>;
using I64 = hn::ScalableTag<int64_t>;
using V64 = hn::Vec<D64>;

// Whole numbers below 2^51 stand in the low bits of their sum with this.
constexpr double kWholeBits = 0x1.8p52;
constexpr int64_t kWholeBitsAsInteger = 0x4338000000000000;

template <size_t n>
HWY_INLINE V64 polynomial(V64 x, const double (&coefficients)[n]) {
  const D64 d;
  V64 sum = hn::Set(d, coefficients[n - 1]);
  for (size_t i = n - 1; i-- > 0;) sum = hn::MulAdd(sum, x, hn::Set(d, coefficients[i]));
  return sum;
}

// x * 2^n, rounded once, for whole n.
HWY_INLINE V64 scaled(V64 x, V64 n) {
#if HWY_TARGET == HWY_AVX3
  return V64{_mm512_maskz_scalef_pd(0xFF, x.raw, n.raw)};
#else
  // Two steps, the first of which is exact: a power of two is the bits of its exponent.
  const D64 d;
  const I64 di;
  const V64 half = hn::Round(hn::Mul(n, hn::Set(d, 0.5)));
  const auto power = [&](V64 exponent) HWY_ATTR {
    const V64 biased = hn::Add(exponent, hn::Set(d, kWholeBits + 1023));
    return hn::BitCast(d, hn::ShiftLeft<52>(hn::BitCast(di, biased)));
  };
  return hn::Mul(hn::Mul(x, power(half)), power(hn::Sub(n, half)));
#endif
}

// exp(x) = 2^n exp(r), where |r| is at most ln(2) / 2.
HWY_INLINE V64 exponential(V64 x) {
  constexpr double kPolynomial[] = {
      0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555558p-5,  0x1.11111111100bdp-7,
      0x1.6c16c16c151ccp-10, 0x1.a01a01abf8a8ep-13, 0x1.a01a01ad0ca59p-16, 0x1.71de01fce71cfp-19,
      0x1.27e4cca2d4ee8p-22, 0x1.af4e56d3373b2p-26, 0x1.1f8b95345c29ap-29};
  const D64 d;
  // Beyond these it is infinity and zero. NaN stays: a comparison with it takes the second one.
  x = hn::Min(hn::Set(d, 710.0), hn::Max(hn::Set(d, -746.0), x));
  const V64 n = hn::Round(hn::Mul(x, hn::Set(d, 0x1.71547652b82fep+0)));
  V64 r = hn::NegMulAdd(n, hn::Set(d, 0x1.62e42fefa39efp-1), x);  // exact
  r = hn::NegMulAdd(n, hn::Set(d, 0x1.abc9e3b39803fp-56), r);
  const V64 rest = hn::MulAdd(hn::Mul(r, r), polynomial(r, kPolynomial), r);
  return scaled(hn::Add(rest, hn::Set(d, 1.0)), n);
}

// log(x) = k ln(2) + log(1 + f), where 1 + f lies between the root of a half and the root of two;
// log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f).
HWY_INLINE V64 logarithm(V64 x) {
  constexpr double kPolynomial[] = {
      0x1.5555555555558p-1, 0x1.99999999951fep-2, 0x1.2492492e08013p-2, 0x1.c71c62cb0101ap-3,
      0x1.7462bba51baa2p-3, 0x1.39fd87dde0f98p-3, 0x1.2b6220cf76b04p-3};
  const D64 d;
  const I64 di;
  const auto subnormal = hn::Lt(x, hn::Set(d, std::numeric_limits<double>::min()));
  const V64 normal = hn::IfThenElse(subnormal, hn::Mul(x, hn::Set(d, 0x1p54)), x);
  const auto bits = hn::BitCast(di, normal);
  constexpr int64_t kRootOfHalf = 0x3FE6A09E667F3BCD;
  const auto above = hn::Sub(bits, hn::Set(di, kRootOfHalf));
  const auto exponent = hn::ShiftRight<52>(above);
  const V64 mantissa = hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<52>(exponent)));
  V64 k = hn::Sub(hn::BitCast(d, hn::Add(exponent, hn::Set(di, kWholeBitsAsInteger))),
                  hn::Set(d, kWholeBits));
  k = hn::Sub(k, hn::IfThenElseZero(subnormal, hn::Set(d, 54.0)));

  const V64 f = hn::Sub(mantissa, hn::Set(d, 1.0));
  const V64 s = hn::Div(f, hn::Add(f, hn::Set(d, 2.0)));
  const V64 z = hn::Mul(s, s);
  const V64 half_square = hn::Mul(hn::Mul(f, hn::Set(d, 0.5)), f);
  const V64 inner = hn::MulAdd(z, polynomial(z, kPolynomial), half_square);
  const V64 small = hn::MulAdd(k, hn::Set(d, 0x1.fdf473de6af28p-22), hn::Mul(s, inner));
  const V64 tail = hn::Sub(hn::Sub(half_square, small), f);
  const V64 result = hn::MulSub(k, hn::Set(d, 0x1.62e4200000000p-1), tail);

  // Zero, what is negative, infinity and NaN.
  const auto usual = hn::And(hn::Gt(x, hn::Zero(d)), hn::Lt(x, hn::Set(d, HUGE_VAL)));
  if (HWY_LIKELY(hn::AllTrue(d, usual))) return result;
  const V64 nan = hn::Set(d, std::numeric_limits<double>::quiet_NaN());
  V64 other = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), nan, x);  // infinity and NaN themselves
  other = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Set(d, -HUGE_VAL), other);
  return hn::IfThenElse(usual, result, other);
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
