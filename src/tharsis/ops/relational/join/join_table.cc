#include "tharsis/ops/relational/join/join_table.h"

#include <algorithm>
#include <bit>

#include "tharsis/base/error.h"

namespace tharsis::ops {
namespace {

constexpr int64_t kMorselRows = int64_t{1} << 16;
constexpr int kPartBits = 16;  // entries of a part of the array: 256 KiB
constexpr uint64_t kGolden = 0x9E3779B97F4A7C15ull;
constexpr int kPrefetch = 24;

uint64_t hash_of(uint64_t code) { return code * kGolden; }

// One of sixteen bits, from the bits of the hash just below those of the bucket.
uint64_t filter_bit(uint64_t hash, int bucket_shift) {
  const int shift = bucket_shift >= 4 ? bucket_shift - 4 : 0;
  return uint64_t{1} << ((hash >> shift) & 15);
}

}  // namespace

RowNumbers::RowNumbers(const Value& value) {
  int64_t longest = 1;
  for (const auto& chunk : value.chunks) longest = std::max(longest, chunk->rows());
  const auto chunks = static_cast<uint64_t>(std::max<size_t>(value.chunks.size(), 1));
  bits_ = std::bit_width(static_cast<uint64_t>(longest - 1));
  require(bits_ + std::bit_width(chunks - 1) <= 32 && value.rows() < UINT32_MAX,
          ErrorCode::kUnsupported,
          "join: a build side of {} rows in {} chunks; at most 2^32 rows are numbered",
          value.rows(), chunks);
  if (chunks == 1) bits_ = 32;
  mask_ = bits_ == 32 ? UINT32_MAX : (uint32_t{1} << bits_) - 1;
}

// Rows with a code, dealt to parts whose share of the table fits L2. Within a part they stand in
// their order.
struct JoinTable::Dealt {
  memory::Buffer codes;         // u64
  memory::Buffer rows;          // u32
  std::vector<int64_t> begins;  // per part, and the end
};

JoinTable::JoinTable(const Value& build, std::span<const int64_t> fields, std::vector<DType> dtypes,
                     bool nulls_equal, Driver& driver)
    : coder_(build, fields, std::move(dtypes), nulls_equal, driver),
      numbers_(build),
      reservation_(driver.store().budget(), "join table") {
  fill(build, fields, driver);
}

int64_t JoinTable::bytes() const {
  return coder_.bytes() + rows_.capacity() + ends_.capacity() + directory_.capacity() +
         codes_.capacity();
}

size_t JoinTable::part_of(uint64_t code) const {
  if (array_) return code >> part_shift_;
  return parts_ == 1 ? 0 : hash_of(code) >> (64 - std::countr_zero(parts_));
}

void JoinTable::fill(const Value& value, std::span<const int64_t> fields, Driver& driver) {
  const int64_t n = value.rows();
  range_ = coder_.range();
  array_ = range_ <= std::max<uint64_t>(static_cast<uint64_t>(n) * 8, uint64_t{1} << 16);
  int bucket_bits = 0;
  if (array_) {
    part_shift_ = kPartBits;
    while (((range_ - 1) >> part_shift_) >= 1024) ++part_shift_;
    parts_ = ((range_ - 1) >> part_shift_) + 1;
  } else {
    bucket_bits = std::max<int>(1, std::bit_width(static_cast<uint64_t>(n)));
    parts_ = size_t{1} << std::clamp(bucket_bits - 14, 0, 10);
    bucket_shift_ = 64 - bucket_bits;
  }
  // What dealing takes goes again; what the table keeps is counted until it goes.
  const int64_t table =
      array_ ? static_cast<int64_t>(range_) * 4 + n * 4 : (int64_t{8} << bucket_bits) + n * 12;
  reservation_.ensure_or_fail(n * 20 + table);
  const Dealt dealt = deal(value, fields, driver);
  count_ = dealt.begins.back();
  std::atomic<bool> fits{true};
  if (array_) {
    rows_ = memory::Buffer(static_cast<int64_t>(range_) * 4);
    driver.parallel(static_cast<int64_t>(parts_), [&](int64_t part, Worker&) {
      // Tried as an array of rows first: most build sides have unique keys.
      auto* rows = rows_.as<uint32_t>();
      const uint64_t first = static_cast<uint64_t>(part) << part_shift_;
      std::fill(rows + first, rows + std::min(first + (uint64_t{1} << part_shift_), range_),
                kNoRow);
      for (int64_t i = dealt.begins[part]; i < dealt.begins[part + 1]; ++i) {
        uint32_t& row = rows[dealt.codes.as<uint64_t>()[i]];
        if (row != kNoRow) fits.store(false, std::memory_order_relaxed);
        row = dealt.rows.as<uint32_t>()[i];
      }
    });
    unique_ = fits;
    if (!unique_) {
      rows_ = memory::Buffer(count_ * 4);
      ends_ = memory::Buffer(static_cast<int64_t>(range_) * 4);
      driver.parallel(static_cast<int64_t>(parts_),
                      [&](int64_t part, Worker&) { fill_array(dealt, part); });
    }
  } else {
    rows_ = memory::Buffer(count_ * 4);
    codes_ = memory::Buffer(count_ * 8);
    directory_ = memory::Buffer(int64_t{8} << bucket_bits);
    driver.parallel(static_cast<int64_t>(parts_),
                    [&](int64_t part, Worker&) { fill_directory(dealt, part); });
    unique_ = keys_ == count_;
  }
  reservation_.charge(bytes());
  reservation_.trim();
}

JoinTable::Dealt JoinTable::deal(const Value& value, std::span<const int64_t> fields,
                                 Driver& driver) {
  struct Morsel {
    size_t chunk;
    int64_t begin, rows;
    int64_t first;  // row of the whole
    std::vector<int64_t> counts;
  };
  std::vector<Morsel> morsels;
  for (size_t c = 0; c < value.chunks.size(); ++c) {
    for (int64_t begin = 0; begin < value.chunks[c]->rows(); begin += kMorselRows) {
      const int64_t rows = std::min(kMorselRows, value.chunks[c]->rows() - begin);
      morsels.push_back({c, begin, rows, value.starts[c] + begin, {}});
    }
  }
  memory::Buffer codes(value.rows() * 8);
  driver.parallel(static_cast<int64_t>(morsels.size()), [&](int64_t m, Worker& worker) {
    Morsel& morsel = morsels[m];
    const memory::ArenaScope scope(worker.arena);
    const auto& chunk = value.chunks[morsel.chunk];
    const memory::Pin pin = chunk->store().pin(chunk);
    std::vector<Column> keys;
    for (const int64_t field : fields) keys.push_back(pin->columns[field].from(morsel.begin));
    KeyCoder::Memo memo;
    uint64_t* out = codes.as<uint64_t>() + morsel.first;
    coder_.encode(keys, morsel.rows, memo, worker.arena, out);
    morsel.counts.assign(parts_, 0);
    for (int64_t i = 0; i < morsel.rows; ++i) {
      if (out[i] != kNoCode) ++morsel.counts[part_of(out[i])];
    }
  });
  Dealt dealt;
  dealt.begins.assign(parts_ + 1, 0);
  int64_t at = 0;
  for (size_t p = 0; p < parts_; ++p) {
    dealt.begins[p] = at;
    for (Morsel& morsel : morsels) {
      const int64_t count = morsel.counts[p];
      morsel.counts[p] = at;
      at += count;
    }
  }
  dealt.begins[parts_] = at;
  dealt.codes = memory::Buffer(at * 8);
  dealt.rows = memory::Buffer(at * 4);
  driver.parallel(static_cast<int64_t>(morsels.size()), [&](int64_t m, Worker&) {
    Morsel& morsel = morsels[m];
    const uint64_t* in = codes.as<uint64_t>() + morsel.first;
    for (int64_t i = 0; i < morsel.rows; ++i) {
      if (in[i] == kNoCode) continue;
      const int64_t to = morsel.counts[part_of(in[i])]++;
      dealt.codes.as<uint64_t>()[to] = in[i];
      dealt.rows.as<uint32_t>()[to] = numbers_.of(morsel.chunk, morsel.begin + i);
    }
  });
  return dealt;
}

// Counting sort of a part by code.
void JoinTable::fill_array(const Dealt& dealt, size_t part) {
  auto* ends = ends_.as<uint32_t>();
  const uint64_t first = static_cast<uint64_t>(part) << part_shift_;
  const uint64_t last = std::min(first + (uint64_t{1} << part_shift_), range_);
  const auto* codes = dealt.codes.as<uint64_t>();
  std::fill(ends + first, ends + last, 0);
  for (int64_t i = dealt.begins[part]; i < dealt.begins[part + 1]; ++i) ++ends[codes[i]];
  auto at = static_cast<uint32_t>(dealt.begins[part]);
  int64_t keys = 0;
  for (uint64_t code = first; code < last; ++code) {
    const uint32_t count = ends[code];
    ends[code] = at;
    at += count;
    keys += count > 0;
  }
  keys_ += keys;
  for (int64_t i = dealt.begins[part]; i < dealt.begins[part + 1]; ++i)
    rows_.as<uint32_t>()[ends[codes[i]]++] = dealt.rows.as<uint32_t>()[i];
}

void JoinTable::fill_directory(const Dealt& dealt, size_t part) {
  auto* directory = directory_.as<uint64_t>();
  const size_t buckets = (size_t{1} << (64 - bucket_shift_)) / parts_;
  const size_t first = part * buckets;
  const auto* codes = dealt.codes.as<uint64_t>();
  std::fill(directory + first, directory + first + buckets, 0);
  for (int64_t i = dealt.begins[part]; i < dealt.begins[part + 1]; ++i) {
    const uint64_t hash = hash_of(codes[i]);
    uint64_t& word = directory[hash >> bucket_shift_];
    word = (word + (uint64_t{1} << 16)) | filter_bit(hash, bucket_shift_);
  }
  auto at = static_cast<uint64_t>(dealt.begins[part]);
  for (size_t bucket = first; bucket < first + buckets; ++bucket) {
    const uint64_t count = directory[bucket] >> 16;
    directory[bucket] = (at << 16) | (directory[bucket] & 0xFFFF);
    at += count;
  }
  auto* out_codes = codes_.as<uint64_t>();
  auto* out_rows = rows_.as<uint32_t>();
  for (int64_t i = dealt.begins[part]; i < dealt.begins[part + 1]; ++i) {
    uint64_t& word = directory[hash_of(codes[i]) >> bucket_shift_];
    out_codes[word >> 16] = codes[i];
    out_rows[word >> 16] = dealt.rows.as<uint32_t>()[i];
    word += uint64_t{1} << 16;
  }
  // Equal codes of a bucket stand together, in the order of their rows.
  auto begin = static_cast<uint64_t>(dealt.begins[part]);
  std::vector<std::pair<uint64_t, uint32_t>> mixed;
  int64_t keys = 0;
  for (size_t bucket = first; bucket < first + buckets; ++bucket) {
    const uint64_t end = directory[bucket] >> 16;
    bool sorted = true;
    for (uint64_t i = begin + 1; i < end; ++i) sorted &= out_codes[i - 1] <= out_codes[i];
    if (!sorted) {
      mixed.clear();
      for (uint64_t i = begin; i < end; ++i) mixed.emplace_back(out_codes[i], out_rows[i]);
      std::sort(mixed.begin(), mixed.end());
      for (uint64_t i = begin; i < end; ++i) std::tie(out_codes[i], out_rows[i]) = mixed[i - begin];
    }
    for (uint64_t i = begin; i < end; ++i) keys += i == begin || out_codes[i - 1] != out_codes[i];
    begin = end;
  }
  keys_ += keys;
}

void JoinTable::find_one(const uint64_t* codes, int64_t n, uint32_t* rows) const {
  if (array_) {
    const auto* by_code = rows_.as<uint32_t>();
    for (int64_t i = 0; i < n; ++i) rows[i] = codes[i] < range_ ? by_code[codes[i]] : kNoRow;
    return;
  }
  const auto* directory = directory_.as<uint64_t>();
  const auto* stored = codes_.as<uint64_t>();
  const auto* numbers = rows_.as<uint32_t>();
  for (int64_t i = 0; i < n; ++i) {
    if (i + 2 * kPrefetch < n)
      __builtin_prefetch(&directory[hash_of(codes[i + 2 * kPrefetch]) >> bucket_shift_]);
    if (i + kPrefetch < n) {
      const uint64_t bucket = hash_of(codes[i + kPrefetch]) >> bucket_shift_;
      const uint64_t at = begin_of(bucket);
      __builtin_prefetch(&stored[at]);
      __builtin_prefetch(&numbers[at]);
    }
    rows[i] = kNoRow;
    const uint64_t hash = hash_of(codes[i]);
    const uint64_t bucket = hash >> bucket_shift_;
    const uint64_t word = directory[bucket];
    if ((word & filter_bit(hash, bucket_shift_)) == 0 || codes[i] == kNoCode) continue;
    for (uint64_t at = begin_of(bucket); at < word >> 16; ++at) {
      if (stored[at] == codes[i]) rows[i] = numbers[at];
    }
  }
}

void JoinTable::find(const uint64_t* codes, int64_t n, uint32_t* begins, uint32_t* ends) const {
  if (array_ && unique_) fail(ErrorCode::kInternal, "join: an array of single rows has no runs");
  if (array_) {
    const auto* end = ends_.as<uint32_t>();
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t code = codes[i];
      const bool known = code < range_;
      ends[i] = known ? end[code] : 0;
      begins[i] = known && code > 0 ? end[code - 1] : 0;
    }
    return;
  }
  const auto* directory = directory_.as<uint64_t>();
  const auto* stored = codes_.as<uint64_t>();
  for (int64_t i = 0; i < n; ++i) {
    if (i + 2 * kPrefetch < n)
      __builtin_prefetch(&directory[hash_of(codes[i + 2 * kPrefetch]) >> bucket_shift_]);
    if (i + kPrefetch < n)
      __builtin_prefetch(&stored[begin_of(hash_of(codes[i + kPrefetch]) >> bucket_shift_)]);
    begins[i] = ends[i] = 0;
    const uint64_t hash = hash_of(codes[i]);
    const uint64_t bucket = hash >> bucket_shift_;
    const uint64_t word = directory[bucket];
    if ((word & filter_bit(hash, bucket_shift_)) == 0 || codes[i] == kNoCode) continue;
    uint64_t at = begin_of(bucket);
    const uint64_t end = word >> 16;
    while (at < end && stored[at] < codes[i]) ++at;
    begins[i] = static_cast<uint32_t>(at);
    while (at < end && stored[at] == codes[i]) ++at;
    ends[i] = static_cast<uint32_t>(at);
  }
}

}  // namespace tharsis::ops
