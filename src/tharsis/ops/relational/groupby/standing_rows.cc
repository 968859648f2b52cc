#include "tharsis/ops/relational/groupby/standing_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/ops/relational/groupby/value_hash.h"

namespace tharsis::ops {
namespace {

int64_t part_rows = int64_t{1} << 15;  // a table of so many entries fits L2
constexpr uint32_t kPartsMax = 2048;
constexpr uint32_t kScarcePasses = 4;  // what is dealt has a quarter of the bytes of the keys
constexpr int64_t kStride = 256;

uint64_t hash_of(uint64_t word) {
  return mix_words(word ^ 0x9E3779B97F4A7C15ull, 0xD6E8FEB86659FD93ull) & hash_mask;
}

bool same_layout(const PackedLayout& a, const PackedLayout& b) {
  for (size_t k = 0; k < a.fields.size(); ++k) {
    const auto &x = a.fields[k], &y = b.fields[k];
    if (x.low != y.low || x.shift != y.shift || x.width != y.width) return false;
  }
  return true;
}

bool changes_nothing(const KeySpace::Translation& translation) {
  return std::all_of(translation.numbers.begin(), translation.numbers.end(),
                     [](const auto& numbers) { return numbers.empty(); });
}

}  // namespace

void set_standing_part_rows(int64_t rows) { part_rows = rows; }

StandingRows::StandingRows(const GroupShape& shape, std::shared_ptr<const KeyUnion> keys,
                           int64_t rows, bool scarce)
    : shape_(shape),
      union_(std::move(keys)),
      rows_(rows),
      deals_(static_cast<uint32_t>(rows / (2 * part_rows) + 1)),
      passes_(scarce ? kScarcePasses : 1),
      parts_(std::clamp(static_cast<uint32_t>(std::bit_ceil(
                            static_cast<uint64_t>(rows) / static_cast<uint64_t>(part_rows) + 1)),
                        passes_, kPartsMax)),
      ranges_(static_cast<uint32_t>(rows / part_rows + 1)),
      dealt_(deals_),
      repeated_(deals_),
      found_(parts_),
      repeats_(rows / 64 + 1),
      unfound_(parts_ / passes_),
      unfinished_(ranges_) {}

std::vector<uint32_t> StandingRows::rounds() const {
  std::vector<uint32_t> out;
  for (uint32_t pass = 0; pass < passes_; ++pass) {
    out.push_back(deals_);
    out.push_back(parts_ / passes_);
  }
  out.push_back(deals_);
  return out;
}

void StandingRows::prepare(size_t round, uint32_t i, Worker& worker) {
  worker.cancel.throw_if_cancelled();
  const auto pass = static_cast<uint32_t>(round / 2);
  if (pass == passes_) return gather_repeated(i, worker);
  if (round % 2 == 0) return deal(pass, i, worker);
  find(pass * (parts_ / passes_) + i);
}

void StandingRows::add(std::shared_ptr<Held> held) {
  const std::lock_guard lock(mutex_);
  held_.push_back(std::move(held));
}

// Groups are numbered in the order of their first rows, split after split.
void StandingRows::add_groups(Held& held) {
  Groups& groups = *held.groups;
  const int64_t n = groups.size();
  if (n == 0) return;
  auto* words = table_words_.emplace_back(n * 8).as<uint64_t>();
  std::vector<uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0);
  const std::vector<int64_t> first = groups.first_rows(all);
  const auto split = [&](int64_t g) { return first.empty() ? -1 : first[g] >> kOrderShift; };
  for (int64_t begin = 0; begin < n;) {
    int64_t end = begin + 1;
    while (end < n && split(end) == split(begin)) ++end;
    sources_.push_back({.held = &held,
                        .words = words + begin,
                        .begin = begin,
                        .rows = end - begin,
                        .order = first.empty() ? -1 : first[begin]});
    begin = end;
  }
}

void StandingRows::add_sources(Held& held) {
  add_groups(held);
  for (LogBlock& block : held.groups->log().blocks()) {
    for (size_t r = 0; r < block.runs.size(); ++r) {
      const LogBlock::Run& run = block.runs[r];
      const int64_t end = r + 1 < block.runs.size() ? block.runs[r + 1].begin : block.rows;
      sources_.push_back({.held = &held,
                          .block = &block,
                          .words = block.packed.as<uint64_t>() + run.begin,
                          .begin = run.begin,
                          .rows = end - run.begin,
                          .order = run.order});
    }
  }
}

// Numbers all rows, when all states are there.
void StandingRows::settle(Worker& worker) {
  const std::lock_guard lock(mutex_);
  if (settled_) return;
  for (const auto& held : held_) add_sources(*held);
  std::sort(sources_.begin(), sources_.end(),
            [](const Source& a, const Source& b) { return a.order < b.order; });
  int64_t number = 0;
  for (Source& source : sources_) {
    source.number = number;
    number += source.rows;
  }
  check(number == rows_, "rows of a log got lost");
  for (uint32_t s = 0; s < sources_.size(); ++s) {
    const int64_t strides = (sources_[s].end() + kStride - 1) / kStride;
    source_at_.resize(strides, s);
  }
  int64_t bytes = rows_ * 8 / passes_ + rows_ / 8;
  for (const memory::Buffer& words : table_words_) bytes += words.capacity();
  reservation_ =
      std::make_unique<memory::Reservation>(worker.store.budget(), "groups to be finished");
  reservation_->charge(bytes);
  settled_ = true;
}

// `source_at_` knows the source of the first row of a stride, or one before it.
const StandingRows::Source& StandingRows::source_of(int64_t number) const {
  const Source* source = &sources_[source_at_[number / kStride]];
  while (number >= source->end()) ++source;
  return *source;
}

void StandingRows::translate(const Source& source, int64_t at, int64_t n,
                             memory::Arena& arena) const {
  const KeyTable& table = source.held->groups->table();
  const auto& translation = *union_->translation(table.space().get());
  const bool logged = source.block != nullptr;
  const PackedLayout& layout = logged ? *source.block->layout : table.layout();
  const bool same = changes_nothing(translation) && same_layout(layout, *union_->space()->layout());
  uint64_t* words = source.words + at;
  if (logged && same) return;
  const uint64_t* from = table.packed() + source.begin + at;
  if (logged) {
    auto* copy = arena.take_as<uint64_t>(n);
    std::copy_n(words, n, copy);
    from = copy;
  }
  union_->space()->translate(layout, from, n, translation, words);
}

// Words are translated when they are looked at for the first time.
void StandingRows::deal(uint32_t pass, uint32_t i, Worker& worker) {
  settle(worker);
  const int64_t begin = begin_of(i, deals_), end = begin_of(i + 1, deals_);
  const memory::ArenaScope scope(worker.arena);
  auto* hashes = worker.arena.take_as<uint64_t>(end - begin);
  uint64_t* out = hashes;
  each_source(begin, end, [&](const Source& source, int64_t at, int64_t n) {
    const memory::ArenaScope inner(worker.arena);
    if (pass == 0) translate(source, at, n, worker.arena);
    for (int64_t k = 0; k < n; ++k) out[k] = hash_of(source.words[at + k]);
    out += n;
  });
  scatter(pass, hashes, begin, end - begin, dealt_[i]);
}

// A deal fits L2, and so does the scattering. The rows of other passes go to a part behind all
// others.
void StandingRows::scatter(uint32_t pass, const uint64_t* hashes, int64_t begin, int64_t n,
                           Dealt& dealt) const {
  const uint32_t parts = parts_ / passes_, first = pass * parts;
  const auto part_of = [=, shift = 64 - std::countr_zero(parts_)](uint64_t hash) {
    return std::min(static_cast<uint32_t>(shift == 64 ? 0 : hash >> shift) - first, parts);
  };
  dealt.begins.assign(parts + 2, 0);
  for (int64_t i = 0; i < n; ++i) ++dealt.begins[part_of(hashes[i]) + 1];
  for (uint32_t p = 0; p <= parts; ++p) dealt.begins[p + 1] += dealt.begins[p];
  dealt.entries = memory::Buffer(int64_t{dealt.begins[parts]} * 8);
  std::vector<uint32_t> next(dealt.begins.begin(), dealt.begins.end() - 1);
  auto* entries = dealt.entries.as<uint64_t>();
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t part = part_of(hashes[i]);
    if (part == parts) continue;
    entries[next[part]++] = hashes[i] << 32 | static_cast<uint64_t>(begin + i);
  }
}

bool StandingRows::same_word(uint32_t a, uint32_t b) const {
  const Source &x = source_of(a), &y = source_of(b);
  return x.words[a - x.number] == y.words[b - y.number];
}

// Rows come by ascending number, so that the one in the table is the first of its group.
void StandingRows::find(uint32_t p) {
  const uint32_t in_pass = p % (parts_ / passes_);
  int64_t n = 0;
  for (const Dealt& dealt : dealt_) n += dealt.begins[in_pass + 1] - dealt.begins[in_pass];
  const auto size = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(n + n / 2 + 2)));
  const int shift = 64 - std::countr_zero(static_cast<uint64_t>(size));
  const auto mask = static_cast<uint64_t>(size) - 1;
  memory::Buffer buffer(size * 8);
  std::memset(buffer.data(), 0, size * 8);
  auto* slots = buffer.as<uint64_t>();
  std::vector<Repeat>& repeats = found_[p];
  for (const Dealt& dealt : dealt_) {
    const auto* entries = dealt.entries.as<uint64_t>();
    for (uint32_t i = dealt.begins[in_pass]; i < dealt.begins[in_pass + 1]; ++i) {
      const uint64_t entry = entries[i];
      for (uint64_t at = entry >> shift;; at = (at + 1) & mask) {
        const uint64_t slot = slots[at];
        if (slot == 0) {
          slots[at] = entry + 1;
          break;
        }
        if ((slot ^ entry) >> 32 != 0) continue;
        const auto first = static_cast<uint32_t>(slot) - 1, row = static_cast<uint32_t>(entry);
        if (!same_word(first, row)) continue;
        repeats.emplace_back(first, row);
        repeats_[row >> 6].fetch_or(uint64_t{1} << (row & 63), std::memory_order_relaxed);
        break;
      }
    }
  }
  std::sort(repeats.begin(), repeats.end());
  const std::lock_guard lock(mutex_);
  reservation_->charge(static_cast<int64_t>(repeats.size() * sizeof(Repeat)));
  if (--unfound_ > 0) return;
  unfound_ = parts_ / passes_;
  dealt_ = std::vector<Dealt>(deals_);
  if (p / unfound_ + 1 == passes_) reservation_->release(rows_ * 8 / passes_);
}

uint32_t StandingRows::deal_of(int64_t number) const {
  auto deal = static_cast<uint32_t>(number * deals_ / rows_);
  while (number >= begin_of(deal + 1, deals_)) ++deal;
  return deal;
}

void StandingRows::gather_repeated(uint32_t i, Worker& worker) {
  Repeated& repeated = repeated_[i];
  memory::BatchBuilder builder;
  each_source(begin_of(i, deals_), begin_of(i + 1, deals_),
              [&](const Source& source, int64_t at, int64_t n) {
                if (source.block == nullptr) return;
                const memory::ArenaScope scope(worker.arena);
                const std::span<const uint32_t> rows = rows_of(source, at, n, true, worker.arena);
                if (rows.empty()) return;
                for (const uint32_t row : rows)
                  repeated.numbers.push_back(static_cast<uint32_t>(source.number + at) + row);
                memory::Pin pin;
                builder.append(logged(source, at, n, rows, worker.arena, pin));
              });
  repeated.rows = builder.take();
  const std::lock_guard lock(mutex_);
  reservation_->charge(memory::batch_bytes(repeated.rows) +
                       static_cast<int64_t>(repeated.numbers.size()) * 4);
}

void StandingRows::forget() {
  const std::lock_guard lock(mutex_);
  held_.clear();
  table_words_.clear();
  sources_.clear();
  repeated_.clear();
  found_.clear();
  reservation_.reset();
}

}  // namespace tharsis::ops
