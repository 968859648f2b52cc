#include "tharsis/ops/text/arrow_bridge.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/exec.h>
#include <arrow/compute/initialize.h>

#include "tharsis/base/error.h"
#include "tharsis/base/string_ref.h"
#include "tharsis/io/arrow_pool.h"
#include "tharsis/io/arrow_status.h"

namespace tharsis::ops {
namespace {

namespace compute = arrow::compute;

arrow::Datum call(const std::string& kernel, const std::shared_ptr<arrow::Array>& texts,
                  const compute::FunctionOptions* options) {
  static const arrow::Status ready = compute::Initialize();
  io::require_ok(ready, "text");
  compute::ExecContext context(io::arrow_pool());
  context.set_use_threads(false);
  return io::value_or_throw(compute::CallFunction(kernel, {texts}, options, &context), kernel);
}

// The rows as Arrow holds text; a missing row is "", its place is our affair.
std::shared_ptr<arrow::Array> to_arrow(const Arguments& args) {
  const auto* texts = args[0].values<StringRef>();
  const Validity present = args.present_of(0, false);
  int64_t bytes = 0;
  for (int64_t i = 0; i < args.rows(); ++i) bytes += present.at(i) ? texts[i].length : 0;
  arrow::LargeStringBuilder builder(io::arrow_pool());
  io::require_ok(builder.Reserve(args.rows()), "text");
  io::require_ok(builder.ReserveData(bytes + 1), "text");
  for (int64_t i = 0; i < args.rows(); ++i) {
    builder.UnsafeAppend(present.at(i) ? texts[i].view() : std::string_view(""));
  }
  return io::value_or_throw(builder.Finish(), "text");
}

uint8_t* bools_of(const arrow::Datum& answer, const Arguments& args) {
  const auto array = std::static_pointer_cast<arrow::BooleanArray>(answer.make_array());
  auto* out = args.room<uint8_t>();
  for (int64_t i = 0; i < args.rows(); ++i) out[i] = array->Value(i);
  return out;
}

Column texts_of(const arrow::Datum& answer, const DType& out, const Arguments& args) {
  auto array = std::static_pointer_cast<arrow::LargeStringArray>(answer.make_array());
  auto* refs = args.room<StringRef>();
  for (int64_t i = 0; i < args.rows(); ++i) refs[i] = StringRef(array->GetView(i));
  Column column = args.result(out, refs, args.present(out));
  column.owner = std::move(array);
  return column;
}

compute::MatchSubstringOptions match_options(const ArrowPattern& pattern) {
  return compute::MatchSubstringOptions(pattern.pattern, pattern.ignore_case);
}

std::string with_flags(const ArrowPattern& pattern) {
  return pattern.ignore_case ? "(?i)" + pattern.pattern : pattern.pattern;
}

}  // namespace

Column arrow_text(std::string_view kernel, const DType& out, const Arguments& args) {
  const arrow::Datum answer = call(std::string(kernel), to_arrow(args), nullptr);
  if (!out.is_bool()) return texts_of(answer, out, args);
  return args.result(out, bools_of(answer, args), args.present(out));
}

uint8_t* arrow_occurs(const ArrowPattern& pattern, const Arguments& args) {
  const auto options = match_options(pattern);
  return bools_of(call("match_substring_regex", to_arrow(args), &options), args);
}

Column arrow_count(const ArrowPattern& pattern, const DType& out, const Arguments& args) {
  const auto options = match_options(pattern);
  const arrow::Datum answer = call("count_substring_regex", to_arrow(args), &options);
  const auto array = std::static_pointer_cast<arrow::Int64Array>(answer.make_array());
  auto* counts = args.room<int64_t>();
  for (int64_t i = 0; i < args.rows(); ++i) counts[i] = array->Value(i);
  return args.result(out, counts, args.present(out));
}

Column arrow_replace(const ArrowPattern& pattern, const std::string& replacement, int64_t limit,
                     const DType& out, const Arguments& args) {
  const compute::ReplaceSubstringOptions options(with_flags(pattern), replacement,
                                                 limit < 0 ? -1 : limit);
  return texts_of(call("replace_substring_regex", to_arrow(args), &options), out, args);
}

void check_arrow_pattern(const ArrowPattern& pattern, std::string_view who) {
  static const arrow::Status ready = compute::Initialize();
  io::require_ok(ready, who);
  arrow::LargeStringBuilder builder;
  io::require_ok(builder.Append(""), who);
  const auto empty = io::value_or_throw(builder.Finish(), who);
  const auto options = match_options(pattern);
  const auto answer = compute::CallFunction("match_substring_regex", {empty}, &options);
  require(answer.ok(), ErrorCode::kUnsupported, "{}: {}", who, answer.status().message());
}

}  // namespace tharsis::ops
