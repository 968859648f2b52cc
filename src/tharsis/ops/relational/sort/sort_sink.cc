#include "tharsis/ops/relational/sort/sort_sink.h"

#include <algorithm>

#include "tharsis/base/error.h"
#include "tharsis/memory/batch_codec.h"
#include "tharsis/ops/relational/gather.h"
#include "tharsis/ops/relational/sort/kept_rows.h"
#include "tharsis/ops/relational/sort/sort_rows.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kRowsPerPart = int64_t{1} << 15;  // pairs of word and row that fit L2 twice
constexpr int64_t kPartsMax = 4096;
constexpr int64_t kBytesPerPart = int64_t{16} << 20;  // at most, where they are written or travel
constexpr int64_t kSampleEvery = 512;
constexpr int64_t kTopRows = int64_t{1} << 16;  // a limited sort drops rows when it has more

// Where a row stood: among the splits, then within its own.
uint64_t position_of(uint64_t split, int64_t row) {
  return (split << 32) + static_cast<uint64_t>(row);
}

// The rows of one split.
struct Run final : State {
  KeptRows rows;
  std::vector<KeyRange> ranges;
  mutable memory::BatchBuilder sample;  // the keys of some rows, and their positions
  mutable std::string sampled;          // the same as bytes, once the summary was asked for
  int64_t next_sample = 0;
  uint64_t split = 0;
  int64_t limit_bytes = 0;  // of memory

  int64_t bytes() const override { return rows.bytes() + sample.bytes(); }
};

// The same rows after the cut: part by part, in buffers of their own, or where they came in order,
// as they were.
struct Dealt {
  explicit Dealt(memory::Budget& budget) : reservation(budget, "rows to be sorted") {}
  memory::Reservation reservation;
  memory::Pin pin;  // of rows that stay where they are
  Batch batch;
  memory::Buffer words;  // of level 0
};

// The rows of a split that belong to one part.
struct Piece final : State {
  std::shared_ptr<const Dealt> dealt;
  int64_t begin = 0;
  int64_t end = 0;
};

// What the driver decided: the layout of the keys, and which word begins which part. Rows of equal
// words are told apart by their position, where the word says all of the key.
struct Bounds {
  std::vector<KeyRange> ranges;
  std::vector<uint64_t> words;
  std::vector<uint64_t> positions;
  bool in_place = true;  // all of it fits memory: no chunks

  std::string encoded() const {
    WireWriter out;
    out.put<uint64_t>(ranges.size());
    for (const KeyRange& range : ranges) put_range(out, range);
    out.put<uint64_t>(words.size());
    for (const uint64_t word : words) out.put(word);
    for (const uint64_t position : positions) out.put(position);
    out.put(in_place);
    return out.take();
  }
  explicit Bounds(std::string_view bytes) {
    WireReader in(bytes);
    ranges.resize(in.get_count());
    for (KeyRange& range : ranges) range = get_range(in);
    words.resize(in.get_count());
    for (uint64_t& word : words) word = in.get<uint64_t>();
    positions.resize(words.size());
    for (uint64_t& position : positions) position = in.get<uint64_t>();
    in_place = in.get<bool>();
  }
  Bounds() = default;

  // `near` is a guess.
  uint32_t part(uint64_t word, uint64_t position, uint32_t near) const {
    if ((near == 0 || words[near - 1] < word) && (near == words.size() || word < words[near]))
      return near;
    // A search without branches, which random words would mislead.
    size_t at = 0;
    for (size_t left = words.size(); left > 0;) {
      const size_t half = (left + 1) / 2;
      at += words[at + half - 1] < word ? half : 0;
      left -= half;
    }
    while (at < words.size() && words[at] == word && positions[at] <= position) ++at;
    return static_cast<uint32_t>(at);
  }
};

class SortSink final : public Sink {
 public:
  SortSink(const SortAttrs& attrs, const Meta& in) : keys_(attrs, in), limit_(attrs.limit) {}

  bool per_split() const override { return true; }

  Own<State> open(Worker& worker) const override {
    auto run = std::make_unique<Run>();
    run->limit_bytes = worker.store.budget().limit_bytes();
    run->ranges.resize(keys_.fields.size());
    return run;
  }

  int64_t growth_max(const Batch& batch, const State& state) const override {
    const auto& run = static_cast<const Run&>(state);
    int64_t sample = 4 << 10;
    for (const DType& dtype : keys_.dtypes) sample += dtype.is_string() ? 64 << 10 : 0;
    return run.rows.growth_max(batch) + std::max(run.sample.bytes(), sample);
  }

  Flow consume(Batch& batch, uint16_t, State& state, Worker& worker) const override {
    auto& run = static_cast<Run&>(state);
    run.split = batch.split;
    const std::vector<Column> columns = keys_.columns(batch);
    for (size_t k = 0; k < columns.size(); ++k) run.ranges[k].add(columns[k], batch.rows);
    if (limit_ < 0) sample(run, columns, batch.rows, worker);
    run.rows.add(batch, worker.store);
    if (limit_ >= 0 && run.rows.rows() > std::max(4 * limit_, kTopRows)) keep_first(run, worker);
    return Flow::kMore;
  }

  void close(State& state, Worker& worker) const override {
    auto& run = static_cast<Run&>(state);
    if (limit_ >= 0 && run.rows.rows() > limit_) keep_first(run, worker);
    run.rows.close(worker.store);
  }
  bool spill(State& state, Worker& worker) const override {
    return static_cast<Run&>(state).rows.spill(worker.store);
  }

  Summary summary(const State& state) const override {
    const auto& run = static_cast<const Run&>(state);
    Summary out;
    out.rows = run.rows.rows();
    out.bytes = run.rows.total_bytes();
    out.spilled = run.rows.spilled();
    WireWriter writer;
    writer.put(run.limit_bytes);
    for (const KeyRange& range : run.ranges) put_range(writer, range);
    if (run.sample.rows() > 0) {
      const auto bytes = memory::encode_batch(run.sample.take());
      run.sampled.assign(bytes->as<char>(), bytes->size());
    }
    writer.put_raw(run.sampled.data(), run.sampled.size());
    out.sample = writer.take();
    return out;
  }

  Plan plan(std::span<const Summary> all, uint16_t nodes) const override {
    Bounds bounds;
    bounds.ranges.resize(keys_.fields.size());
    int64_t rows = 0, bytes = 0, limit_bytes = INT64_MAX;
    std::vector<Batch> samples;
    for (const Summary& one : all) {
      rows += one.rows;
      bytes += one.bytes;
      if (one.spilled) bounds.in_place = false;
      WireReader in(one.sample);
      limit_bytes = std::min(limit_bytes, in.get<int64_t>());
      for (KeyRange& range : bounds.ranges) range.merge(get_range(in));
      if (in.done()) continue;
      const std::string_view rest = in.rest();
      auto copy = std::make_shared<memory::Buffer>(static_cast<int64_t>(rest.size()));
      std::copy(rest.begin(), rest.end(), copy->as<char>());
      samples.push_back(memory::decode_batch(std::move(copy)));
    }
    if (nodes > 1 || bytes > limit_bytes / 3) bounds.in_place = false;
    Plan plan;
    plan.by = Plan::kRange;
    plan.nodes = nodes;
    const int64_t part_bytes = std::clamp<int64_t>(limit_bytes / 32, 256 << 10, kBytesPerPart);
    const int64_t wanted =
        bounds.in_place ? rows / kRowsPerPart : std::max<int64_t>(bytes / part_bytes, 2 * nodes);
    if (limit_ < 0 && wanted > 1 && !samples.empty())
      split(samples, std::min(wanted, kPartsMax), bounds);
    plan.count = static_cast<uint32_t>(bounds.words.size()) + 1;
    plan.bounds = bounds.encoded();
    return plan;
  }

  void cut(Own<State> state, const Plan& plan, std::vector<Part>& out,
           Worker& worker) const override {
    const Bounds bounds(plan.bounds);
    const KeyLayout layout(keys_.dtypes, keys_.orders, bounds.ranges);
    const auto& run = static_cast<const Run&>(*state);
    if (bounds.in_place) {
      deal(run, layout, bounds, out, worker);
    } else {
      write(run, layout, bounds, out, worker);
    }
  }

  void finish(const Plan& plan, uint32_t, std::vector<Part> parts, Worker& worker,
              Emit& out) const override {
    const Bounds bounds(plan.bounds);
    const KeyLayout layout(keys_.dtypes, keys_.orders, bounds.ranges);
    std::vector<RowSpan> spans;
    std::vector<memory::Pin> pins;
    int64_t n = 0;
    for (const Part& part : parts) {
      if (part.chunk != nullptr) {
        pins.push_back(part.chunk->store().pin(part.chunk));
        spans.push_back({pins.back().get(), 0, pins.back()->rows});
      } else {
        const auto& piece = static_cast<const Piece&>(*part.state);
        spans.push_back({&piece.dealt->batch, piece.begin, piece.end - piece.begin});
      }
      n += spans.back().count;
    }
    if (n == 0) return;
    memory::Reservation scratch(worker.store.budget(), "sort");
    scratch.ensure_or_fail(n * (8 + 4 + 32));
    memory::Buffer words(n * 8);
    fill_words(parts, spans, layout, words.as<uint64_t>());
    const memory::Buffer order =
        sorted_order(keys_, layout, spans, {words.as<uint64_t>(), static_cast<size_t>(n)});
    const int64_t taken = limit_ < 0 ? n : std::min(n, limit_);
    out.adopt(worker.store.put(take_rows(spans, order.as<uint32_t>(), taken, worker.arena)));
  }

 private:
  // Of a limited sort: the rows of this run that may be among the first, in the order they came.
  void keep_first(Run& run, Worker& worker) const {
    run.rows.flush(worker.store);
    const KeyLayout layout(keys_.dtypes, keys_.orders, run.ranges);
    std::vector<memory::Pin> pins;
    const std::vector<RowSpan> spans = spans_of(run.rows, worker.store, pins);
    const int64_t n = run.rows.rows();
    memory::Reservation scratch(worker.store.budget(), "sort");
    scratch.ensure_or_fail(n * (8 + 4 + 32));
    memory::Buffer words(n * 8);
    encode_words(spans, layout, words.as<uint64_t>());
    memory::Buffer order =
        sorted_order(keys_, layout, spans, {words.as<uint64_t>(), static_cast<size_t>(n)});
    const int64_t taken = std::min(limit_, n);
    auto* first = order.as<uint32_t>();
    std::sort(first, first + taken);
    run.rows.replace(take_rows(spans, first, taken, worker.arena));
  }

  static std::vector<RowSpan> spans_of(const KeptRows& rows, memory::Store& store,
                                       std::vector<memory::Pin>& pins) {
    std::vector<RowSpan> spans;
    for (const auto& segment : rows.segments()) {
      if (segment.chunk != nullptr) pins.push_back(store.pin(segment.chunk));
      const Batch& batch = segment.chunk != nullptr ? *pins.back() : segment.batch;
      spans.push_back({&batch, 0, segment.rows});
    }
    return spans;
  }

  void encode_words(std::span<const RowSpan> spans, const KeyLayout& layout,
                    uint64_t* words) const {
    for (const RowSpan& span : spans) {
      layout.encode(0, keys_.columns(*span.batch), span.count, words);
      words += span.count;
    }
  }

  // Keeps one row of about kSampleEvery, not at regular distances, which data may have too.
  static void sample(Run& run, const std::vector<Column>& columns, int64_t rows, Worker& worker) {
    const int64_t first = run.rows.rows();
    std::vector<uint32_t> chosen;
    for (; run.next_sample < first + rows;) {
      if (run.next_sample >= first)
        chosen.push_back(static_cast<uint32_t>(run.next_sample - first));
      const uint64_t jitter = static_cast<uint64_t>(run.next_sample) * 0x9E3779B97F4A7C15ull;
      run.next_sample += 1 + static_cast<int64_t>(jitter >> 32) % (2 * kSampleEvery);
    }
    if (chosen.empty()) return;
    const memory::ArenaScope scope(worker.arena);
    Batch picked;
    picked.rows = static_cast<int64_t>(chosen.size());
    for (const Column& column : columns)
      picked.columns.push_back(gather(column, chosen, worker.arena));
    auto* positions = worker.arena.take_as<int64_t>(picked.rows);
    for (size_t i = 0; i < chosen.size(); ++i)
      positions[i] = static_cast<int64_t>(position_of(run.split, first + chosen[i]));
    Column at;
    at.dtype = TypeId::kInt64;
    at.data = positions;
    picked.columns.push_back(at);
    run.sample.append(picked);
  }

  // Cuts the sample into `wanted` equal parts.
  void split(const std::vector<Batch>& samples, int64_t wanted, Bounds& bounds) const {
    const KeyLayout layout(keys_.dtypes, keys_.orders, bounds.ranges);
    std::vector<std::pair<uint64_t, uint64_t>> rows;
    for (const Batch& batch : samples) {
      std::vector<uint64_t> words(batch.rows);
      layout.encode(0, {batch.columns.data(), keys_.fields.size()}, batch.rows, words.data());
      const auto* positions = batch.columns.back().values<uint64_t>();
      for (int64_t i = 0; i < batch.rows; ++i) rows.emplace_back(words[i], positions[i]);
    }
    std::sort(rows.begin(), rows.end());
    const bool whole_key = layout.levels().size() == 1;
    const auto n = static_cast<int64_t>(rows.size());
    for (int64_t i = 1; i < wanted; ++i) {
      auto [word, position] = rows[n * i / wanted];
      if (!whole_key) position = 0;
      if (!bounds.words.empty() && bounds.words.back() == word &&
          bounds.positions.back() == position)
        continue;
      bounds.words.push_back(word);
      bounds.positions.push_back(position);
    }
  }

  // Puts the rows of a split part by part: a split fits L2 or nearly, so that the finish reads runs
  // of rows and not one here and there.
  void deal(const Run& run, const KeyLayout& layout, const Bounds& bounds, std::vector<Part>& out,
            Worker& worker) const {
    const int64_t n = run.rows.rows();
    if (n == 0) return;
    require(n < UINT32_MAX, ErrorCode::kUnsupported, "sort: a split of {} rows", n);
    auto dealt = std::make_shared<Dealt>(worker.store.budget());
    dealt->reservation.ensure_or_fail(n * 22 + run.rows.total_bytes());
    std::vector<memory::Pin> pins;
    const std::vector<RowSpan> spans = spans_of(run.rows, worker.store, pins);
    memory::Buffer words(n * 8);
    encode_words(spans, layout, words.as<uint64_t>());
    if (deal_sorted(run, spans, words.as<uint64_t>(), bounds, out, worker)) return;
    memory::Buffer order(n * 4);
    const std::vector<int64_t> begins = deal_order(bounds, position_of(run.split, 0),
                                                   words.as<uint64_t>(), n, order.as<uint32_t>());
    dealt->batch = take_rows(spans, order.as<uint32_t>(), n, worker.arena);
    dealt->words = memory::Buffer(n * 8);
    for (int64_t i = 0; i < n; ++i)
      dealt->words.as<uint64_t>()[i] = words.as<uint64_t>()[order.as<uint32_t>()[i]];
    dealt->reservation.charge(memory::batch_bytes(dealt->batch) + n * 8);
    dealt->reservation.trim();
    hand_out(dealt, begins, out);
  }

  // Rows that came in order need not be moved; false where they did not. What a group-by or another
  // sort made comes so.
  static bool deal_sorted(const Run& run, std::span<const RowSpan> spans, const uint64_t* words,
                          const Bounds& bounds, std::vector<Part>& out, Worker& worker) {
    int64_t first = 0;
    for (const RowSpan& span : spans) {
      if (!std::is_sorted(words + first, words + first + span.count)) return false;
      first += span.count;
    }
    first = 0;
    for (size_t s = 0; s < spans.size(); ++s) {
      const int64_t n = spans[s].count;
      auto dealt = std::make_shared<Dealt>(worker.store.budget());
      dealt->reservation.ensure_or_fail(n * 14);
      const auto& segment = run.rows.segments()[s];
      if (segment.chunk != nullptr) dealt->pin = worker.store.pin(segment.chunk);
      dealt->batch = *spans[s].batch;
      dealt->words = memory::Buffer(n * 8);
      std::copy_n(words + first, n, dealt->words.as<uint64_t>());
      memory::Buffer order(n * 4);
      const std::vector<int64_t> begins =
          deal_order(bounds, position_of(run.split, first), words + first, n, order.as<uint32_t>());
      dealt->reservation.charge(n * 8);
      dealt->reservation.trim();
      hand_out(dealt, begins, out);
      first += n;
    }
    return true;
  }

  // The pieces between `begins`, each to its part.
  static void hand_out(const std::shared_ptr<const Dealt>& dealt, std::span<const int64_t> begins,
                       std::vector<Part>& out) {
    for (size_t p = 0; p + 1 < begins.size(); ++p) {
      if (begins[p] == begins[p + 1]) continue;
      auto piece = std::make_unique<Piece>();
      piece->dealt = dealt;
      piece->begin = begins[p];
      piece->end = begins[p + 1];
      Part part;
      part.p = static_cast<uint32_t>(p);
      part.state = std::move(piece);
      out.push_back(std::move(part));
    }
  }

  // Which rows come first, second, … when rows stand part by part; answers where the parts begin,
  // and the end.
  static std::vector<int64_t> deal_order(const Bounds& bounds, uint64_t position,
                                         const uint64_t* words, int64_t n, uint32_t* order) {
    std::vector<int64_t> begins(bounds.words.size() + 2, 0);
    memory::Buffer parts(n * 2);
    auto* part = parts.as<uint16_t>();
    uint32_t near = 0;
    for (int64_t i = 0; i < n; ++i) {
      near = bounds.part(words[i], position + static_cast<uint64_t>(i), near);
      part[i] = static_cast<uint16_t>(near);
      ++begins[near + 1];
    }
    for (size_t p = 0; p + 1 < begins.size(); ++p) begins[p + 1] += begins[p];
    std::vector<int64_t> at(begins.begin(), begins.end() - 1);
    for (int64_t i = 0; i < n; ++i) order[at[part[i]]++] = static_cast<uint32_t>(i);
    return begins;
  }

  // Rows of each part as chunks, which the Store may write out: for what does not fit, and for what
  // travels.
  void write(const Run& run, const KeyLayout& layout, const Bounds& bounds, std::vector<Part>& out,
             Worker& worker) const {
    std::vector<memory::BatchBuilder> builders(bounds.words.size() + 1);
    const auto flush = [&] {
      for (size_t p = 0; p < builders.size(); ++p) {
        if (builders[p].rows() == 0) continue;
        Part part;
        part.p = static_cast<uint32_t>(p);
        part.chunk = worker.store.put(builders[p].take());
        out.push_back(std::move(part));
      }
    };
    int64_t waiting = 0;
    for (const auto& segment : run.rows.segments()) {
      const memory::Pin pin = segment.chunk == nullptr ? nullptr : worker.store.pin(segment.chunk);
      const Batch& batch = pin == nullptr ? segment.batch : *pin;
      for (int64_t begin = 0; begin < batch.rows; begin += kBatchRows) {
        const int64_t rows = std::min(kBatchRows, batch.rows - begin);
        append(run, batch, begin, rows, segment.first_row + begin, layout, bounds, builders,
               worker);
      }
      waiting += memory::batch_bytes(batch);
      if (waiting < kBytesPerPart) continue;
      flush();
      waiting = 0;
    }
    flush();
  }

  // Appends rows [begin, begin + rows) of `batch` to the builders of their parts.
  void append(const Run& run, const Batch& batch, int64_t begin, int64_t rows, int64_t first_row,
              const KeyLayout& layout, const Bounds& bounds,
              std::vector<memory::BatchBuilder>& builders, Worker& worker) const {
    const memory::ArenaScope scope(worker.arena);
    auto* words = worker.arena.take_as<uint64_t>(rows);
    std::vector<Column> keys = keys_.columns(batch);
    for (Column& key : keys) key = key.from(begin);
    layout.encode(0, keys, rows, words);
    std::vector<std::vector<uint32_t>> chosen(builders.size());
    uint32_t p = 0;
    for (int64_t i = 0; i < rows; ++i) {
      p = bounds.part(words[i], position_of(run.split, first_row + i), p);
      chosen[p].push_back(static_cast<uint32_t>(begin + i));
    }
    for (size_t p = 0; p < builders.size(); ++p) {
      if (chosen[p].empty()) continue;
      const memory::ArenaScope inner(worker.arena);
      Batch picked;
      picked.rows = static_cast<int64_t>(chosen[p].size());
      for (const Column& column : batch.columns)
        picked.columns.push_back(gather(column, chosen[p], worker.arena));
      builders[p].append(picked);
    }
  }

  void fill_words(const std::vector<Part>& parts, std::span<const RowSpan> spans,
                  const KeyLayout& layout, uint64_t* words) const {
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].chunk != nullptr) {
        layout.encode(0, keys_.columns(*spans[i].batch), spans[i].count, words);
      } else {
        const auto* from = static_cast<const Piece&>(*parts[i].state).dealt->words.as<uint64_t>();
        std::copy_n(from + spans[i].begin, spans[i].count, words);
      }
      words += spans[i].count;
    }
  }

  const SortKeys keys_;
  const int64_t limit_;
};

}  // namespace

Ref<Sink> sort_sink(const SortAttrs& attrs, const Meta& in) {
  return std::make_shared<SortSink>(attrs, in);
}

}  // namespace tharsis::ops
