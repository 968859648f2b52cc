#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "tharsis/kernels/bitmap.h"
#include "tharsis/kernels/convert.h"
#include "tharsis/kernels/loops.h"
#include "tharsis/kernels/select.h"

namespace tharsis::kernels {
namespace {

// Runs the rest of the scope on one instruction set.
class OnTarget {
 public:
  explicit OnTarget(Target target) : held_(force_target(target)) {}
  ~OnTarget() { force_target({}); }
  bool held() const { return held_; }

 private:
  bool held_;
};

constexpr Target kBoth[] = {Target::kAvx2, Target::kAvx512};
constexpr int64_t kRows = 1003;  // not a multiple of any vector

// Values that bite, then random ones of many magnitudes.
template <class T>
std::vector<T> values(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> out;
  if constexpr (std::is_same_v<T, uint8_t>) {
    for (int64_t i = 0; i < kRows; ++i) out.push_back(random() & 1);
    return out;
  }
  using Limits = std::numeric_limits<T>;
  for (const T x :
       {T(0), T(1), T(2), T(3), T(10), Limits::max(), Limits::lowest(), Limits::min()}) {
    out.push_back(x);
  }
  if constexpr (std::is_floating_point_v<T>) {
    for (const T x : {-T(0), T(-1), T(0.5), T(-2.5), Limits::infinity(), -Limits::infinity(),
                      Limits::quiet_NaN(), Limits::denorm_min(), T(1e-3), T(700.5)}) {
      out.push_back(x);
    }
  }
  while (static_cast<int64_t>(out.size()) < kRows) {
    if constexpr (std::is_floating_point_v<T>) {
      const double scale = std::pow(10.0, static_cast<double>(random() % 12) - 6);
      out.push_back(static_cast<T>((static_cast<double>(random() >> 11) * 0x1p-52 - 1.0) * scale));
    } else {
      const T bits = static_cast<T>(random());
      out.push_back(static_cast<T>(bits >> (random() % (sizeof(T) * 8))));
    }
  }
  std::shuffle(out.begin(), out.end(), random);
  return out;
}

template <class T>
Lane lane();
template <>
Lane lane<int32_t>() {
  return Lane::kI32;
}
template <>
Lane lane<int64_t>() {
  return Lane::kI64;
}
template <>
Lane lane<uint64_t>() {
  return Lane::kU64;
}
template <>
Lane lane<float>() {
  return Lane::kF32;
}
template <>
Lane lane<double>() {
  return Lane::kF64;
}
template <>
Lane lane<uint8_t>() {
  return Lane::kBool;
}

template <class Out, class T>
std::vector<Out> run(std::string_view name, const std::vector<T>& a, const std::vector<T>& b) {
  const void* in[] = {a.data(), b.data()};
  std::vector<Out> out(a.size() + 1, Out(77));
  const Loop loop = loops_named(name).at(lane<T>());
  EXPECT_NE(loop, nullptr) << name;
  loop(in, out.data(), static_cast<int64_t>(a.size()));
  EXPECT_EQ(out.back(), Out(77)) << name << " writes beyond its rows";
  out.pop_back();
  return out;
}

// The plain loop is the oracle; NaN equals NaN.
template <class T, class Out = T, class Plain>
void expect_like(std::string_view name, Plain plain, const std::vector<T>& a,
                 const std::vector<T>& b) {
  for (const Target target : kBoth) {
    const OnTarget scope(target);
    if (!scope.held()) continue;
    const auto got = run<Out>(name, a, b);
    for (size_t i = 0; i < a.size(); ++i) {
      const Out want = plain(a[i], b[i]);
      if (want != want && got[i] != got[i]) continue;
      ASSERT_EQ(got[i], want) << name << "(" << +a[i] << ", " << +b[i] << ") on target "
                              << static_cast<int>(target);
    }
  }
}

template <class T>
class IntegerLoops : public testing::Test {};
using Integers = testing::Types<int32_t, int64_t, uint64_t>;
TYPED_TEST_SUITE(IntegerLoops, Integers);

TYPED_TEST(IntegerLoops, WrapAndDivideLikeNumPy) {
  using T = TypeParam;
  using U = std::make_unsigned_t<T>;
  const auto a = values<T>(1);
  auto b = values<T>(2);
  expect_like<T>("add", [](T x, T y) { return static_cast<T>(U(x) + U(y)); }, a, b);
  expect_like<T>("multiply", [](T x, T y) { return static_cast<T>(U(x) * U(y)); }, a, b);
  const auto floor_divide = [](T x, T y) {
    if (y == 0) return T(0);
    if (std::is_signed_v<T> && y == T(-1)) return static_cast<T>(U(0) - U(x));
    const T q = x / y;
    return static_cast<T>(q - (x % y != 0 && (x % y < 0) != (y < 0)));
  };
  const auto remainder = [&](T x, T y) {
    return y == 0 ? T(0) : static_cast<T>(U(x) - U(floor_divide(x, y)) * U(y));
  };
  const auto fmod = [](T x, T y) {
    return y == 0 || (std::is_signed_v<T> && y == T(-1)) ? T(0) : static_cast<T>(x % y);
  };
  expect_like<T>("floor_divide", floor_divide, a, b);
  expect_like<T>("remainder", remainder, a, b);
  expect_like<T>("fmod", fmod, a, b);
  // Small values take the way through doubles.
  std::vector<T> small_a, small_b;
  for (size_t i = 0; i < a.size(); ++i) {
    small_a.push_back(static_cast<T>(a[i] >> (sizeof(T) == 8 ? 15 : 0)));
    small_b.push_back(static_cast<T>(b[i] >> (sizeof(T) * 8 - 5)));
  }
  expect_like<T>("floor_divide", floor_divide, small_a, small_b);
  expect_like<T>("remainder", remainder, small_a, small_b);
  expect_like<T>("fmod", fmod, small_a, small_b);
  for (T& y : b) y = static_cast<T>(U(y) % 70);
  const auto power = [](T x, T y) {
    U product = 1;
    for (U i = 0; i < U(y); ++i) product *= U(x);
    return static_cast<T>(product);
  };
  expect_like<T>("power", power, a, b);
}

TYPED_TEST(IntegerLoops, ShiftsBeyondTheWidthLeaveNothing) {
  using T = TypeParam;
  using U = std::make_unsigned_t<T>;
  const std::vector<T> a{1, static_cast<T>(-8), 5, 3, static_cast<T>(-1)};
  const std::vector<T> b{static_cast<T>(sizeof(T) * 8 - 1), 1, 200, static_cast<T>(-1), 64};
  expect_like<T>(
      "left_shift",
      [](T x, T y) { return U(y) < sizeof(T) * 8 ? static_cast<T>(U(x) << y) : T(0); }, a, b);
  expect_like<T>(
      "right_shift",
      [](T x, T y) {
        if (U(y) < sizeof(T) * 8) return static_cast<T>(x >> y);
        return x < 0 ? static_cast<T>(-1) : T(0);
      },
      a, b);
}

template <class T>
class FloatLoops : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(FloatLoops, Floats);

TYPED_TEST(FloatLoops, DivideLikePython) {
  using T = TypeParam;
  const auto a = values<T>(3), b = values<T>(4);
  expect_like<T>("fmod", [](T x, T y) { return std::fmod(x, y); }, a, b);
  expect_like<T>(
      "remainder",
      [](T x, T y) {
        const T mod = std::fmod(x, y);
        if (y == 0) return mod;
        if (mod == 0) return std::copysign(T(0), y);
        return (y < 0) != (mod < 0) ? mod + y : mod;
      },
      a, b);
  // Quotients next to whole numbers are where a rounded division goes wrong.
  std::vector<T> near_a, near_b;
  for (size_t i = 0; i < a.size(); ++i) {
    const T y = std::isfinite(b[i]) && b[i] != 0 ? b[i] : T(0.1);
    near_b.push_back(y);
    near_a.push_back(std::nextafter(y * static_cast<T>(i), i % 2 ? T(1e30) : T(-1e30)));
  }
  expect_like<T>("fmod", [](T x, T y) { return std::fmod(x, y); }, near_a, near_b);
}

TYPED_TEST(FloatLoops, PartsAreThoseOfTheLibrary) {
  using T = TypeParam;
  const auto a = values<T>(5), b = values<T>(6);
  const T inf = std::numeric_limits<T>::infinity();
  expect_like<T>("nextafter", [](T x, T y) { return std::nextafter(x, y); }, a, b);
  expect_like<T>(
      "spacing",
      [&](T x, T) {
        if (!std::isfinite(x)) return std::numeric_limits<T>::quiet_NaN();
        if (x == 0) return std::numeric_limits<T>::denorm_min();
        return std::nextafter(x, std::copysign(inf, x)) - x;
      },
      a, b);
  expect_like<T>(
      "modf_fraction",
      [](T x, T) {
        T whole;
        return std::modf(x, &whole);
      },
      a, b);
  expect_like<T>("rint", [](T x, T) { return std::nearbyint(x); }, a, b);
  expect_like<T, uint8_t>("signbit", [](T x, T) { return std::signbit(x); }, a, b);
  expect_like<T, uint8_t>("isfinite", [](T x, T) { return std::isfinite(x); }, a, b);
  expect_like<T>(
      "maximum", [](T x, T y) { return std::isnan(x)   ? x
                                       : std::isnan(y) ? y
                                       : x > y         ? x
                                                       : y; }, a,
      b);
  expect_like<T>("fmin", [](T x, T y) { return std::fmin(x, y); }, a, b);
}

// SLEEF promises one unit in the last place; the oracle is the library in long double.
template <class T>
void expect_within_ulps(std::string_view name, long double (*oracle)(long double), double ulps) {
  const auto a = values<T>(7);
  for (const Target target : kBoth) {
    const OnTarget scope(target);
    if (!scope.held()) continue;
    const auto got = run<T>(name, a, a);
    for (size_t i = 0; i < a.size(); ++i) {
      const long double exact = oracle(a[i]);
      const T want = static_cast<T>(exact);
      if (std::isnan(want)) {
        ASSERT_TRUE(std::isnan(got[i])) << name << "(" << a[i] << ") = " << got[i];
      } else if (std::isinf(want) || want == 0) {
        // Within one unit of overflow or underflow either answer is right.
        if (std::isinf(want) && std::fabs(got[i]) >= std::numeric_limits<T>::max()) continue;
        ASSERT_EQ(got[i], want) << name << "(" << a[i] << ")";
      } else {
        const long double unit =
            std::nextafter(std::fabs(want), std::numeric_limits<T>::infinity()) - std::fabs(want);
        ASSERT_LE(std::fabs(static_cast<long double>(got[i]) - exact), ulps * unit)
            << name << "(" << a[i] << ") = " << got[i] << ", want " << want;
      }
    }
  }
}

TYPED_TEST(FloatLoops, MathIsWithinAUnit) {
  using T = TypeParam;
  using Oracle = long double (*)(long double);
  const std::pair<const char*, Oracle> table[] = {
      {"sin", std::sin},      {"cos", std::cos},     {"tan", std::tan},     {"arcsin", std::asin},
      {"arccos", std::acos},  {"arctan", std::atan}, {"tanh", std::tanh},   {"arctanh", std::atanh},
      {"exp", std::exp},      {"exp2", std::exp2},   {"expm1", std::expm1}, {"log", std::log},
      {"log2", std::log2},    {"log10", std::log10}, {"log1p", std::log1p}, {"cbrt", std::cbrt},
      {"sqrt", std::sqrt},    {"sinh", std::sinh},   {"cosh", std::cosh},   {"arcsinh", std::asinh},
      {"arccosh", std::acosh}};
  for (const auto& [name, oracle] : table) expect_within_ulps<T>(name, oracle, 1.01);
}

template <class T>
void fold_nans_of(std::vector<char>& bytes) {
  for (size_t i = 0; i < bytes.size(); i += sizeof(T)) {
    T x;
    std::memcpy(&x, bytes.data() + i, sizeof(T));
    if (x != x) std::memset(bytes.data() + i, 0x7F, sizeof(T));
  }
}
void fold_nans(Lane lane, std::vector<char>& bytes) {
  if (lane == Lane::kF32) fold_nans_of<float>(bytes);
  if (lane == Lane::kF64) fold_nans_of<double>(bytes);
}

// The bits of a result must not depend on the instruction set nor on the neighbours in a vector.
TEST(Loops, GiveTheSameBitsOnBothTargets) {
  if (!force_target(Target::kAvx512)) GTEST_SKIP() << "this machine has no AVX-512";
  force_target({});
  const auto check_lane = [](std::string_view name, auto tag) {
    using T = decltype(tag);
    const LoopSet& set = loops_named(name);
    if (set.at(lane<T>()) == nullptr) return;
    auto a = values<T>(8), b = values<T>(9);
    if (name == "ldexp") std::memset(b.data(), 0, b.size() * sizeof(T));
    const auto bytes = a.size() * kernels::lane_width(set.out_of(lane<T>()));
    std::vector<char> results[3];
    for (int i = 0; i < 3; ++i) {
      const OnTarget scope(i == 0 ? Target::kAvx2 : Target::kAvx512);
      const void* in[] = {a.data(), b.data()};
      results[i].resize(bytes);
      if (i < 2) {
        set.at(lane<T>())(in, results[i].data(), kRows);
        continue;
      }
      for (int64_t k = 0; k < kRows; ++k) {  // each value alone
        const void* one[] = {a.data() + k, b.data() + k};
        set.at(lane<T>())(one, results[i].data() + k * (bytes / kRows), 1);
      }
    }
    for (auto& result : results) fold_nans(set.out_of(lane<T>()), result);
    EXPECT_TRUE(results[0] == results[1])
        << name << " depends on the instruction set, lane " << static_cast<int>(lane<T>());
    EXPECT_TRUE(results[1] == results[2])
        << name << " depends on the neighbours, lane " << static_cast<int>(lane<T>());
  };
  for (const std::string_view name : loop_names()) {
    check_lane(name, int32_t{});
    check_lane(name, int64_t{});
    check_lane(name, uint64_t{});
    check_lane(name, float{});
    check_lane(name, double{});
    check_lane(name, uint8_t{});
  }
}

// One value for all rows gives what a column of it gives.
TEST(Loops, ReadConstantsAsOneValue) {
  const auto check_lane = [](std::string_view name, auto tag) {
    using T = decltype(tag);
    const LoopSet& set = loops_named(name);
    for (const Form form : {Form::kLeftConstant, Form::kRightConstant}) {
      if (set.at(lane<T>(), form) == nullptr) continue;
      auto a = values<T>(12), b = values<T>(13);
      (form == Form::kLeftConstant ? a : b).assign(kRows, T(3));
      const auto bytes = kRows * lane_width(set.out_of(lane<T>()));
      std::vector<char> wanted(bytes), got(bytes);
      const void* in[] = {a.data(), b.data()};
      set.at(lane<T>())(in, wanted.data(), kRows);
      const T three(3);
      in[form == Form::kLeftConstant ? 0 : 1] = &three;
      set.at(lane<T>(), form)(in, got.data(), kRows);
      fold_nans(set.out_of(lane<T>()), wanted);
      fold_nans(set.out_of(lane<T>()), got);
      EXPECT_TRUE(wanted == got) << name << " with a constant, lane "
                                 << static_cast<int>(lane<T>());
    }
  };
  for (const std::string_view name : loop_names()) {
    check_lane(name, int32_t{});
    check_lane(name, int64_t{});
    check_lane(name, uint64_t{});
    check_lane(name, float{});
    check_lane(name, double{});
    if (name.find("unsigned") == std::string_view::npos) check_lane(name, uint8_t{});
  }
}

TEST(Conversion, IsACast) {
  const std::vector<double> a{0, 1, -1, 127, 128, 255, 256, -129, 2.9, -2.9, 65535, 1e9};
  alignas(64) char scratch[2 * kChunk * 8];
  const auto n = static_cast<int64_t>(a.size());
  std::vector<int8_t> narrow(a.size());
  std::vector<uint8_t> truth(a.size());
  Conversion(TypeId::kFloat64, TypeId::kInt8).run(a.data(), narrow.data(), scratch, n);
  Conversion(TypeId::kFloat64, TypeId::kBool).run(a.data(), truth.data(), scratch, n);
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(narrow[i], static_cast<int8_t>(static_cast<int64_t>(a[i])));
    EXPECT_EQ(truth[i], a[i] != 0);
  }
  std::vector<float> floats(a.size());
  Conversion(TypeId::kInt8, TypeId::kFloat32).run(narrow.data(), floats.data(), scratch, n);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(floats[i], static_cast<float>(narrow[i]));
  const std::vector<uint32_t> top{0, 1, 0x80000000u, 0xFFFFFFFFu};
  std::vector<double> wide(4);
  Conversion(TypeId::kUInt32, TypeId::kFloat64).run(top.data(), wide.data(), scratch, 4);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(wide[i], static_cast<double>(top[i]));
  const std::vector<double> huge{1e19, 18446744073709549568.0, 9223372036854775808.0, 5.5, -1};
  std::vector<uint64_t> unsigned_out(5);
  Conversion(TypeId::kFloat64, TypeId::kUInt64).run(huge.data(), unsigned_out.data(), scratch, 5);
  EXPECT_EQ(unsigned_out, (std::vector<uint64_t>{10000000000000000000u, 18446744073709549568u,
                                                 9223372036854775808u, 5, ~uint64_t{0}}));
}

TEST(Bitmap, RoundTripsAtAnyOffset) {
  std::mt19937_64 random(11);
  std::vector<uint8_t> bits(64), other(64);
  for (auto& byte : bits) byte = static_cast<uint8_t>(random());
  for (auto& byte : other) byte = static_cast<uint8_t>(random());
  const auto bit = [](const std::vector<uint8_t>& from, int64_t i) {
    return (from[i >> 3] >> (i & 7)) & 1;
  };
  for (const int64_t n : {0, 1, 7, 8, 63, 64, 65, 200, 300}) {
    for (const int64_t offset : {0, 1, 5, 9, 64}) {
      std::vector<uint8_t> bytes(n + 1, 9), packed(64, 0xFF), both(64, 0xFF);
      bits_to_bytes(bits.data(), offset, bytes.data(), n);
      bytes_to_bits(bytes.data(), packed.data(), n);
      and_bits(bits.data(), offset, other.data(), 3, both.data(), n);
      int64_t set = 0;
      for (int64_t i = 0; i < n; ++i) {
        set += bit(bits, offset + i);
        ASSERT_EQ(bytes[i], bit(bits, offset + i));
        ASSERT_EQ(bit(packed, i), bit(bits, offset + i));
        ASSERT_EQ(bit(both, i), bit(bits, offset + i) & bit(other, 3 + i));
      }
      EXPECT_EQ(bytes[n], 9);
      EXPECT_EQ(count_bits(bits.data(), offset, n), set);
    }
  }
}

TEST(Select, TakesOneOfTwo) {
  const std::vector<uint8_t> condition{1, 0, 0, 1, 1};
  const std::vector<int16_t> a{1, 2, 3, 4, 5};
  const int16_t other = -1;
  std::vector<int16_t> out(5);
  select(2, condition.data(), a.data(), 1, &other, 0, out.data(), 5);
  EXPECT_EQ(out, (std::vector<int16_t>{1, -1, -1, 4, 5}));
  const std::vector<int32_t> index{2, -1, 1, 7, 0};
  gather(2, a.data(), 3, index.data(), out.data(), 5);
  EXPECT_EQ(out, (std::vector<int16_t>{3, 1, 2, 1, 1}));
}

}  // namespace
}  // namespace tharsis::kernels
