// Sine and cosine of doubles below 2^20 in magnitude, for math-inl.h: within 0.8 units in the last
// place. Larger angles are SLEEF's. The polynomials are minimax fits (Remez).

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

// x = n pi/2 + r + tail, |r| at most pi/4; the tail is what r has no bits for.
struct Angle {
  V64 n, r, tail;
};
HWY_INLINE Angle reduced(V64 x) {
  const D64 d;
  const V64 n = hn::Round(hn::Mul(x, hn::Set(d, 0x1.45f306dc9c883p-1)));
  const V64 first = hn::NegMulAdd(n, hn::Set(d, 0x1.921fb54442d18p+0), x);  // exact
  const V64 second = hn::Set(d, 0x1.1a62633145c07p-54);
  const V64 product = hn::Mul(n, second);
  const V64 product_error = hn::MulSub(n, second, product);
  const V64 r = hn::Sub(first, product);
  // What the difference lost, whichever of the two is larger.
  const V64 taken = hn::Sub(first, r);
  const V64 lost = hn::Add(hn::Sub(first, hn::Add(r, taken)), hn::Sub(taken, product));
  const V64 tail =
      hn::NegMulAdd(n, hn::Set(d, -0x1.f1976b7ed8fbcp-110), hn::Sub(lost, product_error));
  return {n, r, tail};
}

// Sine of the angle plus `quarters` quarter turns.
HWY_INLINE V64 sine_of_quarters(V64 x, int64_t quarters) {
  constexpr double kSine[] = {-0x1.5555555555555p-3, 0x1.1111111110badp-7,   -0x1.a01a019e82435p-13,
                              0x1.71de3794aecd2p-19, -0x1.ae60090c44d47p-26, 0x1.5e0a62ed2b329p-33};
  constexpr double kCosine[] = {0x1.5555555555555p-5,  -0x1.6c16c16c16964p-10,
                                0x1.a01a019f4df8fp-16, -0x1.27e4fa16e89fbp-22,
                                0x1.1eeb67ea7a39dp-29, -0x1.907cea0cf7388p-37};
  const D64 d;
  const I64 di;
  const Angle angle = reduced(x);
  const V64 r = angle.r, z = hn::Mul(r, r);
  const V64 half = hn::Mul(z, hn::Set(d, 0.5));
  const V64 one = hn::Set(d, 1.0);
  const V64 near_one = hn::Sub(one, half);  // 1 - z/2, what it lost is put back below
  const V64 sine =
      hn::Add(r, hn::MulAdd(hn::Mul(r, z), polynomial(z, kSine), hn::Mul(angle.tail, near_one)));
  const V64 lost = hn::Sub(hn::Sub(one, near_one), half);
  const V64 rest = hn::NegMulAdd(r, angle.tail, lost);
  const V64 cosine = hn::Add(near_one, hn::MulAdd(hn::Mul(z, z), polynomial(z, kCosine), rest));

  const auto turns =
      hn::Add(hn::BitCast(di, hn::Add(angle.n, hn::Set(d, kWholeBits))), hn::Set(di, quarters));
  const auto odd = hn::ShiftLeft<63>(turns);
  const auto sign = hn::And(hn::ShiftLeft<62>(turns), hn::Set(di, int64_t(uint64_t{1} << 63)));
  const V64 chosen =
      hn::IfThenElse(hn::MaskFromVec(hn::BitCast(d, hn::BroadcastSignBit(odd))), cosine, sine);
  return hn::Xor(chosen, hn::BitCast(d, sign));
}

constexpr double kLargestAngle = 0x1p20;

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
