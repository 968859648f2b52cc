#pragma once

#include <cstdint>

namespace tharsis::kernels {

/// Philox4x32-10 (Salmon et al., SC 2011): two random words for each counter begin, begin + step,
/// …, of `count`; words 0 go to `low`, words 1 to `high`. A function of key and counter alone.
void philox(uint64_t key, uint64_t begin, uint64_t step, int64_t count, uint64_t* low,
            uint64_t* high);

}  // namespace tharsis::kernels
