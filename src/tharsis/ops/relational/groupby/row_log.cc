#include "tharsis/ops/relational/groupby/row_log.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "tharsis/base/error.h"
#include "tharsis/ops/relational/groupby/aggregate.h"

namespace tharsis::ops {
namespace {

// Calls visit(T{}) with an unsigned type of this many bytes.
template <class Visit>
void with_width(int64_t width, Visit visit) {
  switch (width) {
    case 1:
      return visit(uint8_t{});
    case 2:
      return visit(uint16_t{});
    case 4:
      return visit(uint32_t{});
    default:
      return visit(uint64_t{});
  }
}

}  // namespace

void LogBlock::write_positions(int64_t* out) const {
  if (!positions.empty()) {
    std::copy_n(positions.as<int64_t>(), rows, out);
    return;
  }
  for (size_t r = 0; r < runs.size(); ++r) {
    const int64_t end = r + 1 < runs.size() ? runs[r + 1].begin : rows;
    std::iota(out + runs[r].begin, out + end, runs[r].order);
  }
}

std::vector<Column> LogBlock::columns(std::span<const DType> types, int64_t begin, int64_t n,
                                      memory::Arena& arena, memory::Pin& pin) const {
  std::vector<Column> out;
  if (on_disk != nullptr) {
    pin = on_disk->store().look(on_disk);
    for (const Column& column : pin->columns) out.push_back(column.from(begin));
    return out;
  }
  for (size_t c = 0; c < types.size(); ++c) {
    Column& column = out.emplace_back();
    column.dtype = types[c];
    column.data = inputs[c].data() + begin * types[c].width();
    if (present[c].empty()) continue;
    const auto* all = present[c].as<uint8_t>() + begin;
    auto* bits = arena.take_as<uint8_t>((n + 7) / 8);
    std::memset(bits, 0, (n + 7) / 8);
    for (int64_t i = 0; i < n; ++i) bits[i >> 3] |= static_cast<uint8_t>(all[i] << (i & 7));
    column.validity = bits;
  }
  return out;
}

int64_t LogBlock::input_bytes() const {
  int64_t sum = 0;
  for (const memory::Buffer& input : inputs) sum += input.capacity();
  for (const memory::Buffer& bytes : present) sum += bytes.capacity();
  return sum;
}

int64_t RowLog::growth_max(int64_t rows) const {
  int64_t bytes = 16;
  for (const DType& dtype : inputs_) bytes += dtype.width() + 1;
  return (rows / LogBlock::kRows + 2) * (LogBlock::kRows * bytes + (int64_t{4} << 10));
}

memory::Buffer RowLog::counted(int64_t bytes) {
  memory::Buffer buffer(bytes);
  bytes_ += buffer.capacity();
  return buffer;
}

LogBlock& RowLog::block_for(const Ref<PackedLayout>& layout) {
  if (blocks_.empty() || blocks_.back().rows == LogBlock::kRows ||
      blocks_.back().layout != layout || blocks_.back().on_disk != nullptr) {
    LogBlock block;
    block.layout = layout;
    block.packed = counted(LogBlock::kRows * 8);
    for (const DType& dtype : inputs_)
      block.inputs.push_back(counted(LogBlock::kRows * dtype.width()));
    block.present.resize(inputs_.size());
    blocks_.push_back(std::move(block));
  }
  return blocks_.back();
}

// Where rows follow each other, the first of them tells the positions of all.
void RowLog::append_positions(LogBlock& block, int64_t order, const uint32_t* at, int64_t begin,
                              int64_t n) {
  const int64_t first = order + (at == nullptr ? begin : at[begin]);
  const int64_t last = order + (at == nullptr ? begin + n - 1 : at[begin + n - 1]);
  const bool in_a_row = last - first == n - 1;
  if (!in_a_row && block.positions.empty()) {
    memory::Buffer positions = counted(LogBlock::kRows * 8);
    block.write_positions(positions.as<int64_t>());
    block.positions = std::move(positions);
  }
  const bool same_split =
      !block.runs.empty() && first >> kOrderShift == block.runs.back().order >> kOrderShift;
  if (!same_split || (block.positions.empty() && block.runs.back().next != first))
    block.runs.push_back({block.rows, first, 0});
  block.runs.back().next = last + 1;
  if (block.positions.empty()) return;
  auto* positions = block.positions.as<int64_t>() + block.rows;
  for (int64_t i = 0; i < n; ++i)
    positions[i] = order + (at == nullptr ? begin + i : at[begin + i]);
}

void RowLog::append_input(LogBlock& block, size_t c, const Column& column, int64_t n) {
  const int64_t width = inputs_[c].width();
  std::byte* to = block.inputs[c].data() + block.rows * width;
  if (column.encoding == Encoding::kConstant) {
    for (int64_t i = 0; i < n; ++i) std::memcpy(to + i * width, column.data, width);
  } else {
    std::memcpy(to, column.data, n * width);
  }
  memory::Buffer& present = block.present[c];
  if (column.validity != nullptr && present.empty()) {
    present = counted(LogBlock::kRows);
    std::memset(present.data(), 1, LogBlock::kRows);
  }
  for (int64_t i = 0; column.validity != nullptr && i < n; ++i)
    present.as<uint8_t>()[block.rows + i] = column.valid(i);
}

// One word of 512, and all that equal it.
void RowLog::sample(const uint64_t* packed, int64_t rows) {
  for (int64_t i = 0; i < rows; ++i) {
    if (packed[i] * 0x9E3779B97F4A7C15ull >> 55 == 0) [[unlikely]] {
      sample_.push_back(packed[i]);
    }
  }
}

double RowLog::repeated() const {
  if (sample_.empty()) return 0;
  std::vector<uint64_t> words = sample_;
  std::sort(words.begin(), words.end());
  const auto distinct = std::unique(words.begin(), words.end()) - words.begin();
  return 1 - static_cast<double>(distinct) / static_cast<double>(words.size());
}

void RowLog::append(const std::shared_ptr<KeySpace>& space, const uint64_t* packed,
                    std::span<const Column> inputs, int64_t rows, int64_t order,
                    const uint32_t* at) {
  check(space_ == nullptr || space_ == space, "a log of two key spaces");
  space_ = space;
  rows_ += rows;
  if (blocks_.empty() || blocks_.back().layout != space->layout()) sample_.clear();
  sample(packed, rows);
  for (int64_t begin = 0; begin < rows;) {
    LogBlock& block = block_for(space->layout());
    const int64_t n = std::min(rows - begin, LogBlock::kRows - block.rows);
    std::copy_n(packed + begin, n, block.packed.as<uint64_t>() + block.rows);
    append_positions(block, order, at, begin, n);
    for (size_t c = 0; c < inputs.size(); ++c) append_input(block, c, inputs[c].from(begin), n);
    block.rows += n;
    begin += n;
  }
}

int64_t RowLog::input_bytes() const {
  int64_t sum = 0;
  for (const LogBlock& block : blocks_) sum += block.input_bytes();
  return sum;
}

bool RowLog::inputs_are_worth_it() const {
  constexpr int64_t kGoodPart = 8;
  const int64_t inputs = input_bytes();
  return inputs > 0 && inputs * kGoodPart >= bytes_;
}

bool RowLog::spill_inputs(Worker& worker) {
  if (input_bytes() == 0) return false;
  for (LogBlock& block : blocks_) {
    if (block.on_disk != nullptr) continue;
    worker.cancel.throw_if_cancelled();
    const memory::ArenaScope scope(worker.arena);
    memory::Pin none;
    Batch batch;
    batch.rows = block.rows;
    batch.columns = block.columns(inputs_, 0, block.rows, worker.arena, none);
    block.on_disk = worker.store.put_on_disk(batch);
    bytes_ -= block.input_bytes();
    block.inputs.clear();
    block.present.clear();
  }
  on_disk_ = true;
  return true;
}

void RowLog::recall(LogBlock& block) const {
  if (block.on_disk == nullptr) return;
  const memory::Pin pin = block.on_disk->store().look(block.on_disk);
  block.present.resize(inputs_.size());
  for (size_t c = 0; c < inputs_.size(); ++c) {
    const Column& column = pin->columns[c];
    const int64_t width = inputs_[c].width();
    std::memcpy(block.inputs.emplace_back(block.rows * width).data(), column.data,
                block.rows * width);
    if (column.validity == nullptr) continue;
    block.present[c] = memory::Buffer(block.rows);
    for (int64_t i = 0; i < block.rows; ++i) block.present[c].as<uint8_t>()[i] = column.valid(i);
  }
  block.on_disk = nullptr;
}

DealtRows RowLog::deal(uint32_t parts, int64_t rows_max) {
  DealtRows dealt;
  dealt.space = space_;
  dealt.begins.assign(parts + 1, 0);
  auto batch = std::make_shared<Batch>();
  size_t taken = 0;
  while (taken < blocks_.size() && batch->rows < rows_max) {
    bytes_ -= blocks_[taken].bytes();
    batch->rows += blocks_[taken++].rows;
  }
  const std::span blocks(blocks_.data(), taken);
  for (LogBlock& block : blocks) recall(block);
  if (taken > 0) dealt.layout = blocks.back().layout;
  const int shift = 64 - std::countr_zero(parts);
  std::vector<memory::Buffer> part_of;
  memory::Buffer hashes(LogBlock::kRows * 8);
  for (LogBlock& block : blocks) {
    auto* packed = block.packed.as<uint64_t>();
    if (block.layout != dealt.layout)
      KeySpace::repack(*block.layout, *dealt.layout, packed, block.rows);
    space_->hashes(*dealt.layout, packed, block.rows, hashes.as<uint64_t>());
    part_of.emplace_back(block.rows);
    auto* part = part_of.back().as<uint8_t>();
    for (int64_t i = 0; i < block.rows; ++i) {
      part[i] = static_cast<uint8_t>(parts == 1 ? 0 : hashes.as<uint64_t>()[i] >> shift);
      ++dealt.begins[part[i] + 1];
    }
  }
  for (uint32_t p = 0; p < parts; ++p) dealt.begins[p + 1] += dealt.begins[p];

  // Column by column, so that no more than one of them is there twice.
  const auto scatter = [&]<class T>(T, auto source, memory::Buffer& out) {
    std::vector<int64_t> at(dealt.begins.begin(), dealt.begins.end() - 1);
    T* to = out.as<T>();
    for (size_t b = 0; b < blocks.size(); ++b) {
      memory::Buffer buffer = source(blocks[b]);
      const T* from = buffer.as<T>();
      const uint8_t* part = part_of[b].as<uint8_t>();
      for (int64_t i = 0; i < blocks[b].rows; ++i) to[at[part[i]]++] = from[i];
    }
  };
  const auto column = [&](DType dtype, memory::Buffer data) {
    Column out;
    out.dtype = std::move(dtype);
    auto own = std::make_shared<memory::Buffer>(std::move(data));
    out.data = own->data();
    out.owner = std::move(own);
    return out;
  };
  memory::Buffer packed(batch->rows * 8), positions(batch->rows * 8), places(LogBlock::kRows * 8);
  std::vector<int64_t> at(dealt.begins.begin(), dealt.begins.end() - 1);
  for (size_t b = 0; b < blocks.size(); ++b) {
    const memory::Buffer keys = std::move(blocks[b].packed);
    blocks[b].write_positions(places.as<int64_t>());
    const uint8_t* part = part_of[b].as<uint8_t>();
    for (int64_t i = 0; i < blocks[b].rows; ++i) {
      const int64_t to = at[part[i]]++;
      packed.as<uint64_t>()[to] = keys.as<uint64_t>()[i];
      positions.as<int64_t>()[to] = places.as<int64_t>()[i];
    }
  }
  batch->columns.push_back(column(TypeId::kUInt64, std::move(packed)));
  batch->columns.push_back(column(TypeId::kInt64, std::move(positions)));
  for (size_t c = 0; c < inputs_.size(); ++c) {
    memory::Buffer data(batch->rows * inputs_[c].width());
    with_width(inputs_[c].width(), [&]<class T>(T type) {
      scatter(type, [&](LogBlock& block) { return std::move(block.inputs[c]); }, data);
    });
    Column made = column(inputs_[c], std::move(data));
    const bool gaps = std::any_of(blocks.begin(), blocks.end(),
                                  [&](const LogBlock& block) { return !block.present[c].empty(); });
    if (gaps) {
      memory::Buffer present(batch->rows);
      scatter(
          uint8_t{},
          [&](LogBlock& block) {
            if (!block.present[c].empty()) return std::move(block.present[c]);
            memory::Buffer all(LogBlock::kRows);
            std::memset(all.data(), 1, LogBlock::kRows);
            return all;
          },
          present);
      struct Both {
        memory::Buffer bits;
        std::shared_ptr<const void> data;
      };
      auto both = std::make_shared<Both>();
      both->bits = memory::Buffer((batch->rows + 7) / 8);
      std::memset(both->bits.data(), 0, (batch->rows + 7) / 8);
      for (int64_t i = 0; i < batch->rows; ++i)
        both->bits.as<uint8_t>()[i >> 3] |=
            static_cast<uint8_t>(present.as<uint8_t>()[i] << (i & 7));
      both->data = made.owner;
      made.validity = both->bits.as<uint8_t>();
      made.owner = std::move(both);
    }
    batch->columns.push_back(std::move(made));
  }
  dealt.batch = std::move(batch);
  forget(taken);
  return dealt;
}

void RowLog::forget(size_t blocks) {
  for (size_t b = 0; b < blocks; ++b) rows_ -= blocks_[b].rows;
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<int64_t>(blocks));
  if (!blocks_.empty()) return;
  sample_.clear();
  on_disk_ = false;
  space_ = nullptr;  // after a spill the next rows are packed by another
}

}  // namespace tharsis::ops
