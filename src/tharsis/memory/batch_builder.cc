#include "tharsis/memory/batch_builder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tharsis/base/string_ref.h"

namespace tharsis::memory {
namespace {

constexpr int64_t kTextBlock = 1 << 10;
constexpr int64_t kTextBlockMax = 4 << 20;
constexpr int64_t kCopyBelow = 64 << 10;

void grow(Buffer& buffer, int64_t used, int64_t needed) {
  if (!buffer.empty() && needed <= buffer.size()) return;
  Buffer larger(std::max<int64_t>({needed, buffer.size() * 2, 1024}));
  if (used > 0) std::memcpy(larger.data(), buffer.data(), used);
  buffer = std::move(larger);
}

// From some rows: to look at all texts costs as much as to copy them.
int64_t about_text_bytes(const Column& column, int64_t begin, int64_t count) {
  constexpr int64_t kStep = 64;
  if (!column.dtype.is_string() || column.encoding != Encoding::kFlat) return 0;
  const auto* texts = column.values<StringRef>() + begin;
  int64_t bytes = 0;
  for (int64_t i = 0; i < count; i += kStep)
    bytes += texts[i].is_inline() ? 0 : texts[i].length * std::min(kStep, count - i);
  return bytes;
}

// Gives back what was expected and did not come, where that is more than a quarter. A small range
// is copied: malloc has no pages to give back.
void trim(Buffer& buffer, int64_t used) {
  if (buffer.size() <= used + used / 4 + 64) return;
  if (used >= kCopyBelow) return buffer.shrink(used);
  Buffer exact(used);
  std::memcpy(exact.data(), buffer.data(), used);
  buffer = std::move(exact);
}

int64_t width_of(bool codes, const DType& dtype) { return codes ? 4 : dtype.width(); }

// Repeats the first `width` bytes of `to` over `count` values.
void repeat(std::byte* to, const void* value, int64_t width, int64_t count) {
  for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * width, value, width);
}

}  // namespace

bool BatchBuilder::shares(const Part& part, const Column& column, int64_t begin) const {
  if (!share_ || column.owner == nullptr || column.encoding == Encoding::kConstant) return false;
  if (column.dictionary != nullptr && column.dictionary->owner == nullptr) return false;
  if (rows_ == 0) return true;
  return part.shared.owner != nullptr && continues(part.shared, rows_, column.from(begin));
}

bool BatchBuilder::breaks(const Batch& batch) const {
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].shared.owner != nullptr && !shares(parts_[i], batch.columns[i], 0)) return true;
  }
  return false;
}

void BatchBuilder::append(const Batch& batch) { append(batch, 0, batch.rows); }

void BatchBuilder::append(const Batch& batch, int64_t begin, int64_t end) {
  if (parts_.empty()) {
    parts_.resize(batch.columns.size());
    for (size_t i = 0; i < parts_.size(); ++i) {
      const Column& column = batch.columns[i];
      parts_[i].dtype = column.dtype;
      if (column.encoding == Encoding::kDictionary && column.dictionary->owner != nullptr) {
        parts_[i].dictionary = column.dictionary;
        parts_[i].dictionary_rows = column.dictionary_rows;
      }
    }
  }
  for (size_t i = 0; i < parts_.size(); ++i)
    append_column(parts_[i], batch.columns[i], begin, end - begin);
  rows_ += end - begin;
}

void BatchBuilder::append_validity(Part& part, const Column& column, int64_t begin, int64_t count) {
  if (column.validity == nullptr && part.validity.empty()) return;
  const int64_t needed = (rows_ + count + 7) / 8 + 1;
  if (part.validity.empty()) {
    grow(part.validity, 0, needed);
    std::memset(part.validity.data(), 0xFF, (rows_ + 7) / 8);
  } else {
    grow(part.validity, (rows_ + 7) / 8, needed);
  }
  auto* bits = part.validity.as<uint8_t>();
  int64_t i = 0;
  // Whole bytes where both sides are aligned, which slices at multiples of eight make the usual
  // case.
  const bool plain = column.validity != nullptr && column.encoding != Encoding::kConstant;
  if (rows_ % 8 == 0 && plain && (column.validity_offset + begin) % 8 == 0) {
    std::memcpy(bits + rows_ / 8, column.validity + (column.validity_offset + begin) / 8,
                count / 8);
    i = count / 8 * 8;
  } else if (rows_ % 8 == 0 && column.validity == nullptr) {
    std::memset(bits + rows_ / 8, 0xFF, count / 8);
    i = count / 8 * 8;
  }
  for (; i < count; ++i) {
    const int64_t at = rows_ + i;
    const auto bit = static_cast<uint8_t>(1u << (at & 7));
    if (column.valid(begin + i)) {
      bits[at >> 3] |= bit;
    } else {
      bits[at >> 3] &= static_cast<uint8_t>(~bit);
    }
  }
}

void BatchBuilder::to_flat(Part& part) {
  Column codes;
  codes.dtype = part.dtype;
  codes.encoding = Encoding::kDictionary;
  codes.data = part.data.data();
  codes.dictionary = part.dictionary;
  codes.validity = part.validity.empty() ? nullptr : part.validity.as<uint8_t>();
  Buffer data(std::max<int64_t>(rows_ * part.dtype.width(), 1024));
  const auto* from = static_cast<const std::byte*>(part.dictionary->data);
  const int64_t width = part.dtype.width();
  for (int64_t i = 0; i < rows_; ++i) {
    if (codes.valid(i)) {
      std::memcpy(data.data() + i * width, from + part.data.as<int32_t>()[i] * width, width);
    } else {
      std::memset(data.data() + i * width, 0, width);
    }
  }
  part.dictionary = nullptr;
  part.data = Buffer(1024);
  // The text belonged to the dictionary: it is copied like that of any other batch.
  Column flat;
  flat.dtype = part.dtype;
  flat.data = data.data();
  const int64_t rows = rows_;
  rows_ = 0;
  Buffer validity = std::move(part.validity);
  part.validity = Buffer();
  flat.validity = validity.empty() ? nullptr : validity.as<uint8_t>();
  copy_column(part, flat, 0, rows);
  rows_ = rows;
}

void BatchBuilder::append_column(Part& part, const Column& column, int64_t begin, int64_t count) {
  if (shares(part, column, begin)) {
    if (rows_ == 0) part.shared = column.from(begin);
    part.text_shared += about_text_bytes(column, begin, count);
    return;
  }
  if (part.shared.owner != nullptr) {
    const Column before = std::exchange(part.shared, Column());
    part.text_shared = 0;
    const int64_t rows = std::exchange(rows_, 0);
    copy_column(part, before, 0, rows);
    rows_ = rows;
  }
  copy_column(part, column, begin, count);
}

void BatchBuilder::copy_column(Part& part, const Column& column, int64_t begin, int64_t count) {
  const bool coded = column.encoding == Encoding::kDictionary;
  if (part.dictionary != nullptr && (!coded || column.dictionary != part.dictionary)) to_flat(part);
  append_validity(part, column, begin, count);
  const bool codes = part.dictionary != nullptr;
  const int64_t width = width_of(codes, part.dtype);
  grow(part.data, rows_ * width, std::max(rows_ + count, expected_) * width);
  std::byte* to = part.data.data() + rows_ * width;
  if (codes || column.encoding == Encoding::kFlat) {
    std::memcpy(to, static_cast<const std::byte*>(column.data) + begin * width, count * width);
  } else if (column.encoding == Encoding::kConstant) {
    repeat(to, column.data, width, count);
  } else {
    const auto* from = static_cast<const std::byte*>(column.dictionary->data);
    const auto* code = column.values<int32_t>() + begin;
    for (int64_t i = 0; i < count; ++i) {
      if (column.valid(begin + i)) {
        std::memcpy(to + i * width, from + code[i] * width, width);
      } else {
        std::memset(to + i * width, 0, width);
      }
    }
  }
  if (!part.dtype.is_string() || codes) return;
  auto* refs = reinterpret_cast<StringRef*>(to);
  for (int64_t i = 0; i < count; ++i) {
    if (refs[i].is_inline()) continue;
    if (!column.valid(begin + i)) {
      refs[i] = StringRef();
      continue;
    }
    const int64_t length = refs[i].length;
    if (part.text.empty() || part.text_used + length > part.text.back().size()) {
      const int64_t block =
          part.text.empty() ? kTextBlock : std::min(part.text.back().size() * 2, kTextBlockMax);
      part.text.emplace_back(std::max(block, length));
      part.text_used = 0;
    }
    char* heap = part.text.back().as<char>() + part.text_used;
    std::memcpy(heap, refs[i].pointer, length);
    refs[i].pointer = heap;
    part.text_used += length;
    part.text_copied += length;
  }
}

int64_t BatchBuilder::bytes() const {
  int64_t sum = 0;
  for (const Part& part : parts_) {
    sum += part.data.capacity() + part.validity.capacity();
    for (const Buffer& block : part.text) sum += block.capacity();
  }
  return sum;
}

int64_t BatchBuilder::shared_bytes() const {
  int64_t sum = 0;
  for (const Part& part : parts_) {
    if (part.shared.owner != nullptr) sum += part_bytes(part);
  }
  return sum;
}

int64_t BatchBuilder::row_bytes() const {
  int64_t sum = 0;
  for (const Part& part : parts_) sum += part_bytes(part);
  return sum;
}

int64_t BatchBuilder::part_bytes(const Part& part) const {
  if (part.shared.owner != nullptr) {
    const bool codes = part.shared.encoding == Encoding::kDictionary;
    const int64_t validity = part.shared.validity != nullptr ? rows_ / 8 + 1 : 0;
    return rows_ * width_of(codes, part.dtype) + validity + part.text_shared;
  }
  const int64_t validity = part.validity.empty() ? 0 : rows_ / 8 + 1;
  return rows_ * width_of(part.dictionary != nullptr, part.dtype) + validity + part.text_copied;
}

int64_t BatchBuilder::copied_bytes(const Batch& batch) const {
  static const Part kNone;
  int64_t sum = 0;
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    if (!shares(parts_.empty() ? kNone : parts_[i], batch.columns[i], 0))
      sum += column_bytes(batch.columns[i], batch.rows);
  }
  return sum;
}

Batch BatchBuilder::take() {
  Batch batch;
  batch.rows = static_cast<int64_t>(rows_);
  for (Part& part : parts_) {
    if (part.shared.owner != nullptr) {
      batch.columns.push_back(std::move(part.shared));
      continue;
    }
    trim(part.data, rows_ * width_of(part.dictionary != nullptr, part.dtype));
    if (!part.validity.empty()) trim(part.validity, rows_ / 8 + 1);
    if (!part.text.empty()) part.text.back().shrink(part.text_used);  // texts stay where they are
    auto owner = std::make_shared<Part>(std::move(part));
    if (owner->data.empty()) owner->data = Buffer(0);
    Column column;
    column.dtype = owner->dtype;
    column.data = owner->data.data();
    column.validity = owner->validity.empty() ? nullptr : owner->validity.as<uint8_t>();
    if (owner->dictionary != nullptr) {
      column.encoding = Encoding::kDictionary;
      column.dictionary = owner->dictionary;
      column.dictionary_rows = owner->dictionary_rows;
    }
    column.owner = std::move(owner);
    batch.columns.push_back(std::move(column));
  }
  parts_.clear();
  rows_ = 0;
  return batch;
}

Batch owned_copy(const Batch& batch) {
  BatchBuilder builder;
  builder.append(batch);
  Batch out = builder.take();
  out.split = batch.split;
  out.first_row = batch.first_row;
  return out;
}

}  // namespace tharsis::memory
