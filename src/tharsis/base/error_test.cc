#include "tharsis/base/error.h"

#include <gtest/gtest.h>

namespace tharsis {
namespace {

TEST(NearNames, OffersTheNearestFirst) {
  const auto near = near_names("pice", {"volume", "price", "prices", "x"});
  ASSERT_EQ(near.size(), 2u);
  EXPECT_EQ(near[0], "price");
  EXPECT_EQ(near[1], "prices");
}

TEST(NearNames, OffersNothingWhenNothingIsNear) {
  EXPECT_TRUE(near_names("household", {"x", "y"}).empty());
}

TEST(Error, CarriesNotesBelowTheMessage) {
  const Error error = Error(ErrorCode::kAxis, "sum: axis 2").with_note("built at a.py:1");
  EXPECT_STREQ(error.what(), "sum: axis 2\n  built at a.py:1");
}

TEST(Require, FormatsOnlyWhenItFails) {
  EXPECT_NO_THROW(require(true, ErrorCode::kAxis, "{}", 1));
  EXPECT_THROW(require(false, ErrorCode::kAxis, "{}", 1), Error);
}

}  // namespace
}  // namespace tharsis
