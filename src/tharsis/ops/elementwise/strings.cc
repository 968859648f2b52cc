#include "tharsis/ops/elementwise/strings.h"

#include <cstring>

namespace tharsis::ops {
namespace {

// A missing row may hold anything.
const StringRef* texts(const Arguments& args, size_t i) { return args[i].values<StringRef>(); }

template <class Compare>
uint8_t* compare(const Arguments& args, Compare compare_two) {
  auto* out = args.room<uint8_t>();
  const StringRef *a = texts(args, 0), *b = texts(args, 1);
  const int64_t step_a = args.is_constant(0) ? 0 : 1, step_b = args.is_constant(1) ? 0 : 1;
  const DType no_flavour(TypeId::kBool);
  const Validity present = args.present(no_flavour);
  for (int64_t i = 0; i < args.rows(); ++i) {
    out[i] = present.at(i) && compare_two(a[i * step_a], b[i * step_b]);
  }
  return out;
}

}  // namespace

char* TextRoom::begin(int64_t size) {
  constexpr int64_t kBlock = 16 << 10;
  if (size > left_) {
    left_ = std::max(size, kBlock);
    block_ = static_cast<char*>(arena_.take(left_));
  }
  text_ = block_;
  return text_;
}

StringRef TextRoom::finish(int64_t size) {
  const StringRef out(text_, static_cast<uint32_t>(size));
  if (!out.is_inline()) {
    block_ += size;
    left_ -= size;
  }
  return out;
}

StringRef TextRoom::copy(std::string_view text) {
  const auto size = static_cast<int64_t>(text.size());
  if (text.size() <= StringRef::kInline) return StringRef(text);
  std::memcpy(begin(size), text.data(), text.size());
  return finish(size);
}

Column concatenated(const DType& out, const Arguments& args) {
  TextRoom room(args.arena());
  auto* refs = args.room<StringRef>();
  const Validity present = args.present(out);
  for (int64_t i = 0; i < args.rows(); ++i) {
    if (!present.at(i)) {
      refs[i] = StringRef();
      continue;
    }
    int64_t size = 0;
    for (size_t k = 0; k < args.size(); ++k) size += texts(args, k)[args[k].at(i)].length;
    char* to = room.begin(size);
    for (size_t k = 0; k < args.size(); ++k) {
      const StringRef& text = texts(args, k)[args[k].at(i)];
      std::memcpy(to, text.data(), text.length);
      to += text.length;
    }
    refs[i] = room.finish(size);
  }
  return args.result(out, refs, present);
}

uint8_t* compared_strings(Comparison comparison, const Arguments& args) {
  switch (comparison) {
    case Comparison::kEqual:
      return compare(args, [](const StringRef& a, const StringRef& b) { return a == b; });
    case Comparison::kNotEqual:
      return compare(args, [](const StringRef& a, const StringRef& b) { return !(a == b); });
    case Comparison::kLess:
      return compare(args, [](const StringRef& a, const StringRef& b) { return a < b; });
    case Comparison::kLessEqual:
      return compare(args, [](const StringRef& a, const StringRef& b) { return !(b < a); });
    case Comparison::kGreater:
      return compare(args, [](const StringRef& a, const StringRef& b) { return b < a; });
    case Comparison::kGreaterEqual:
      return compare(args, [](const StringRef& a, const StringRef& b) { return !(a < b); });
  }
  return nullptr;
}

}  // namespace tharsis::ops
