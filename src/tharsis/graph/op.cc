#include "tharsis/graph/op.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "tharsis/base/error.h"

namespace tharsis {
namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string_view, const Op*> by_name;
};

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

void register_ops(std::span<const Op* const> ops) {
  const std::lock_guard lock(registry().mutex);
  for (const Op* op : ops) {
    const auto [at, fresh] = registry().by_name.emplace(op->name(), op);
    check(fresh || at->second == op, "two operators have one name");
  }
}

const Op* find_op(std::string_view name) {
  const std::lock_guard lock(registry().mutex);
  const auto at = registry().by_name.find(name);
  return at == registry().by_name.end() ? nullptr : at->second;
}

std::vector<const Op*> all_ops() {
  const std::lock_guard lock(registry().mutex);
  std::vector<const Op*> ops;
  for (const auto& [name, op] : registry().by_name) ops.push_back(op);
  return ops;
}

Attrs Op::decode(std::string_view bytes) const {
  FieldDecoder decoder(bytes);
  return read(decoder);
}

std::string Op::text(const Attrs& attrs) const {
  FieldPrinter printer;
  show(attrs, printer);
  return printer.take();
}

Expr Op::build(Attrs attrs, std::vector<Expr> inputs) const {
  return call(*this, std::move(attrs), std::move(inputs));
}

std::vector<Fieldset> Op::demand_fields(const Call& call, const Fieldset&) const {
  std::vector<Fieldset> all;
  for (const auto& meta : call.in) {
    all.emplace_back(meta->kind == Kind::kFrame ? meta->num_fields() : 1, true);
  }
  return all;
}

Narrowed Op::narrow(const Call& call, const Fieldset& needed,
                    std::span<const std::vector<uint32_t>>) const {
  Narrowed same{call.attrs, {}};
  for (uint32_t i = 0; i < needed.size(); ++i) same.kept.push_back(i);
  return same;
}

std::vector<Piece> Op::demand(const Call&, const Region&) const {
  fail(ErrorCode::kInternal, "{} does not say what it demands", name());
}

std::vector<uint32_t> Op::emit(const Call&, std::span<const std::vector<uint32_t>>,
                               Program&) const {
  fail(ErrorCode::kInternal, "{} has no program", name());
}

Run Op::run(const Call&, std::span<const Ref<Value>>) const { return {}; }

std::optional<Attrs> Op::absorb_tests(const Call&, std::span<const FieldTest>) const {
  return std::nullopt;
}

Lowered Op::lower(const Call&, std::span<const Expr>, const Facts&) const { return {}; }

std::vector<Ref<Value>> Op::evaluate(const Call&, std::span<const Ref<Value>>, Driver&) const {
  fail(ErrorCode::kInternal, "{} cannot be evaluated on stored values", name());
}

}  // namespace tharsis
