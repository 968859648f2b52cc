#include "tharsis/ops/elementwise/arguments.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "tharsis/base/error.h"
#include "tharsis/kernels/bitmap.h"
#include "tharsis/kernels/loops.h"
#include "tharsis/kernels/select.h"

namespace tharsis::ops {
namespace {

Validity all_missing(int64_t rows, memory::Arena& arena) {
  const int64_t bytes = kernels::bitmap_bytes(rows);
  auto* bits = arena.take_as<uint8_t>(bytes);
  std::memset(bits, 0, static_cast<size_t>(bytes));
  return {bits, 0};
}

// Rows that hold no NaN; nothing to tell if there is none.
Validity not_nan(const Column& column, int64_t rows, memory::Arena& arena) {
  auto* bytes = arena.take_as<uint8_t>(rows);
  const kernels::Lane lane = kernels::lane_of(column.dtype.id);
  static const kernels::LoopSet& loops = kernels::loops_named("isnan");
  loops.at(lane)(&column.data, bytes, rows);
  uint8_t any = 0;
  for (int64_t i = 0; i < rows; ++i) any |= bytes[i];
  if (any == 0) return {};
  for (int64_t i = 0; i < rows; ++i) bytes[i] ^= 1;
  return validity_from_bytes(bytes, rows, arena);
}

template <class T>
void put_nan(T* data, Validity validity, int64_t rows) {
  for (int64_t i = 0; i < rows; ++i) {
    if (!validity.at(i)) data[i] = std::numeric_limits<T>::quiet_NaN();
  }
}

}  // namespace

Arguments::Arguments(std::span<const Column> in, const Batch& batch, Worker& worker)
    : size_(in.size()), rows_(batch.rows), constant_(!in.empty()), batch_(batch), worker_(worker) {
  check(size_ <= kMax, "a scalar function has at most eight arguments");
  decoded_.reserve(size_);
  for (size_t i = 0; i < size_; ++i) {
    in_[i] = &in[i];
    constant_ &= in[i].encoding == Encoding::kConstant;
    if (in[i].encoding != Encoding::kDictionary) continue;
    decoded_.push_back(decoded(in[i], rows_, worker.arena));
    in_[i] = &decoded_.back();
  }
  if (constant_) rows_ = 1;
}

Validity Arguments::present_of(size_t i, bool nan_too) const {
  const Column& column = *in_[i];
  const bool nan_missing = nan_too && column.dtype.nan_is_missing();
  if (is_constant(i)) {
    bool there = column.valid(0);
    if (there && nan_missing) there = !not_nan(column, 1, arena()).bits;
    return there ? Validity{} : all_missing(rows_, arena());
  }
  const Validity own{column.validity, column.validity_offset};
  if (!nan_missing) return own;
  return both_present(own, not_nan(column, rows_, arena()), rows_, arena());
}

Validity Arguments::present(const DType& out) const {
  Validity validity;
  const bool nan_too = out.flavour != Flavour::kNumpy;
  for (size_t i = 0; i < size_; ++i) {
    const Column& column = *in_[i];
    if (column.validity == nullptr && !(nan_too && column.dtype.nan_is_missing())) continue;
    validity = both_present(validity, present_of(i, nan_too), rows_, arena());
  }
  return validity;
}

Column Arguments::result(const DType& dtype, void* data, Validity validity) const {
  if (validity.bits != nullptr && dtype.nan_is_missing()) {
    if (dtype.id == TypeId::kFloat32) {
      put_nan(static_cast<float*>(data), validity, rows_);
    } else {
      put_nan(static_cast<double*>(data), validity, rows_);
    }
    validity = {};
  }
  Column column;
  column.dtype = dtype;
  column.encoding = constant_ ? Encoding::kConstant : Encoding::kFlat;
  column.data = data;
  column.validity = validity.bits;
  column.validity_offset = validity.offset;
  return column;
}

std::optional<Column> evaluated_by_words(const ScalarCall& call, std::span<const Column> in,
                                         const Batch& batch, Worker& worker) {
  const Column* coded = nullptr;
  for (const Column& column : in) {
    if (column.encoding == Encoding::kConstant) continue;
    if (column.encoding == Encoding::kFlat || coded != nullptr) return std::nullopt;
    coded = &column;
  }
  if (coded == nullptr || coded->dictionary_rows > batch.rows) return std::nullopt;
  std::vector<Column> words(in.begin(), in.end());
  words[static_cast<size_t>(coded - in.data())] = *coded->dictionary;
  Batch entries;
  entries.rows = coded->dictionary_rows;
  Column answers = call.function->evaluate(call, words, entries, worker);
  if (answers.encoding == Encoding::kConstant) return std::nullopt;
  Column out = *coded;
  out.dtype = answers.dtype;
  out.dictionary = std::make_shared<const Column>(std::move(answers));
  return decoded(out, batch.rows, worker.arena);
}

Column decoded(const Column& column, int64_t rows, memory::Arena& arena) {
  if (column.encoding != Encoding::kDictionary) return column;
  const Column& words = *column.dictionary;
  Column out;
  out.dtype = column.dtype;
  out.owner = words.owner;
  const int64_t width = column.dtype.width();
  void* data = arena.take(rows * width);
  kernels::gather(width, words.data, column.dictionary_rows, column.values<int32_t>(), data, rows);
  out.data = data;
  Validity validity{column.validity, column.validity_offset};
  if (words.validity != nullptr) {
    auto* bytes = arena.take_as<uint8_t>(rows);
    const auto* codes = column.values<int32_t>();
    for (int64_t i = 0; i < rows; ++i) bytes[i] = validity.at(i) && words.valid(codes[i]);
    validity = validity_from_bytes(bytes, rows, arena);
  }
  out.validity = validity.bits;
  out.validity_offset = validity.offset;
  return out;
}

Validity both_present(Validity a, Validity b, int64_t rows, memory::Arena& arena) {
  if (a.bits == nullptr) return b;
  if (b.bits == nullptr) return a;
  auto* bits = arena.take_as<uint8_t>(kernels::bitmap_bytes(rows));
  kernels::and_bits(a.bits, a.offset, b.bits, b.offset, bits, rows);
  return {bits, 0};
}

uint8_t* present_bytes(Validity validity, int64_t rows, memory::Arena& arena) {
  auto* bytes = arena.take_as<uint8_t>(rows);
  if (validity.bits == nullptr) {
    std::memset(bytes, 1, static_cast<size_t>(rows));
  } else {
    kernels::bits_to_bytes(validity.bits, validity.offset, bytes, rows);
  }
  return bytes;
}

Validity validity_from_bytes(const uint8_t* bytes, int64_t rows, memory::Arena& arena) {
  auto* bits = arena.take_as<uint8_t>(kernels::bitmap_bytes(rows));
  kernels::bytes_to_bits(bytes, bits, rows);
  return {bits, 0};
}

Column repeated(const Column& column, int64_t rows, memory::Arena& arena) {
  if (column.encoding != Encoding::kConstant) return decoded(column, rows, arena);
  Column out = column;
  out.encoding = Encoding::kFlat;
  void* data = arena.take(rows * column.dtype.width());
  kernels::fill(column.dtype.width(), column.data, data, rows);
  out.data = data;
  const Validity validity = column.valid(0) ? Validity{} : all_missing(rows, arena);
  out.validity = validity.bits;
  out.validity_offset = 0;
  return out;
}

}  // namespace tharsis::ops
