#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tharsis/kernels/compare.cc"
#include "hwy/foreach_target.h"
#include "tharsis/kernels/map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tharsis::kernels::HWY_NAMESPACE {
namespace {

struct Equal {
  template <class T>
  Bool operator()(T a, T b) const {
    return a == b;
  }
};
struct NotEqual {
  template <class T>
  Bool operator()(T a, T b) const {
    return a != b;
  }
};
struct Less {
  template <class T>
  Bool operator()(T a, T b) const {
    return a < b;
  }
};
struct LessEqual {
  template <class T>
  Bool operator()(T a, T b) const {
    return a <= b;
  }
};
struct Greater {
  template <class T>
  Bool operator()(T a, T b) const {
    return a > b;
  }
};
struct GreaterEqual {
  template <class T>
  Bool operator()(T a, T b) const {
    return a >= b;
  }
};

// An int64 with a uint64, exactly: a negative number is less than all of them.
template <class Op>
void signed_unsigned(const void* const* in, void* out, int64_t n) {
  const int64_t* HWY_RESTRICT a = static_cast<const int64_t*>(in[0]);
  const uint64_t* HWY_RESTRICT b = static_cast<const uint64_t*>(in[1]);
  Bool* HWY_RESTRICT z = static_cast<Bool*>(out);
  const Bool negative = Op()(0, 1);
  for (int64_t i = 0; i < n; ++i) {
    z[i] = a[i] < 0 ? negative : Op()(static_cast<uint64_t>(a[i]), b[i]);
  }
}

template <class Op>
void comparison(LoopTable& table, const char* name, const char* mixed) {
  add_numbers<Op>(table, name);
  add<Op, Bool>(table, name);
  table.push_back({mixed, Lane::kI64, Lane::kBool, signed_unsigned<Op>});
}

void compare_loops(LoopTable& table) {
  comparison<Equal>(table, "equal", "equal_unsigned");
  comparison<NotEqual>(table, "not_equal", "not_equal_unsigned");
  comparison<Less>(table, "less", "less_unsigned");
  comparison<LessEqual>(table, "less_equal", "less_equal_unsigned");
  comparison<Greater>(table, "greater", "greater_unsigned");
  comparison<GreaterEqual>(table, "greater_equal", "greater_equal_unsigned");
}

}  // namespace
}  // namespace tharsis::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
THARSIS_EXPORT_LOOPS(compare_loops)
#endif
