#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/table.h"

namespace tharsis::ops {
namespace {

enum class Logic : uint8_t { kAnd, kOr, kXor };

// Kleene's logic over flat bytes: an answer that the missing value cannot change is known.
Column kleene(Logic logic, const ScalarCall& call, const Arguments& args) {
  const int64_t rows = args.rows();
  memory::Arena& arena = args.arena();
  const Column left = repeated(converted(args[0], TypeId::kBool, rows, arena), rows, arena);
  const Column right = repeated(converted(args[1], TypeId::kBool, rows, arena), rows, arena);
  const auto *a = left.values<uint8_t>(), *b = right.values<uint8_t>();
  const uint8_t* a_known = present_bytes({left.validity, left.validity_offset}, rows, arena);
  const uint8_t* b_known = present_bytes({right.validity, right.validity_offset}, rows, arena);
  auto* out = args.room<uint8_t>();
  auto* known = args.room<uint8_t>();
  for (int64_t i = 0; i < rows; ++i) {
    const uint8_t both = a_known[i] & b_known[i];
    if (logic == Logic::kXor) {
      out[i] = a[i] ^ b[i];
      known[i] = both;
    } else {
      // The value that decides alone: false for and, true for or.
      const uint8_t decides = logic == Logic::kOr;
      const uint8_t by_a = a_known[i] & (a[i] == decides), by_b = b_known[i] & (b[i] == decides);
      out[i] = (by_a | by_b) != 0 ? decides : decides ^ 1;
      known[i] = both | by_a | by_b;
    }
  }
  return args.result(call.out, out, validity_from_bytes(known, rows, arena));
}

class Binary final : public NumericFunction {
 public:
  Binary(std::string_view name, std::string_view loops, TypeRule rule, Logic logic)
      : NumericFunction(name, loops, rule), logic_(logic) {}

  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const bool three_valued = call.out.is_bool() && call.out.flavour != Flavour::kNumpy;
    if (three_valued) {
      const Arguments args(in, batch, worker);
      if (args[0].validity != nullptr || args[1].validity != nullptr) {
        return kleene(logic_, call, args);
      }
    }
    return NumericFunction::evaluate(call, in, batch, worker);
  }

 private:
  Logic logic_;
};

}  // namespace

void add_logical(FunctionTable& table) {
  table.add<Binary>("logical_and", "bitwise_and", same_bool, Logic::kAnd);
  table.add<Binary>("logical_or", "bitwise_or", same_bool, Logic::kOr);
  table.add<Binary>("logical_xor", "bitwise_xor", same_bool, Logic::kXor);
  table.add<NumericFunction>("logical_not", "invert", same_bool);
  table.add<Binary>("bitwise_and", "bitwise_and", same_bits, Logic::kAnd);
  table.add<Binary>("bitwise_or", "bitwise_or", same_bits, Logic::kOr);
  table.add<Binary>("bitwise_xor", "bitwise_xor", same_bits, Logic::kXor);
  table.add<NumericFunction>("invert", "invert", same_bits);
  table.add<NumericFunction>("left_shift", "left_shift", same_integer);
  table.add<NumericFunction>("right_shift", "right_shift", same_integer);
}

}  // namespace tharsis::ops
