#include "tharsis/kernels/widen.h"

#include <cstring>

#include "tharsis/types/visit.h"

namespace tharsis::kernels {
namespace {

template <class To>
void widen_to(TypeId from, const void* values, void* out, int64_t n) {
  visit_number(from, [&](auto type) {
    using From = decltype(type);
    const auto* __restrict in = static_cast<const From*>(values);
    auto* __restrict to = static_cast<To*>(out);
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<To>(in[i]);
  });
}

}  // namespace

void widen(TypeId from, const void* values, TypeId to, void* out, int64_t n) {
  switch (to) {
    case TypeId::kInt64:
      return widen_to<int64_t>(from, values, out, n);
    case TypeId::kUInt64:
      return widen_to<uint64_t>(from, values, out, n);
    case TypeId::kFloat32:
      return widen_to<float>(from, values, out, n);
    case TypeId::kFloat64:
      return widen_to<double>(from, values, out, n);
    default:
      std::memcpy(out, values, n);  // bool stays bool
  }
}

}  // namespace tharsis::kernels
