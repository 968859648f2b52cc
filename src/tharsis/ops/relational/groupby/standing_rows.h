#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "tharsis/ops/relational/groupby/group_parts.h"
#include "tharsis/ops/relational/groupby/key_union.h"

namespace tharsis::ops {

/// Logged rows, and the groups that were made before, where nearly every row is a group of its own:
/// they are finished where they stand. Only 32 bits of each key's hash and the number of the row
/// are dealt, to find the few rows whose key came before; groups come out in the order of their
/// first rows, so that nobody sorts them.
///
/// Used in this order, each call once, those of one kind at the same time: `add` of all states, the
/// rounds of `prepare`, `finish` of all ranges.
class StandingRows {
 public:
  /// Where memory is `scarce`, a part of the hashes is dealt at a time.
  StandingRows(const GroupShape& shape, std::shared_ptr<const KeyUnion> keys, int64_t rows,
               bool scarce);

  /// Whether the rows can be numbered.
  static bool holds(int64_t rows) { return rows < UINT32_MAX - 1; }

  /// How often `prepare` is called in each round.
  std::vector<uint32_t> rounds() const;
  uint32_t ranges() const { return ranges_; }

  void add(std::shared_ptr<Held> held);
  void prepare(size_t round, uint32_t i, Worker& worker);
  Batch finish(uint32_t range, Worker& worker);

 private:
  // Rows of one split in a block, or groups of one split in a table; their numbers follow each
  // other.
  struct Source {
    Held* held = nullptr;
    LogBlock* block = nullptr;  // null: groups
    uint64_t* words = nullptr;  // of row `begin`
    int64_t begin = 0;
    int64_t rows = 0;
    int64_t order = 0;
    int64_t number = 0;  // of the first row, among all rows
    int64_t end() const { return number + rows; }
  };
  // Hash bits and number of the rows of one deal, part by part: of the parts of one pass.
  struct Dealt {
    memory::Buffer entries;
    std::vector<uint32_t> begins;
  };
  // Logged rows of one deal whose key came before: their numbers, and as columns their positions
  // and inputs. So nobody looks for single rows on the disk.
  struct Repeated {
    std::vector<uint32_t> numbers;
    Batch rows;
  };
  // Numbers of the first row of a group and of one that came later.
  using Repeat = std::pair<uint32_t, uint32_t>;

  void settle(Worker& worker);
  void deal(uint32_t pass, uint32_t i, Worker& worker);
  void find(uint32_t p);
  void gather_repeated(uint32_t i, Worker& worker);
  void add_sources(Held& held);
  void add_groups(Held& held);
  const Source& source_of(int64_t number) const;
  bool same_word(uint32_t a, uint32_t b) const;
  /// Calls visit(source, first row in it, rows) for the rows [begin, end), some at a time.
  template <class Visit>
  void each_source(int64_t begin, int64_t end, Visit visit) const {
    if (begin == end) return;
    for (const Source* source = &source_of(begin); begin < end; ++source) {
      for (const int64_t stop = std::min(end, source->end()); begin < stop;) {
        const int64_t n = std::min(kBatchRows, stop - begin);
        visit(*source, begin - source->number, n);
        begin += n;
      }
    }
  }
  /// Makes the words of rows [at, at + n) words of the union.
  void translate(const Source& source, int64_t at, int64_t n, memory::Arena& arena) const;
  void scatter(uint32_t pass, const uint64_t* hashes, int64_t begin, int64_t n, Dealt& dealt) const;
  void forget();
  bool is_repeat(int64_t number) const {
    return (repeats_[number >> 6].load(std::memory_order_relaxed) >> (number & 63)) & 1;
  }

  void append(const Source& source, int64_t at, int64_t n, Groups& groups,
              memory::Arena& arena) const;
  /// Which of the rows [at, at + n) of a source are repeats, or are not.
  std::span<const uint32_t> rows_of(const Source& source, int64_t at, int64_t n, bool repeats,
                                    memory::Arena& arena) const;
  /// Positions and inputs of `rows` of the logged rows [at, at + n); `pin` keeps them.
  Batch logged(const Source& source, int64_t at, int64_t n, std::span<const uint32_t> rows,
               memory::Arena& arena, memory::Pin& pin) const;
  std::vector<Repeat> repeats_of(int64_t begin, int64_t end) const;
  void add_repeats(int64_t begin, int64_t end, Groups& groups, Worker& worker) const;
  void add_repeated_rows(std::span<const Repeat> rows, Groups& groups, memory::Arena& arena) const;

  int64_t begin_of(int64_t i, int64_t of) const { return rows_ * i / of; }
  uint32_t deal_of(int64_t number) const;

  const GroupShape& shape_;
  const std::shared_ptr<const KeyUnion> union_;
  const int64_t rows_;
  const uint32_t deals_;
  const uint32_t passes_;
  const uint32_t parts_;  // of all passes
  const uint32_t ranges_;

  std::mutex mutex_;
  bool settled_ = false;
  std::vector<std::shared_ptr<Held>> held_;
  std::vector<memory::Buffer> table_words_;  // of the groups of each table
  std::vector<Source> sources_;              // in the order of their rows
  std::vector<uint32_t> source_at_;          // of every kStride-th row
  std::unique_ptr<memory::Reservation> reservation_;

  std::vector<Dealt> dealt_;
  std::vector<Repeated> repeated_;              // by deal
  std::vector<std::vector<Repeat>> found_;      // by part, ascending
  std::vector<std::atomic<uint64_t>> repeats_;  // a bit per row
  uint32_t unfound_;                            // parts that still read what was dealt
  std::atomic<uint32_t> unfinished_;            // ranges that still read the rows
};

/// For tests: parts, and what is finished at a time, have about so many rows.
void set_standing_part_rows(int64_t rows);

}  // namespace tharsis::ops
