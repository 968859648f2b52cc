#pragma once

#include <cstdint>

#include "tharsis/types/dtype.h"

namespace tharsis::kernels {

/// Turns n numbers or bools of type `from` into int64, uint64, float64 or float32, as C does.
void widen(TypeId from, const void* values, TypeId to, void* out, int64_t n);

}  // namespace tharsis::kernels
