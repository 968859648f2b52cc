#include "tharsis/ops/elementwise/category_index.h"

#include "tharsis/base/string_ref.h"
#include "tharsis/ops/elementwise/categories.h"
#include "tharsis/ops/elementwise/lanes.h"

namespace tharsis::ops {

CategoryIndex::CategoryIndex(const std::vector<Label>& categories) {
  for (size_t i = 0; i < categories.size(); ++i) {
    const auto code = static_cast<int32_t>(i);
    if (const auto* text = std::get_if<std::string>(&categories[i])) {
      texts_.emplace(*text, code);
    } else if (const auto* integer = std::get_if<int64_t>(&categories[i])) {
      integers_.emplace(*integer, code);
      numbers_.emplace(static_cast<double>(*integer), code);
    } else if (categories[i].index() == 1 || categories[i].index() == 3) {
      const Scalar value = label_scalar(categories[i]);
      numbers_.emplace(value.as_double(), code);
      if (value.dtype.is_bool()) integers_.emplace(value.as_int(), code);
    }
  }
}

int32_t CategoryIndex::code_of_text(std::string_view text) const {
  const auto at = texts_.find(text);
  return at == texts_.end() ? -1 : at->second;
}

int32_t CategoryIndex::code_of_number(double value) const {
  const auto at = numbers_.find(value);
  return at == numbers_.end() ? -1 : at->second;
}

void CategoryIndex::codes_of(const Column& column, int64_t rows, int32_t* codes) const {
  const DType& type = column.dtype;
  for (int64_t i = 0; i < rows; ++i) {
    if (!column.valid(i)) {
      codes[i] = -1;
    } else if (type.is_string()) {
      codes[i] = code_of_text(column.values<StringRef>()[i].view());
    } else if (type.is_float()) {
      codes[i] = code_of_number(column.values<double>()[i]);
    } else {
      const auto at = integers_.find(column.values<int64_t>()[i]);
      codes[i] = at != integers_.end() ? at->second
                 : integers_.empty()
                     ? code_of_number(static_cast<double>(column.values<int64_t>()[i]))
                     : -1;
    }
  }
}

Column CategoryIndex::codes(const DType& out, const Arguments& args) const {
  auto* codes = args.room<int32_t>();
  Column column = args[0];
  if (column.dtype.is_category()) {
    column = category_values(column, args.rows(), args.arena(), "cast");
  }
  if (column.dtype.is_float()) {
    column = converted(column, TypeId::kFloat64, args.rows(), args.arena());
  } else if (!column.dtype.is_string()) {
    column = converted(column, TypeId::kInt64, args.rows(), args.arena());
  }
  codes_of(column, args.rows(), codes);
  auto* present = args.room<uint8_t>();
  bool all = true;
  for (int64_t i = 0; i < args.rows(); ++i) {
    present[i] = codes[i] >= 0;
    all &= codes[i] >= 0;
  }
  if (all) return args.result(out, codes);
  return args.result(out, codes, validity_from_bytes(present, args.rows(), args.arena()));
}

}  // namespace tharsis::ops
