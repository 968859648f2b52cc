#include "tharsis/memory/validity.h"

#include <cstring>

namespace tharsis::memory {

void set_missing(Buffer& validity, int64_t row, int64_t rows) {
  if (validity.empty()) {
    validity = Buffer((rows + 7) / 8);
    std::memset(validity.data(), 0xFF, static_cast<size_t>(validity.size()));
  }
  validity.as<uint8_t>()[row >> 3] &= static_cast<uint8_t>(~(1u << (row & 7)));
}

}  // namespace tharsis::memory
