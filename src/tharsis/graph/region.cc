#include "tharsis/graph/region.h"

#include <algorithm>

#include "tharsis/base/error.h"

namespace tharsis {

Region whole_region(const std::vector<int64_t>& shape) {
  require(shape.size() <= kMaxRank, ErrorCode::kUnsupported,
          "an array of {} dimensions: the engine holds at most {}", shape.size(), kMaxRank);
  Region region;
  region.rank = static_cast<uint8_t>(shape.size());
  std::copy(shape.begin(), shape.end(), region.end.begin());
  return region;
}

Access identity_access(int rank) {
  Access access;
  for (int axis = 0; axis < rank; ++axis) {
    access.axis.push_back(static_cast<int16_t>(axis));
    access.offset.push_back(0);
    access.step.push_back(1);
  }
  return access;
}

Access broadcast_access(const std::vector<int64_t>& in_shape,
                        const std::vector<int64_t>& out_shape) {
  const size_t lead = out_shape.size() - in_shape.size();
  Access access;
  for (size_t j = 0; j < in_shape.size(); ++j) {
    const bool stretched = in_shape[j] == 1 && out_shape[lead + j] != 1;
    access.axis.push_back(stretched ? int16_t{-1} : static_cast<int16_t>(lead + j));
    access.offset.push_back(0);
    access.step.push_back(1);
  }
  return access;
}

Access composed(const Access& outer, const Access& inner) {
  Access out;
  for (size_t j = 0; j < inner.axis.size(); ++j) {
    const int16_t middle = inner.axis[j];
    if (middle < 0) {
      out.axis.push_back(-1);
      out.offset.push_back(inner.offset[j]);
      out.step.push_back(1);
      continue;
    }
    out.axis.push_back(outer.axis[middle]);
    out.offset.push_back(inner.offset[j] + inner.step[j] * outer.offset[middle]);
    out.step.push_back(outer.axis[middle] < 0 ? 1 : inner.step[j] * outer.step[middle]);
  }
  return out;
}

Region image(const Access& access, const Region& out) {
  Region in;
  in.rank = static_cast<uint8_t>(access.axis.size());
  for (size_t j = 0; j < access.axis.size(); ++j) {
    int64_t first = access.offset[j], last = first;
    if (const int16_t axis = access.axis[j]; axis >= 0) {
      first += access.step[j] * out.begin[axis];
      last += access.step[j] * (out.end[axis] - 1);
    }
    in.begin[j] = std::min(first, last);
    in.end[j] = std::max(first, last) + 1;
  }
  return in;
}

Walk walk(const Access& access, const std::vector<int64_t>& shape) {
  Walk out;
  int64_t stride = 1;
  for (size_t j = shape.size(); j-- > 0;) {
    out.base += access.offset[j] * stride;
    if (access.axis[j] >= 0) out.stride[access.axis[j]] += access.step[j] * stride;
    stride *= shape[j];
  }
  return out;
}

}  // namespace tharsis
