#include "tharsis/types/meta.h"

#include <algorithm>
#include <unordered_map>

#include "tharsis/base/error.h"

namespace tharsis {
namespace {

std::string dim_text(const Dim& dim) { return dim.known() ? std::to_string(dim.size) : "?"; }

}  // namespace

std::string Meta::text() const {
  if (kind == Kind::kObject) return "object";
  if (kind == Kind::kTensor) {
    std::string out = dtype.name() + "[";
    for (size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + dim_text(shape[i]);
    return out + "]";
  }
  std::string out = fmt::format("{}[{} rows:", series ? "series" : "frame", dim_text(rows()));
  const size_t shown = std::min<size_t>(num_fields(), 12);
  for (size_t i = 0; i < shown; ++i) {
    out += fmt::format("{} {}{} {}", i ? "," : "", i < index_levels ? "#" : "",
                       label_plain(field(i).label), field(i).dtype.name());
  }
  if (shown < num_fields()) out += fmt::format(", … {} more", num_fields() - shown);
  return out + "]";
}

Meta tensor_meta(DType dtype, std::vector<Dim> shape) {
  Meta out;
  out.kind = Kind::kTensor;
  out.dtype = std::move(dtype);
  out.shape = std::move(shape);
  return out;
}

Meta frame_meta(Schema schema, uint16_t index_levels, Dim rows, Key row_space) {
  Meta out;
  out.kind = Kind::kFrame;
  out.schema = std::make_shared<const Schema>(std::move(schema));
  out.index_levels = index_levels;
  out.shape = {rows};
  out.row_space = row_space;
  return out;
}

std::vector<Dim> known_shape(const std::vector<int64_t>& sizes) {
  std::vector<Dim> out;
  for (int64_t size : sizes) out.push_back({size, 0});
  return out;
}

bool sizes_known(const Meta& meta) {
  return std::all_of(meta.shape.begin(), meta.shape.end(),
                     [](const Dim& dim) { return dim.known(); });
}

std::optional<std::vector<int64_t>> sizes_if_known(const Meta& meta) {
  if (!sizes_known(meta)) return std::nullopt;
  std::vector<int64_t> out;
  for (const Dim& dim : meta.shape) out.push_back(dim.size);
  return out;
}

std::optional<size_t> find_column(const Meta& frame, const Label& label) {
  for (size_t i = frame.index_levels; i < frame.num_fields(); ++i) {
    if (same_label(frame.field(i).label, label)) return i;
  }
  return std::nullopt;
}

size_t require_column(const Meta& frame, const Label& label, std::string_view who) {
  if (const auto found = find_column(frame, label)) return *found;
  std::vector<std::string> names;
  for (size_t i = frame.index_levels; i < frame.num_fields(); ++i) {
    names.push_back(label_plain(frame.field(i).label));
  }
  const auto near = near_names(label_plain(label), names);
  std::string hint;
  for (size_t i = 0; i < near.size(); ++i) {
    hint += fmt::format("{}'{}'", i ? " or " : "; did you mean ", near[i]);
  }
  fail(ErrorCode::kColumnNotFound, "{}: no column {} among {} columns{}", who, label_text(label),
       names.size(), hint.empty() ? "" : hint + "?");
}

std::vector<std::optional<size_t>> find_columns(const Meta& frame, std::span<const Label> labels) {
  constexpr size_t kFew = 4;  // found one after the other
  std::vector<std::optional<size_t>> out;
  out.reserve(labels.size());
  if (labels.size() <= kFew) {
    for (const Label& label : labels) out.push_back(find_column(frame, label));
    return out;
  }
  std::unordered_map<Label, size_t, LabelHash, SameLabel> first;
  for (size_t i = frame.index_levels; i < frame.num_fields(); ++i)
    first.emplace(frame.field(i).label, i);
  for (const Label& label : labels) {
    const auto at = first.find(label);
    out.push_back(at == first.end() ? std::nullopt : std::optional(at->second));
  }
  return out;
}

std::vector<size_t> require_columns(const Meta& frame, const std::vector<Label>& labels,
                                    std::string_view who) {
  const auto found = find_columns(frame, labels);
  std::vector<size_t> out;
  out.reserve(labels.size());
  for (size_t i = 0; i < labels.size(); ++i)
    out.push_back(found[i] ? *found[i] : require_column(frame, labels[i], who));
  return out;
}

void put_meta(WireWriter& out, const Meta& meta) {
  out.put(meta.kind);
  put_dtype(out, meta.dtype);
  out.put<uint64_t>(meta.shape.size());
  for (const Dim& dim : meta.shape) {
    out.put(dim.size);
    out.put(dim.symbol);
  }
  out.put<uint64_t>(meta.num_fields());
  for (size_t i = 0; i < meta.num_fields(); ++i) {
    put_label(out, meta.field(i).label);
    put_dtype(out, meta.field(i).dtype);
  }
  out.put(meta.index_levels);
  out.put<uint8_t>(meta.series);
  out.put(meta.labels.start);
  out.put(meta.labels.step);
  put_label(out, meta.columns_name);
  out.put(meta.row_space.high);
  out.put(meta.row_space.low);
}

Meta get_meta(WireReader& in) {
  Meta out;
  out.kind = in.get<Kind>();
  out.dtype = get_dtype(in);
  const auto rank = in.get_count();
  for (uint64_t i = 0; i < rank; ++i) {
    const auto size = in.get<int64_t>();
    out.shape.push_back({size, in.get<uint64_t>()});
  }
  auto schema = std::make_shared<Schema>();
  const auto fields = in.get_count();
  for (uint64_t i = 0; i < fields; ++i) {
    Label label = get_label(in);
    schema->push_back({std::move(label), get_dtype(in)});
  }
  if (out.kind == Kind::kFrame) out.schema = std::move(schema);
  out.index_levels = in.get<uint16_t>();
  out.series = in.get<uint8_t>() != 0;
  out.labels.start = in.get<int64_t>();
  out.labels.step = in.get<int64_t>();
  out.columns_name = get_label(in);
  out.row_space.high = in.get<uint64_t>();
  out.row_space.low = in.get<uint64_t>();
  return out;
}

}  // namespace tharsis
