#include <cmath>

#include "tharsis/base/error.h"
#include "tharsis/ops/elementwise/numeric.h"
#include "tharsis/ops/elementwise/table.h"

namespace tharsis::ops {
namespace {

// round(x); params[0]: decimals. As NumPy: scaled by a power of ten, rounded half to even, scaled
// back; integers change only where decimals are negative.
class Round final : public ScalarFunction {
 public:
  std::string_view name() const override { return "round"; }
  DType infer(const ScalarCall& call) const override {
    common_number(call.in, name());
    return call.in[0];
  }
  Column evaluate(const ScalarCall& call, std::span<const Column> in, const Batch& batch,
                  Worker& worker) const override {
    const int64_t decimals = call.params.empty() ? 0 : call.params[0].as_int();
    if (!call.out.is_float() && (decimals >= 0 || call.out.is_bool())) return in[0];
    const TypeId type = call.out.is_float() ? call.out.id : TypeId::kFloat64;
    const Column scale =
        constant_column({type, std::pow(10.0, static_cast<double>(std::llabs(decimals)))});
    const char* there = decimals < 0 ? "divide" : "multiply";
    const char* back = decimals < 0 ? "multiply" : "divide";
    Column x = in[0];
    if (decimals != 0) x = loop(there, {x, scale}, type, batch, worker);
    x = loop("rint", {x}, type, batch, worker);
    if (decimals != 0) x = loop(back, {x, scale}, type, batch, worker);
    x = converted(x, call.out.id, batch.rows, worker.arena);
    const Arguments args(in, batch, worker);
    return args.result(call.out, const_cast<void*>(x.data), args.present(call.out));
  }
  double cost_ns(const ScalarCall&) const override { return 0.8; }

 private:
  static Column loop(const char* loops, const std::vector<Column>& in, TypeId type,
                     const Batch& batch, Worker& worker) {
    const Arguments args(in, batch, worker);
    void* data = run_loop(kernels::loops_named(loops), {type, type}, args);
    return args.result(DType(type).with_flavour(Flavour::kNullable), data);
  }
};

}  // namespace

void add_round(FunctionTable& table) { table.add<Round>(); }

}  // namespace tharsis::ops
