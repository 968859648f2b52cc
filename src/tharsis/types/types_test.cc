#include <gtest/gtest.h>

#include "tharsis/base/error.h"
#include "tharsis/types/meta.h"
#include "tharsis/types/promote.h"

namespace tharsis {
namespace {

TEST(DType, NamesRoundTrip) {
  for (const char* name : {"bool", "int8", "uint64", "float32", "str", "Int64", "boolean",
                           "datetime64[us, Europe/Rome]", "timedelta64[ms]"}) {
    EXPECT_EQ(parse_dtype(name).name(), name);
  }
}

TEST(DType, UnknownNamesOfferTheNearest) {
  try {
    parse_dtype("flaot64");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDType);
    EXPECT_NE(error.message().find("'float64'"), std::string::npos) << error.message();
  }
}

// The table of NumPy 2's np.result_type.
TEST(Promote, FollowsNumPy) {
  const auto both = [](const char* a, const char* b) {
    const std::string forth = promote(parse_dtype(a), parse_dtype(b), "t").name();
    EXPECT_EQ(forth, promote(parse_dtype(b), parse_dtype(a), "t").name());
    return forth;
  };
  EXPECT_EQ(both("bool", "int8"), "int8");
  EXPECT_EQ(both("int8", "uint8"), "int16");
  EXPECT_EQ(both("int32", "uint32"), "int64");
  EXPECT_EQ(both("int64", "uint64"), "float64");
  EXPECT_EQ(both("int16", "float32"), "float32");
  EXPECT_EQ(both("int32", "float32"), "float64");
  EXPECT_EQ(both("uint8", "uint32"), "uint32");
  EXPECT_EQ(both("datetime64[s]", "datetime64[ns]"), "datetime64[ns]");
  EXPECT_FALSE(promoted(TypeId::kString, TypeId::kInt64));
}

TEST(Promote, BareNumbersTakeTheOthersType) {
  const Scalar three{TypeId::kInt64, int64_t{3}, true};
  const Scalar half{TypeId::kFloat64, 0.5, true};
  EXPECT_EQ(weak_type(three, TypeId::kInt8, "t").name(), "int8");
  EXPECT_EQ(weak_type(half, TypeId::kFloat32, "t").name(), "float32");
  EXPECT_EQ(weak_type(half, TypeId::kInt8, "t").name(), "float64");
  const Scalar big{TypeId::kInt64, int64_t{300}, true};
  EXPECT_THROW(weak_type(big, TypeId::kInt8, "t"), Error);
}

TEST(Meta, WrongColumnsOfferTheNearest) {
  const Meta frame = frame_meta({{std::string("price"), TypeId::kFloat64}}, 0, {}, {});
  try {
    require_column(frame, std::string("prise"), "getitem");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kColumnNotFound);
    EXPECT_NE(error.message().find("did you mean 'price'"), std::string::npos) << error.message();
  }
}

TEST(Meta, WireFormRoundTrips) {
  Meta frame = frame_meta({{int64_t{3}, timestamp_type(TimeUnit::kMicro, "UTC")},
                           {std::string("c"), category_type({std::string("x"), int64_t{1}}, true)}},
                          1, {5, 7}, {1, 2});
  WireWriter out;
  put_meta(out, frame);
  WireReader in(out.bytes());
  const Meta back = get_meta(in);
  EXPECT_EQ(back.text(), frame.text());
  EXPECT_EQ(back.field(1).dtype, frame.field(1).dtype);
  EXPECT_EQ(back.row_space, frame.row_space);
  EXPECT_TRUE(in.done());
}

}  // namespace
}  // namespace tharsis
