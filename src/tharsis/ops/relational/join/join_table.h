#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "tharsis/graph/op.h"
#include "tharsis/ops/relational/join/key_coder.h"

namespace tharsis::ops {

/// Rows of a stored frame as numbers of 32 bits: chunk, then row within it. In the order of the
/// rows.
class RowNumbers {
 public:
  explicit RowNumbers(const Value& value);
  uint32_t of(size_t chunk, int64_t row) const {
    return static_cast<uint32_t>((uint64_t{chunk} << bits_) | static_cast<uint64_t>(row));
  }
  size_t chunk(uint32_t number) const { return bits_ == 32 ? 0 : number >> bits_; }
  uint32_t row(uint32_t number) const { return number & mask_; }
  int bits() const { return bits_; }

 private:
  int bits_ = 32;
  uint32_t mask_ = UINT32_MAX;
};

/// The rows of the build side of a join by their keys. Immutable once made.
///
/// Codes of a small range index an array. Others go through the directory of an unchained table
/// (Birler, Schmidt, Fent, Neumann, DaMoN 2024): a word per bucket with the end of its rows in the
/// upper 48 bits and a filter of 16 bits below; rows of a bucket stand together, equal codes too.
class JoinTable final : public memory::Object {
 public:
  static constexpr uint32_t kNoRow = UINT32_MAX;

  JoinTable(const Value& build, std::span<const int64_t> fields, std::vector<DType> dtypes,
            bool nulls_equal, Driver& driver);

  const KeyCoder& coder() const { return coder_; }
  const RowNumbers& row_numbers() const { return numbers_; }
  /// Whether no two rows have one key: then `find_one` may be asked.
  bool unique() const { return unique_; }
  /// On average.
  double rows_per_key() const {
    return unique_ ? 1 : static_cast<double>(count_) / static_cast<double>(keys_.load());
  }

  /// The row of each code, kNoRow where there is none.
  void find_one(const uint64_t* codes, int64_t n, uint32_t* rows) const;
  /// rows()[begins[i] … ends[i]) have code i; in their order.
  void find(const uint64_t* codes, int64_t n, uint32_t* begins, uint32_t* ends) const;
  const uint32_t* rows() const { return rows_.as<uint32_t>(); }

  int64_t bytes() const;

 private:
  struct Dealt;
  void fill(const Value& value, std::span<const int64_t> fields, Driver& driver);
  Dealt deal(const Value& value, std::span<const int64_t> fields, Driver& driver);
  void fill_array(const Dealt& dealt, size_t part);
  void fill_directory(const Dealt& dealt, size_t part);
  size_t part_of(uint64_t code) const;
  uint64_t begin_of(uint64_t bucket) const {
    return bucket == 0 ? 0 : directory_.as<uint64_t>()[bucket - 1] >> 16;
  }

  const KeyCoder coder_;
  const RowNumbers numbers_;
  memory::Reservation reservation_;
  bool array_ = false;  // codes index `ends_`, or `rows_` where they are unique
  bool unique_ = true;
  uint64_t range_ = 0;
  int part_shift_ = 0;  // array: codes of a part share what is above these bits
  size_t parts_ = 1;
  int bucket_shift_ = 0;  // of a hash, to its bucket
  int64_t count_ = 0;
  std::atomic<int64_t> keys_{0};  // different ones; not counted of an array of single rows
  memory::Buffer rows_;           // u32: by code where unique_ and array_, else grouped by code
  memory::Buffer ends_;           // u32 per code
  memory::Buffer directory_;      // u64 per bucket
  memory::Buffer codes_;          // u64 per row of rows_, for the directory
};

}  // namespace tharsis::ops
