#include "tharsis/engine/small_arrays.h"

#include <algorithm>
#include <cstring>

#include "tharsis/base/error.h"
#include "tharsis/kernels/compress.h"
#include "tharsis/kernels/widen.h"
#include "tharsis/memory/array_room.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/memory/value.h"
#include "tharsis/runtime/tile_states.h"
#include "tharsis/types/promote.h"
#include "tharsis/types/visit.h"

namespace tharsis::engine {
namespace {

constexpr size_t kArgumentsMax = 3;

bool is_number(const DType& dtype) { return dtype.is_number() || dtype.is_bool(); }

// The small stored array of an argument; null if it is not one.
const Value* small_value(const Expr& expr) {
  const Value* value = stored_value(expr).get();
  if (value == nullptr || value->meta.kind != Kind::kTensor || !is_number(value->meta.dtype))
    return nullptr;
  return value->rows() <= SmallArrays::kElementsMax ? value : nullptr;
}

void write_number(const Scalar& scalar, TypeId type, void* out) {
  visit_number(type, [&](auto zero) {
    using T = decltype(zero);
    T value{};
    if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<T>(scalar.as_double());
    } else if (const auto* large = std::get_if<uint64_t>(&scalar.value)) {
      value = static_cast<T>(*large);
    } else {
      value = static_cast<T>(scalar.as_int());
    }
    std::memcpy(out, &value, sizeof(value));
  });
}

// Copies the part of an array that a piece of a view names.
void copy_piece(const Piece& piece, const Value& from, const Region& out, char* to) {
  const memory::PinnedArray in(from);
  const Walk walk = tharsis::walk(piece.access, *sizes_if_known(from.meta));
  const int64_t width = from.meta.dtype.width();
  const int last = out.rank - 1;
  const int64_t line = last < 0 ? 1 : piece.out.length(last);
  auto at = piece.out.begin;
  for (int64_t left = piece.out.size() / std::max<int64_t>(line, 1); left > 0; --left) {
    int64_t source = walk.base, target = 0;
    for (int axis = 0; axis < out.rank; ++axis) {
      source += walk.stride[axis] * at[axis];
      target = target * out.end[axis] + at[axis];
    }
    const char* values = in.as<char>() + source * width;
    const int64_t step = last < 0 ? 1 : walk.stride[last];
    if (step == 0) {
      kernels::repeat(width, values, line, to + target * width);
    } else {
      kernels::gather_strided(width, values, step, line, to + target * width);
    }
    for (int axis = last - 1; axis >= 0; --axis) {
      if (++at[axis] < piece.out.end[axis]) break;
      at[axis] = piece.out.begin[axis];
    }
  }
}

}  // namespace

// The values of the arguments for one evaluation.
struct SmallArrays::Operands {
  std::array<memory::Pin, kArgumentsMax> pins;
  std::array<Column, kArgumentsMax> columns;
  std::array<uint64_t, kArgumentsMax> numbers{};
  const Meta* shaped = nullptr;  // the operand whose shape the result has
  int64_t rows = 1;

  // False where the shapes need to be broadcast against each other.
  bool add(const Value& value) {
    const Meta& meta = value.meta;
    if (shaped == nullptr || (shaped->shape.empty() && !meta.shape.empty())) {
      shaped = &meta;
      rows = value.rows();
      return true;
    }
    return meta.shape.empty() || meta.shape == shaped->shape;
  }
};

const SmallArrays::Resolved& SmallArrays::resolve(std::string_view function,
                                                  std::span<const ops::Argument> arguments) {
  const auto fits = [&](const Resolved& known) {
    if (known.types.size() != arguments.size() || known.function != function) return false;
    for (size_t i = 0; i < arguments.size(); ++i) {
      const ops::Argument& argument = arguments[i];
      const bool weak = !argument.expr && argument.constant.weak;
      const TypeId type = argument.expr ? argument.expr.meta().dtype.id
                          : weak        ? TypeId::kNull
                                        : argument.constant.dtype.id;
      if (known.types[i] != type) return false;
      if (weak && known.whole[i] != !argument.constant.dtype.is_float()) return false;
    }
    return true;
  };
  for (const Resolved& known : resolved_) {
    if (fits(known)) return known;
  }
  // The graph's way to find the types: one node, and its program.
  const Expr node = ops::compute(function, {arguments.begin(), arguments.end()});
  Program program(static_cast<uint32_t>(node.node->inputs.size()));
  std::vector<std::vector<uint32_t>> slots;
  for (uint32_t i = 0; i < node.node->inputs.size(); ++i) slots.push_back({i});
  node.node->call.op->emit(node.node->call, slots, program);
  check(program.instructions().size() == 1, "a function is one instruction");
  Resolved& fresh = resolved_.emplace_back();
  fresh.function = function;
  fresh.call = program.instructions()[0].call;
  for (const ops::Argument& argument : arguments) {
    const bool weak = !argument.expr && argument.constant.weak;
    fresh.types.push_back(argument.expr ? argument.expr.meta().dtype.id
                          : weak        ? TypeId::kNull
                                        : argument.constant.dtype.id);
    fresh.whole.push_back(weak && !argument.constant.dtype.is_float());
  }
  return fresh;
}

std::optional<Expr> SmallArrays::compute(std::string_view function,
                                         std::span<const ops::Argument> arguments) {
  if (arguments.empty() || arguments.size() > kArgumentsMax) return std::nullopt;
  Operands in;
  std::array<const Value*, kArgumentsMax> values{};
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].expr) {
      if (!is_number(arguments[i].constant.dtype)) return std::nullopt;
      continue;
    }
    values[i] = small_value(arguments[i].expr);
    if (values[i] == nullptr) return std::nullopt;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (values[i] != nullptr && !in.add(*values[i])) return std::nullopt;
  }
  if (in.shaped == nullptr) return std::nullopt;
  // An earlier operand may have been a number beside a later array.
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (values[i] == nullptr || values[i]->meta.shape.empty()) continue;
    if (values[i]->meta.shape != in.shaped->shape) return std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  const Resolved& resolved = resolve(function, arguments);
  for (size_t i = 0; i < arguments.size(); ++i) {
    Column& column = in.columns[i];
    if (values[i] == nullptr) {
      const Scalar& constant = arguments[i].constant;
      const DType& type = resolved.call.in[i];
      // Resolved for another number: what to do with one that does not fit is the graph's to know.
      if (constant.weak && type.is_integer() && !weak_fits(constant, type)) return std::nullopt;
      column.dtype = type;
      write_number(constant, type.id, &in.numbers[i]);
      column.data = &in.numbers[i];
      column.encoding = Encoding::kConstant;
      continue;
    }
    const auto& chunk = values[i]->chunks[0];
    in.pins[i] = chunk->store().pin(chunk);
    const Column& stored = in.pins[i]->columns[0];  // whose owners the pin keeps
    column.dtype = stored.dtype;
    column.encoding = stored.encoding;
    column.data = stored.data;
    count_read(in.pins[i]->rows);
    if (stored.validity != nullptr) return std::nullopt;
    if (values[i]->meta.shape.empty() && in.rows != 1) column.encoding = Encoding::kConstant;
  }
  const CancelToken never;
  Worker worker{store_, arena_, never};
  const memory::ArenaScope scope(arena_);
  const ScalarCall& call = resolved.call;
  auto bytes = std::make_shared<memory::Buffer>(in.rows * call.out.width());
  const std::span<const Column> columns(in.columns.data(), arguments.size());
  if (!call.function->evaluate_into(call, columns, in.rows, bytes->data(), worker)) {
    Batch batch;
    batch.rows = in.rows;
    const Column out =
        memory::flatten(call.function->evaluate(call, columns, batch, worker), in.rows);
    if (in.rows > 0) std::memcpy(bytes->data(), out.data, in.rows * call.out.width());
  }
  Batch batch;
  batch.rows = in.rows;
  Column& column = batch.columns.emplace_back();
  column.dtype = call.out;
  column.data = bytes->data();
  column.owner = std::move(bytes);
  auto value = std::make_shared<Value>();
  value->store = &store_;
  value->meta = tensor_meta(call.out, in.shaped->shape);
  value->add(store_.put(std::move(batch)));
  return stored_leaf(std::move(value));
}

Ref<Value> SmallArrays::view(const Node& node) {
  const auto shape = sizes_if_known(*node.out[0]);
  if (!shape) return nullptr;
  const Region out = whole_region(*shape);
  if (out.size() > kElementsMax) return nullptr;
  memory::ArrayRoom room(store_, node.out[0]->dtype, out.size(), "small array");
  count_read(out.size());
  if (out.size() > 0) {
    for (const Piece& piece : node.call.op->demand(node.call, out))
      copy_piece(piece, *stored_value(node.inputs[piece.input]), out, room.data());
  }
  return room.close(*shape);
}

Ref<Value> SmallArrays::reduction(const Node& node) {
  const Value& in = *stored_value(node.inputs[0]);
  const auto sink = std::get<Ref<TileSink>>(node.call.op->run(node.call, {}));
  std::vector<int64_t> shape = *sizes_if_known(in.meta);
  std::vector<bool> reduced(shape.size(), false);
  for (const int64_t axis : sink->axes) reduced[axis] = true;
  if (shape.empty()) {
    shape.push_back(1);
    reduced.push_back(false);
  }
  const auto out = *sizes_if_known(*node.out[0]);
  int64_t outputs = 1;
  for (const int64_t length : out) outputs *= length;
  const Fold& fold = *sink->fold;
  memory::ArrayRoom room(store_, node.out[0]->dtype, outputs, "small array");
  if (in.rows() == 0) {
    fold.finish({}, outputs, 0, room.data());
    return room.close(out);
  }
  const std::lock_guard lock(mutex_);
  const memory::ArenaScope scope(arena_);
  const memory::PinnedArray array(in);
  const void* values = array.as<char>();
  count_read(in.rows());
  if (fold.takes().id != in.meta.dtype.id) {
    void* wide = arena_.take(in.rows() * 8);
    kernels::widen(in.meta.dtype.id, values, fold.takes().id, wide, in.rows());
    values = wide;
  }
  const LeafGrid grid = leaf_grid(shape, reduced);
  const Region region = whole_region(shape);
  runtime::SplitFold split(fold, grid, shape, region, arena_);
  split.add({region.begin, 0, shape[0], in.rows()}, values);
  const std::vector<runtime::FoldNode> nodes = split.nodes();
  const int64_t count = in.rows() / outputs;
  if (nodes.size() == 1) {
    fold.finish(nodes[0].states, outputs, count, room.data());
    return room.close(out);
  }
  runtime::TileTree tree(fold, grid, outputs);
  for (const runtime::FoldNode& one : nodes) tree.insert(one);
  runtime::TileTree::Held root = tree.take_root();
  fold.finish({root.states.data(), outputs}, outputs, count, room.data());
  return room.close(out);
}

Ref<Value> SmallArrays::evaluate(const Node& node) {
  const Traits traits = node.call.op->traits(node.call);
  if (traits.relabels) {
    const Value* in = stored_value(node.inputs[0]).get();
    if (in == nullptr) return nullptr;
    auto same = std::make_shared<Value>(*in);
    same->meta = *node.out[0];
    return same;
  }
  for (const Expr& input : node.inputs) {
    if (small_value(input) == nullptr || !sizes_if_known(input.meta())) return nullptr;
  }
  if (traits.way == Traits::kView) return view(node);
  return traits.way == Traits::kBreaker ? reduction(node) : nullptr;
}

Expr SmallArrays::settled(Expr expr) {
  const Node& node = *expr.node;
  if (node.stored != nullptr || node.inputs.empty() || expr.meta().kind != Kind::kTensor)
    return expr;
  try {
    // A leaf: the graph behind it need not be kept.
    if (Ref<Value> value = evaluate(node))
      return stored_leaf(std::move(value), node.key, node.origin);
  } catch (Error& error) {
    error.set_origin(node.origin);
    throw;
  }
  return expr;
}

}  // namespace tharsis::engine
