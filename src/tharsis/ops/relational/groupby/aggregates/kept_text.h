#pragma once

#include <span>
#include <vector>

#include "tharsis/base/string_ref.h"
#include "tharsis/ops/relational/groupby/aggregates/values.h"

namespace tharsis::ops {

/// One text per group, or none; long ones are copied. What is replaced is dropped when more than
/// half of the bytes are such.
class KeptTexts {
 public:
  void resize(int64_t groups) {
    texts_.resize(groups, StringRef());
    present_.resize(groups, 0);
  }
  bool present(int64_t group) const { return present_[group] != 0; }
  const StringRef& operator[](int64_t group) const { return texts_[group]; }
  void set(int64_t group, const StringRef& text) {
    if (!texts_[group].is_inline()) used_bytes_ -= texts_[group].length;
    present_[group] = 1;
    texts_[group] = text;
    if (text.is_inline()) return;
    used_bytes_ += text.length;
    texts_[group].pointer = copy(text);
    if (heap_bytes_ > (int64_t{1} << 20) && heap_bytes_ > 3 * used_bytes_) compact();
  }

  Column write(std::span<const uint32_t> groups) const {
    const auto n = static_cast<int64_t>(groups.size());
    Column column =
        made_column<StringRef>(TypeId::kString, n, [&](int64_t i) { return texts_[groups[i]]; });
    return with_validity(std::move(column), n, [&](int64_t i) { return present(groups[i]); });
  }
  /// All of them; the texts move to the column.
  Column finish(int64_t groups) {
    struct Own {
      Grown<StringRef> texts;
      std::vector<memory::Buffer> heap;
    };
    auto own = std::make_shared<Own>();
    own->texts = std::move(texts_);
    own->heap = std::move(heap_);
    const void* data = own->texts.data();
    Column column = column_of(TypeId::kString, std::move(own), data);
    return with_validity(std::move(column), groups, [&](int64_t i) { return present(i); });
  }
  int64_t bytes() const { return texts_.bytes() + present_.bytes() + heap_bytes_; }
  int64_t growth_max(const Column& column, int64_t rows) const {
    return std::max(texts_.bytes() + present_.bytes(), rows * 40) + (int64_t{512} << 10) +
           memory::column_bytes(column, rows);
  }

 private:
  const char* copy(const StringRef& text) {
    if (heap_.empty() || heap_used_ + text.length > heap_.back().size()) {
      heap_.emplace_back(std::max<int64_t>(text.length, heap_.empty() ? 4096 : 256 << 10));
      heap_bytes_ += heap_.back().capacity();
      heap_used_ = 0;
    }
    char* to = heap_.back().as<char>() + heap_used_;
    std::memcpy(to, text.pointer, text.length);
    heap_used_ += text.length;
    return to;
  }
  void compact() {
    const std::vector<memory::Buffer> old = std::move(heap_);
    heap_.clear();
    heap_used_ = heap_bytes_ = 0;
    for (int64_t i = 0; i < texts_.size(); ++i) {
      if (!texts_[i].is_inline()) texts_[i].pointer = copy(texts_[i]);
    }
  }

  Grown<StringRef> texts_;
  Grown<uint8_t> present_;
  std::vector<memory::Buffer> heap_;
  int64_t heap_used_ = 0;
  int64_t heap_bytes_ = 0;
  int64_t used_bytes_ = 0;
};

}  // namespace tharsis::ops
