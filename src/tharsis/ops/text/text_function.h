#pragma once

#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/params.h"
#include "tharsis/ops/elementwise/strings.h"

namespace tharsis::ops {

/// A function of one column of text. Over a dictionary it looks at the words only.
class TextFunction : public ScalarFunction {
 public:
  TextFunction(std::string_view name, TypeId result) : name_(name), result_(result) {}

  std::string_view name() const override { return name_; }
  DType infer(const ScalarCall& call) const override;
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override;
  double cost_ns(const ScalarCall&) const override { return 30; }

 protected:
  /// Errors in the parameters, when the call is built.
  virtual void check_params(const ScalarCall&) const {}
  virtual Column answer(const ScalarCall& call, const Arguments& args) const = 0;

 private:
  std::string_view name_;
  TypeId result_;
};

inline const StringRef* texts_of(const Arguments& args) { return args[0].values<StringRef>(); }

/// A text per present row: make(view) answers a StringRef.
template <class Make>
Column map_texts(const ScalarCall& call, const Arguments& args, Make make) {
  const StringRef* texts = texts_of(args);
  auto* out = args.room<StringRef>();
  const Validity present = args.present(call.out);
  for (int64_t i = 0; i < args.rows(); ++i) {
    out[i] = present.at(i) ? make(texts[i]) : StringRef();
  }
  return args.result(call.out, out, present);
}

/// A number per present row.
template <class T, class Make>
Column map_numbers(const ScalarCall& call, const Arguments& args, Make make) {
  const StringRef* texts = texts_of(args);
  auto* out = args.room<T>();
  const Validity present = args.present(call.out);
  for (int64_t i = 0; i < args.rows(); ++i) out[i] = present.at(i) ? make(texts[i].view()) : T{};
  return args.result(call.out, out, present);
}

/// Truth per row: a missing text is false in NumPy's flavour, else missing.
Column truth(const ScalarCall& call, const Arguments& args, uint8_t* values);
template <class Test>
Column test_texts(const ScalarCall& call, const Arguments& args, Test test) {
  const StringRef* texts = texts_of(args);
  auto* out = args.room<uint8_t>();
  const Validity present = args.present(call.out);
  for (int64_t i = 0; i < args.rows(); ++i) out[i] = present.at(i) && test(texts[i].view());
  return truth(call, args, out);
}

/// A part of a text, which stays where it is where it is long.
inline StringRef part_of(std::string_view part) { return StringRef(part); }

/// Whether all present texts are ASCII.
bool all_ascii(const Arguments& args);

}  // namespace tharsis::ops
