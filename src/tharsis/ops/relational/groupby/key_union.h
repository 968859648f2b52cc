#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tharsis/ops/relational/groupby/key_space.h"

namespace tharsis::ops {

/// One space for the keys of many tables, made when all of them are closed.
class KeyUnion {
 public:
  /// Null where the keys do not fit a word, or there are so many texts that each part better
  /// numbers its own.
  /// At most `rows` groups come of it.
  static std::shared_ptr<const KeyUnion> of(std::span<const std::shared_ptr<KeySpace>> spaces,
                                            int64_t rows);
  const std::shared_ptr<KeySpace>& space() const { return space_; }
  /// Null if the space was not among them.
  const KeySpace::Translation* translation(const KeySpace* from) const;
  /// Of a text key with few texts beside the groups: answers hold codes. Null for other keys.
  const Ref<Column>& dictionary(size_t key) const { return dictionaries_[key]; }

 private:
  std::shared_ptr<KeySpace> space_;
  std::vector<std::pair<std::shared_ptr<KeySpace>, KeySpace::Translation>> translations_;
  std::vector<Ref<Column>> dictionaries_;
};

}  // namespace tharsis::ops
