#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tharsis::ops {

/// The longest text of a number that the functions below write.
inline constexpr int64_t kNumberText = 32;

/// As Python's repr: the shortest digits that read back as the same number, "1.0", "1e+16", "nan".
/// Writes at `out`, answers the length.
int64_t write_float(double value, char* out);
/// The same for float32, as NumPy's str.
int64_t write_float(float value, char* out);
int64_t write_integer(int64_t value, char* out);
int64_t write_integer(uint64_t value, char* out);

/// As Python's float(): spaces around, a sign, "inf", "nan", underscores between digits.
std::optional<double> read_float(std::string_view text);
/// As Python's int(): nothing if the text is no integer; values beyond 128 bits saturate.
std::optional<__int128> read_integer(std::string_view text);

}  // namespace tharsis::ops
