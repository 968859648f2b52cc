#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tharsis/base/key.h"
#include "tharsis/base/ref.h"
#include "tharsis/types/dtype.h"
#include "tharsis/types/label.h"

namespace tharsis {

struct Field {
  Label label;
  DType dtype;
};

using Schema = std::vector<Field>;

/// A length. Unknown lengths with equal symbols are equal; symbol 0 equals nothing but itself in
/// size.
struct Dim {
  int64_t size = -1;
  uint64_t symbol = 0;
  bool known() const { return size >= 0; }
  friend bool operator==(const Dim&, const Dim&) = default;
};

enum class Kind : uint8_t { kTensor, kFrame, kObject };

/// Labels of rows that have no index level: start + step * position.
struct RangeLabels {
  int64_t start = 0;
  int64_t step = 1;
  friend bool operator==(const RangeLabels&, const RangeLabels&) = default;
};

/// What is known of a value before it is computed. Only lengths may be unknown.
/// A tensor has dtype and shape; a frame has schema, index_levels, rows (shape[0]) and a row space.
struct Meta {
  Kind kind = Kind::kTensor;
  DType dtype;
  std::vector<Dim> shape;
  Ref<Schema> schema;
  uint16_t index_levels = 0;  // the first fields are index levels; 0: range labels
  bool series = false;        // one data column that the door shows without a frame around it
  RangeLabels labels;
  Label columns_name;  // the name of the column axis (a pivot's)
  Key row_space;       // equal row spaces are aligned row by row, by construction

  size_t num_fields() const { return schema ? schema->size() : 0; }
  size_t num_data() const { return num_fields() - index_levels; }
  const Field& field(size_t i) const { return (*schema)[i]; }
  Dim rows() const { return shape.empty() ? Dim{1, 0} : shape[0]; }
  /// "int64[1000, 8]" or "frame[? rows: a int64, b str]", for messages and explain.
  std::string text() const;
};

Meta tensor_meta(DType dtype, std::vector<Dim> shape);
Meta frame_meta(Schema schema, uint16_t index_levels, Dim rows, Key row_space);
std::vector<Dim> known_shape(const std::vector<int64_t>& sizes);
bool sizes_known(const Meta& meta);
/// All sizes of `meta`, or nothing if one is unknown.
std::optional<std::vector<int64_t>> sizes_if_known(const Meta& meta);

/// Position of the first data field with this label; index levels are not looked at.
std::optional<size_t> find_column(const Meta& frame, const Label& label);
/// The same, or a ColumnNotFound error with near names; `who` is the operation that asks.
size_t require_column(const Meta& frame, const Label& label, std::string_view who);
/// Both of many labels.
std::vector<std::optional<size_t>> find_columns(const Meta& frame, std::span<const Label> labels);
std::vector<size_t> require_columns(const Meta& frame, const std::vector<Label>& labels,
                                    std::string_view who);

void put_meta(WireWriter& out, const Meta& meta);
Meta get_meta(WireReader& in);

}  // namespace tharsis
