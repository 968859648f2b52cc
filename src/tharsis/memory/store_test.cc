#include "tharsis/memory/store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/memory/batch_builder.h"
#include "tharsis/memory/batch_codec.h"

namespace tharsis::memory {
namespace {

struct Rows {
  std::vector<int64_t> numbers;
  std::vector<std::string> texts;
  std::vector<StringRef> refs;
  std::vector<uint8_t> validity;  // row 1 is missing
  Batch batch;

  explicit Rows(int n) {
    for (int i = 0; i < n; ++i) {
      numbers.push_back(i * 10);
      texts.push_back(i % 2 ? "short"
                            : "a text that does not fit inside, number " + std::to_string(i));
    }
    for (const auto& text : texts) refs.emplace_back(text);
    batch.rows = n;
    Column a, b;
    a.dtype = TypeId::kInt64;
    a.data = numbers.data();
    b.dtype = TypeId::kString;
    b.data = refs.data();
    validity.assign(n / 8 + 1, 0xFF);
    validity[0] = 0xFD;
    b.validity = validity.data();
    batch.columns = {a, b};
  }
};

void expect_rows(const Batch& got, const Rows& want) {
  ASSERT_EQ(got.rows, want.batch.rows);
  for (int i = 0; i < got.rows; ++i) {
    EXPECT_EQ(got.columns[0].values<int64_t>()[i], want.numbers[i]);
    ASSERT_EQ(got.columns[1].valid(i), i != 1);
    if (i != 1) {
      EXPECT_EQ(got.columns[1].values<StringRef>()[i].view(), want.texts[i]);
    }
  }
}

TEST(BatchCodec, TextAndMissingRowsSurvive) {
  const Rows rows(9);
  expect_rows(decode_batch(encode_batch(rows.batch)), rows);
}

Column column_of(TypeId type, const void* data) {
  Column column;
  column.dtype = type;
  column.data = data;
  return column;
}

// Ranges that need each number of bytes, and both ends of the types.
template <class T>
void expect_numbers_survive(TypeId type) {
  using Limits = std::numeric_limits<T>;
  for (const uint64_t range :
       {0ull, 1ull, 255ull, 256ull, 65535ull, 65536ull, 4294967295ull, 4294967296ull, ~0ull}) {
    for (const T least : {T{0}, T{7}, Limits::min(), static_cast<T>(Limits::max() / 2)}) {
      std::vector<T> numbers(37 + kPadding / sizeof(T));
      for (size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<T>(static_cast<uint64_t>(least) + range / 36 * i);
      numbers[1] = static_cast<T>(static_cast<uint64_t>(least) + range);
      Batch batch;
      batch.rows = 37;
      batch.columns = {column_of(type, numbers.data())};
      const Batch got = decode_batch(encode_batch(batch));
      for (int64_t i = 0; i < batch.rows; ++i)
        ASSERT_EQ(got.columns[0].values<T>()[i], numbers[i]) << "range " << range << ", row " << i;
    }
  }
}

TEST(BatchCodec, NumbersSurvivePacked) {
  expect_numbers_survive<int8_t>(TypeId::kInt8);
  expect_numbers_survive<uint8_t>(TypeId::kUInt8);
  expect_numbers_survive<int16_t>(TypeId::kInt16);
  expect_numbers_survive<uint16_t>(TypeId::kUInt16);
  expect_numbers_survive<int32_t>(TypeId::kInt32);
  expect_numbers_survive<uint32_t>(TypeId::kUInt32);
  expect_numbers_survive<int64_t>(TypeId::kInt64);
  expect_numbers_survive<uint64_t>(TypeId::kUInt64);
  expect_numbers_survive<int64_t>(TypeId::kTimestamp);
}

TEST(BatchCodec, FewBytesForSmallNumbersAndShortTexts) {
  std::vector<int64_t> numbers(1000, 1'000'000'007);
  const std::vector<StringRef> texts(1000, StringRef("id001"));
  Batch batch;
  batch.rows = 1000;
  batch.columns = {column_of(TypeId::kInt64, numbers.data()),
                   column_of(TypeId::kString, texts.data())};
  EXPECT_LT(encode_batch(batch)->size(), 5000 + 512);  // the number once, and five bytes a text
  numbers[3] += 200;
  EXPECT_LT(encode_batch(batch)->size(), 6000 + 512);
}

TEST(BatchCodec, TextsOfAllLengthsSurvive) {
  std::vector<std::string> texts;
  for (int length = 0; length < 40; ++length) texts.emplace_back(length, 'a' + length % 26);
  texts.emplace_back(70000, 'z');
  const std::vector<StringRef> refs(texts.begin(), texts.end());
  Batch batch;
  batch.rows = std::ssize(refs);
  batch.columns = {column_of(TypeId::kString, refs.data())};
  const Batch got = decode_batch(encode_batch(batch));
  for (size_t i = 0; i < refs.size(); ++i)
    EXPECT_TRUE(got.columns[0].values<StringRef>()[i] == refs[i]) << i;
}

TEST(BatchCodec, DamagedBytesAreAnErrorNotACrash) {
  const Rows rows(9);
  auto bytes = encode_batch(rows.batch);
  auto cut = std::make_shared<Buffer>(bytes->size() / 2);
  std::memcpy(cut->data(), bytes->data(), cut->size());
  EXPECT_THROW(decode_batch(cut), Error);
  bytes->data()[0] = std::byte{0};
  EXPECT_THROW(decode_batch(bytes), Error);
}

TEST(BatchBuilder, OwnsWhatItGathered) {
  auto rows = std::make_unique<Rows>(9);
  const Rows want(9);
  BatchBuilder builder;
  builder.append(rows->batch, 0, 4);
  builder.append(rows->batch, 4, 9);
  const Batch batch = builder.take();
  rows.reset();
  expect_rows(batch, want);
}

// What was allocated while the buffers doubled, and is not used, goes back.
TEST(BatchBuilder, KeepsItsRowsWhenItGivesBackTheRest) {
  for (const int n : {200, 1200, 3000, 9000, 20'000, 70'000}) {
    const Rows want(n);
    BatchBuilder builder;
    for (int begin = 0; begin < n; begin += 100) builder.append(want.batch, begin, begin + 100);
    expect_rows(builder.take(), want);
  }
}

TEST(Buffer, ShrinksWhereItStands) {
  Buffer large(int64_t{5} << 20);
  const std::byte* const at = large.data();
  std::memset(large.data(), 7, large.size());
  large.shrink(int64_t{1} << 20);
  EXPECT_EQ(large.data(), at);
  EXPECT_EQ(large.size(), 1 << 20);
  EXPECT_EQ(large.capacity(), buffer_capacity(1 << 20));
  EXPECT_EQ(large.data()[large.size() - 1], std::byte{7});
  large.shrink(10);  // still a range of pages
  EXPECT_EQ(large.capacity(), buffer_capacity(64 << 10));
  EXPECT_THROW(large.shrink(11), Error);

  Buffer small(1000);
  const int64_t capacity = small.capacity();
  small.shrink(10);
  EXPECT_EQ(small.size(), 10);
  EXPECT_EQ(small.capacity(), capacity);
}

TEST(BatchBuilder, SharesWhatStandsInARowAndCopiesTheRest) {
  const Rows want(9);
  const Batch owned = owned_copy(want.batch);
  const auto slice = [&](int64_t begin, int64_t end) {
    Batch out;
    out.rows = end - begin;
    for (const Column& column : owned.columns) out.columns.push_back(column.from(begin));
    return out;
  };
  BatchBuilder builder(true);
  builder.append(slice(0, 4));
  EXPECT_FALSE(builder.breaks(slice(4, 9)));
  EXPECT_TRUE(builder.breaks(slice(5, 9)));
  builder.append(slice(4, 9));
  EXPECT_EQ(builder.bytes(), 0);
  const Batch shared = builder.take();
  EXPECT_EQ(shared.columns[0].data, owned.columns[0].data);
  expect_rows(shared, want);

  builder.append(slice(0, 4));
  Batch mixed = slice(4, 9);
  mixed.columns[0].owner = nullptr;  // borrowed: that column is copied, with its rows so far
  builder.append(mixed);
  const Batch half = builder.take();
  EXPECT_NE(half.columns[0].data, owned.columns[0].data);
  EXPECT_EQ(half.columns[1].data, owned.columns[1].data);
  expect_rows(half, want);
}

TEST(Store, SpillsTheLeastRecentlyUsedAndReadsItBack) {
  Budget budget(16 << 10);
  Store store(budget, "/tmp");
  budget.set_reclaimer([&](int64_t bytes) { return store.reclaim(bytes); });
  const Rows rows(9);
  std::vector<Ref<Chunk>> chunks;
  for (int i = 0; i < 100; ++i) chunks.push_back(store.put(owned_copy(rows.batch)));
  EXPECT_GT(store.spilled_bytes(), 0);
  EXPECT_LE(store.resident_bytes(), 16 << 10);
  for (const auto& chunk : chunks) expect_rows(*store.pin(chunk), rows);
}

// Files must not grow beyond `bytes` while it lives: writing fails as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST(Store, AFullDiskIsAnErrorAndLosesNothing) {
  Budget budget(16 << 10);
  Store store(budget, "/tmp");
  budget.set_reclaimer([&](int64_t bytes) { return store.reclaim(bytes); });
  const Rows rows(9);
  std::vector<Ref<Chunk>> chunks;
  {
    const FullDisk full(64 << 10);
    try {
      for (int i = 0; i < 100; ++i) chunks.push_back(store.put(owned_copy(rows.batch)));
      FAIL() << "nothing was written beyond the end of the disk";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kStorage);
      EXPECT_NE(std::string(error.what()).find("/tmp"), std::string::npos) << error.what();
    }
    EXPECT_GT(store.spilled_bytes(), 0);
    EXPECT_THROW(store.put_on_disk(rows.batch), Error);
  }
  for (const auto& chunk : chunks) expect_rows(*store.pin(chunk), rows);
  expect_rows(*store.pin(store.put_on_disk(rows.batch)), rows);
  chunks.clear();
  EXPECT_EQ(store.resident_bytes(), 0);
}

TEST(Store, APinnedChunkStays) {
  Budget budget(2 << 10);
  Store store(budget, "/tmp");
  budget.set_reclaimer([&](int64_t bytes) { return store.reclaim(bytes); });
  const Rows rows(9);
  const auto chunk = store.put(owned_copy(rows.batch));
  const Pin pin = store.pin(chunk);
  EXPECT_EQ(store.reclaim(1), 0);
}

TEST(Store, AViewShowsSomeColumnsAndIsNeverWritten) {
  Budget budget(int64_t{1} << 20);
  Store store(budget, "/tmp");
  const Rows rows(9);
  Ref<Chunk> view;
  {
    const Ref<Chunk> whole = store.put_on_disk(rows.batch);
    view = store.view(whole, {1, 0, 1}, 100);
  }
  const int64_t written = store.spilled_bytes();
  EXPECT_TRUE(store.on_disk(*view));
  EXPECT_EQ(view->bytes(), 100);
  const Pin pin = store.pin(view);
  ASSERT_EQ(pin->columns.size(), 3u);
  EXPECT_FALSE(store.on_disk(*view));
  const Batch again{.rows = 9, .columns = {pin->columns[1], pin->columns[0]}};
  expect_rows(again, rows);
  EXPECT_EQ(pin->columns[0].data, pin->columns[2].data);
  EXPECT_EQ(store.spilled_bytes(), written);
}

TEST(Store, LooksWithoutKeeping) {
  Budget budget(int64_t{1} << 20);
  Store store(budget, "/tmp");
  const Rows rows(9);
  const Ref<Chunk> chunk = store.put_on_disk(rows.batch);
  expect_rows(*store.look(chunk), rows);
  EXPECT_TRUE(store.on_disk(*chunk));
  EXPECT_EQ(store.resident_bytes(), 0);
}

// Chunks are written out, read back and freed by several threads at the same time.
TEST(Store, ManyThreadsShareOneDisk) {
  Budget budget(24 << 10);
  Store store(budget, "/tmp");
  budget.set_reclaimer([&](int64_t bytes) { return store.reclaim(bytes); });
  const Rows rows(16);
  std::vector<Ref<Chunk>> shared;
  for (int i = 0; i < 40; ++i) shared.push_back(store.put(owned_copy(rows.batch)));
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      std::vector<Ref<Chunk>> own;
      for (int i = 0; i < 300; ++i) {
        own.push_back(store.put(owned_copy(rows.batch)));
        if (random() % 3 == 0) own.erase(own.begin());
        expect_rows(*store.look(shared[random() % shared.size()]), rows);
        store.reclaim(static_cast<int64_t>(random() % 10'000));
      }
      for (const auto& chunk : own) expect_rows(*store.look(chunk), rows);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& chunk : shared) expect_rows(*store.pin(chunk), rows);
  EXPECT_GT(store.spilled_bytes(), 0);
}

}  // namespace
}  // namespace tharsis::memory
