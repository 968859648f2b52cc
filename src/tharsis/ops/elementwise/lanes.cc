#include "tharsis/ops/elementwise/lanes.h"

#include <algorithm>
#include <optional>

#include "tharsis/base/error.h"
#include "tharsis/kernels/convert.h"
#include "tharsis/kernels/select.h"

namespace tharsis::ops {
namespace {

using kernels::Conversion;
using kernels::kChunk;

// What has the same bytes converts like it.
TypeId plain(TypeId type) {
  if (type == TypeId::kTimestamp || type == TypeId::kDuration) return TypeId::kInt64;
  return type == TypeId::kCategory ? TypeId::kInt32 : type;
}

int64_t width_of(TypeId type) { return DType(type).width(); }

// The form of loop that reads a constant as one value; both as columns where it has none.
kernels::Form form_of(const Arguments& args) {
  if (args.size() != 2 || args.is_constant(0) == args.is_constant(1)) {
    return kernels::Form::kColumns;
  }
  return args.is_constant(0) ? kernels::Form::kLeftConstant : kernels::Form::kRightConstant;
}

// Brings one argument to its lane, a chunk at a time.
class Feed {
 public:
  // With `single`, a constant stays one value.
  Feed(const Column& column, TypeId to, int64_t rows, memory::Arena& arena, void* scratch,
       bool single)
      : conversion_(plain(column.dtype.id), plain(to)),
        data_(static_cast<const char*>(column.data)),
        width_(column.dtype.width()),
        scratch_(scratch) {
    const int64_t lane_width = width_of(to);
    if (column.encoding == Encoding::kConstant && single) {
      constant_ = true;
      if (conversion_.identity()) return;
      conversion_.run(column.data, one_, scratch, 1);
      data_ = one_;
    } else if (column.encoding == Encoding::kConstant) {
      buffer_ = arena.take(std::min(rows, kChunk) * lane_width);
      alignas(16) char one[16];
      const void* value = column.data;
      if (!conversion_.identity()) {
        conversion_.run(column.data, one, scratch, 1);
        value = one;
      }
      kernels::fill(lane_width, value, buffer_, std::min(rows, kChunk));
      constant_ = true;
    } else if (!conversion_.identity()) {
      buffer_ = arena.take(std::min(rows, kChunk) * lane_width);
    }
  }

  bool direct() const { return buffer_ == nullptr; }
  const void* at(int64_t begin, int64_t count) const {
    if (direct() && constant_) return data_;
    const char* values = data_ + begin * width_;
    if (direct()) return values;
    if (!constant_) conversion_.run(values, buffer_, scratch_, count);
    return buffer_;
  }

 private:
  Conversion conversion_;
  const char* data_ = nullptr;
  int64_t width_ = 0;
  void* scratch_ = nullptr;
  void* buffer_ = nullptr;
  bool constant_ = false;
  alignas(8) char one_[8];
};

void run_chunks(kernels::Loop loop, std::span<const std::optional<Feed>> feeds,
                const Conversion& narrow, TypeId out_type, TypeId lane_type, void* out,
                int64_t rows, void* scratch, memory::Arena& arena) {
  void* buffer =
      narrow.identity() ? nullptr : arena.take(std::min(rows, kChunk) * width_of(lane_type));
  const void* in[8];
  for (int64_t begin = 0; begin < rows; begin += kChunk) {
    const int64_t count = std::min(kChunk, rows - begin);
    for (size_t i = 0; i < feeds.size(); ++i) in[i] = feeds[i]->at(begin, count);
    void* to = static_cast<char*>(out) + begin * width_of(out_type);
    loop(in, buffer != nullptr ? buffer : to, count);
    if (buffer != nullptr) narrow.run(buffer, to, scratch, count);
  }
}

// Nothing to convert and no constant to spread: the loop reads the columns and writes the result.
bool as_they_are(const Arguments& args, TypeId lane_type, bool single) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (plain(args[i].dtype.id) != lane_type) return false;
    if (args.is_constant(i) && !single) return false;
  }
  return true;
}

void run_converted(kernels::Loop loop, const Arguments& args, TypeId lane_type, TypeId result_type,
                   TypeId out_type, bool single, void* out) {
  memory::Arena& arena = args.arena();
  const memory::ArenaScope scope(arena);
  void* scratch = arena.take(2 * kChunk * 8);
  std::optional<Feed> feeds[8];
  for (size_t i = 0; i < args.size(); ++i) {
    feeds[i].emplace(args[i], lane_type, args.rows(), arena, scratch, single);
  }
  const Conversion narrow(result_type, plain(out_type));
  run_chunks(loop, {feeds, args.size()}, narrow, out_type, result_type, out, args.rows(), scratch,
             arena);
}

}  // namespace

void* run_loop(const kernels::LoopSet& loops, LoopTypes types, const Arguments& args, void* out) {
  const kernels::Lane lane = kernels::lane_of(types.compute);
  kernels::Loop loop = loops.at(lane, form_of(args));
  const bool single = loop != nullptr && args.size() <= 2;
  if (loop == nullptr) loop = loops.at(lane);
  check(loop != nullptr, loops.name);
  const TypeId lane_type = kernels::lane_type(lane);
  const TypeId result_type = kernels::lane_type(loops.out_of(lane));
  if (out == nullptr) out = args.arena().take(args.rows() * width_of(types.out));
  if (plain(types.out) == result_type && as_they_are(args, lane_type, single)) {
    const void* in[8];
    for (size_t i = 0; i < args.size(); ++i) in[i] = args[i].data;
    loop(in, out, args.rows());
  } else {
    run_converted(loop, args, lane_type, result_type, types.out, single, out);
  }
  return out;
}

Column converted(const Column& column, TypeId to, int64_t rows, memory::Arena& arena) {
  const Conversion conversion(plain(column.dtype.id), plain(to));
  Column out = column;
  out.dtype = DType(to).with_flavour(column.dtype.flavour);
  if (conversion.identity()) return out;
  out.owner.reset();
  if (column.encoding == Encoding::kConstant) rows = 1;
  char* data = static_cast<char*>(arena.take(rows * width_of(to)));
  const memory::ArenaScope scope(arena);
  void* scratch = arena.take(2 * kChunk * 8);
  for (int64_t begin = 0; begin < rows; begin += kChunk) {
    const auto* from = static_cast<const char*>(column.data) + begin * column.dtype.width();
    conversion.run(from, data + begin * width_of(to), scratch, std::min(kChunk, rows - begin));
  }
  out.data = data;
  return out;
}

}  // namespace tharsis::ops
