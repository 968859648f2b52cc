#include "tharsis/ops/text/text_function.h"

#include "tharsis/ops/text/code_points.h"

namespace tharsis::ops {

DType TextFunction::infer(const ScalarCall& call) const {
  require(call.in[0].is_string(), ErrorCode::kDType, "{}: {} is no text", name_, call.in[0].name());
  check_params(call);
  return DType(result_).with_flavour(call.in[0].flavour);
}

Column TextFunction::evaluate(const ScalarCall& call, std::span<const Column> in,
                              const Batch& batch, Worker& worker) const {
  auto by_words = evaluated_by_words(call, in, batch, worker);
  if (!by_words) return answer(call, Arguments(in, batch, worker));
  if (result_ != TypeId::kBool || call.out.flavour != Flavour::kNumpy) return std::move(*by_words);
  const Arguments rows({&*by_words, 1}, batch, worker);
  return truth(call, rows, static_cast<uint8_t*>(const_cast<void*>(by_words->data)));
}

Column truth(const ScalarCall& call, const Arguments& args, uint8_t* values) {
  const Validity present = args.present(call.out);
  if (call.out.flavour != Flavour::kNumpy) return args.result(call.out, values, present);
  if (present.bits != nullptr) {
    const uint8_t* there = present_bytes(present, args.rows(), args.arena());
    for (int64_t i = 0; i < args.rows(); ++i) values[i] &= there[i];
  }
  return args.result(call.out, values);
}

bool all_ascii(const Arguments& args) {
  const StringRef* texts = texts_of(args);
  const Validity present = args.present_of(0, false);
  for (int64_t i = 0; i < args.rows(); ++i) {
    if (present.at(i) && !is_ascii(texts[i].view())) return false;
  }
  return true;
}

}  // namespace tharsis::ops
