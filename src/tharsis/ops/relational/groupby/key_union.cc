#include "tharsis/ops/relational/groupby/key_union.h"

namespace tharsis::ops {

std::shared_ptr<const KeyUnion> KeyUnion::of(std::span<const std::shared_ptr<KeySpace>> spaces,
                                             int64_t rows) {
  constexpr int64_t kTextsMax = int64_t{1} << 20;
  int64_t texts = 0;
  for (const auto& space : spaces) {
    if (space == nullptr) return nullptr;
    texts += space->text_count();
  }
  if (spaces.empty() || texts > kTextsMax) return nullptr;
  auto out = std::make_shared<KeyUnion>();
  out->space_ = std::make_shared<KeySpace>(spaces[0]->dtypes());
  for (const auto& space : spaces)
    out->space_->include(*space,
                         out->translations_.emplace_back(space, KeySpace::Translation()).second);
  if (!out->space_->settle()) return nullptr;
  out->dictionaries_.resize(out->space_->dtypes().size());
  for (size_t k = 0; k < out->dictionaries_.size(); ++k) {
    if (out->space_->dtypes()[k].is_string() && out->space_->dictionary_rows(k) < rows / 8)
      out->dictionaries_[k] = out->space_->dictionary(k, out->space_);
  }
  return out;
}

const KeySpace::Translation* KeyUnion::translation(const KeySpace* from) const {
  for (const auto& [space, translation] : translations_) {
    if (space.get() == from) return &translation;
  }
  return nullptr;
}

}  // namespace tharsis::ops
