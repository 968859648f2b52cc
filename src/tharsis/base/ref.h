#pragma once

#include <memory>

namespace tharsis {

/// A shared, immutable value.
template <class T>
using Ref = std::shared_ptr<const T>;

/// A value with one owner.
template <class T>
using Own = std::unique_ptr<T>;

}  // namespace tharsis
