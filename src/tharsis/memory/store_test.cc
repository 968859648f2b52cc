#include "tharsis/memory/store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>

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
  uint8_t validity[2] = {0xFD, 0xFF};  // row 1 is missing
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
    b.validity = validity;
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

}  // namespace
}  // namespace tharsis::memory
