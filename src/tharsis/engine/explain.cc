#include "tharsis/engine/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "tharsis/graph/op.h"
#include "tharsis/memory/budget.h"

namespace tharsis::engine {
namespace {

constexpr int kDepthMax = 60;
constexpr size_t kTextMax = 72;  // of a step: the numbers behind it stay in sight

bool length_known(const Meta& meta) {
  for (const Dim& dim : meta.shape) {
    if (!dim.known()) return false;
  }
  return true;
}

std::string node_line(const Node& node, const plan::Estimates* estimates) {
  const std::string attrs = node.call.op->text(node.call.attrs);
  std::string line = fmt::format("{}{}  {}", node.call.op->name(),
                                 attrs.empty() ? "" : "(" + attrs + ")", node.out[0]->text());
  if (estimates == nullptr || length_known(*node.out[0])) return line;
  if (const double rows = estimates->rows(&node); rows >= 0)
    line += fmt::format("  about {} rows", grouped(std::llround(rows)));
  return line;
}

std::string rows_text(int64_t rows) { return rows < 0 ? "-" : grouped(rows); }

std::string estimate_text(double rows) { return rows < 0 ? "-" : grouped(std::llround(rows)); }

std::string bytes_or_none(int64_t bytes) { return bytes == 0 ? "-" : memory::bytes_text(bytes); }

std::string time_text(double seconds) { return fmt::format("{:.2f} ms", seconds * 1e3); }

// Columns of text: the first to the left, numbers to the right.
class Columns {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const {
    std::vector<size_t> width(rows_[0].size(), 0);
    for (const auto& row : rows_) {
      for (size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
    }
    std::string out;
    for (const auto& row : rows_) {
      out += fmt::format("  {:<{}}", row[0], width[0]);
      for (size_t i = 1; i < row.size(); ++i) out += fmt::format("  {:>{}}", row[i], width[i]);
      out += "\n";
    }
    return out;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string shortened(std::string text) {
  if (text.size() <= kTextMax) return text;
  text.resize(kTextMax - 3);
  return text + "...";
}

std::string step_table(const std::vector<runtime::StepReport>& steps) {
  Columns columns;
  columns.add({"step", "rows in", "rows out", "estimated", "bytes out", "time", "spilled"});
  for (const auto& step : steps) {
    const std::string indent(2 * static_cast<size_t>(std::min(step.depth, kDepthMax)), ' ');
    columns.add({indent + shortened(step.text), rows_text(step.rows_in), rows_text(step.rows_out),
                 estimate_text(step.rows_estimated), bytes_or_none(step.bytes_out),
                 time_text(step.seconds), bytes_or_none(step.spilled_bytes)});
  }
  return columns.text();
}

std::string pass_text(const runtime::FragmentReport& pass, size_t number) {
  std::string out = fmt::format("pass {}: {} rows in {} split{}{}, {}", number,
                                grouped(pass.rows_in), pass.splits, pass.splits == 1 ? "" : "s",
                                pass.ran_inline ? " (inline)" : "", time_text(pass.seconds));
  if (pass.peak_bytes > 0) out += ", peak " + memory::bytes_text(pass.peak_bytes);
  if (pass.spilled_bytes > 0) out += ", " + memory::bytes_text(pass.spilled_bytes) + " spilled";
  if (pass.wire_bytes > 0)
    out += ", " + memory::bytes_text(pass.wire_bytes) + " sent between stores";
  out += "\n";
  if (!pass.steps.empty()) return out + step_table(pass.steps);
  out += shortened(fmt::format("  read {}", fmt::join(pass.operands, " | "))) + "\n";
  for (const auto& sink : pass.sinks) {
    out += fmt::format("    -> {}: {} rows, {} part{}\n", shortened(sink.text),
                       grouped(sink.rows_out), sink.parts, sink.parts == 1 ? "" : "s");
  }
  return out;
}

std::string whole_text(const WholeReport& call) {
  std::string out =
      fmt::format("in one piece: {}, {} rows", shortened(call.text), grouped(call.rows_out));
  if (call.rows_estimated >= 0)
    out += fmt::format(" ({} estimated)", estimate_text(call.rows_estimated));
  out += ", " + memory::bytes_text(call.bytes_out) + ", " + time_text(call.seconds);
  if (call.spilled_bytes > 0) out += ", " + memory::bytes_text(call.spilled_bytes) + " spilled";
  return out + "\n";
}

}  // namespace

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string rules_text(const RunReport& report) {
  if (report.rules_fired.empty()) return {};
  std::vector<std::string> names;
  for (const std::string& name : report.rules_fired) {
    const auto again = [&](const std::string& text) { return text.starts_with(name); };
    if (std::any_of(names.begin(), names.end(), again)) continue;  // a rule may stand twice
    const auto changed = report.nodes_changed.find(name);
    names.push_back(changed == report.nodes_changed.end()
                        ? name
                        : fmt::format("{} ({} nodes)", name, changed->second));
  }
  return fmt::format("rules that fired: {}\n", fmt::join(names, ", "));
}

std::string graph_text(const std::vector<Expr>& roots, const plan::Estimates* estimates) {
  std::unordered_map<const Node*, int> uses;
  for (const Node* node : topological(roots)) {
    for (const Expr& input : node->inputs) ++uses[input.node.get()];
  }
  std::unordered_map<const Node*, int> numbers;
  std::string text;
  std::vector<std::pair<const Node*, int>> stack;
  for (size_t i = roots.size(); i-- > 0;) stack.emplace_back(roots[i].node.get(), 0);
  while (!stack.empty()) {
    const auto [node, depth] = stack.back();
    stack.pop_back();
    const std::string indent(2 * static_cast<size_t>(std::min(depth, kDepthMax)), ' ');
    if (const auto at = numbers.find(node); at != numbers.end()) {
      text += fmt::format("{}#{}\n", indent, at->second);
      continue;
    }
    std::string mark;
    if (uses[node] > 1) {
      numbers[node] = static_cast<int>(numbers.size()) + 1;
      mark = fmt::format("#{} ", numbers[node]);
    }
    text += indent + mark + node_line(*node, estimates) + "\n";
    if (node->stored != nullptr) continue;
    for (size_t i = node->inputs.size(); i-- > 0;) {
      stack.emplace_back(node->inputs[i].node.get(), depth + 1);
    }
  }
  return text;
}

std::string RunReport::text() const {
  std::string out = graph + rules_text(*this);
  size_t next = 0;
  for (size_t pass = 0; pass <= fragments.size(); ++pass) {
    for (; next < whole.size() && whole[next].after == pass; ++next) out += whole_text(whole[next]);
    if (pass < fragments.size()) out += pass_text(fragments[pass], pass + 1);
  }
  if (!shared.empty()) out += "values used more than once:\n";
  for (const SharedValue& value : shared) {
    out += fmt::format("  {}, {} times: {} (once more {}, store and read {})\n",
                       shortened(value.text), value.uses, value.decision(),
                       time_text(value.make_ns * 1e-9), time_text(value.store_ns * 1e-9));
  }
  out +=
      fmt::format("{}, {} rows read, peak {}, {} spilled\n", time_text(seconds), grouped(rows_read),
                  memory::bytes_text(peak_bytes), memory::bytes_text(spilled_bytes));
  return out;
}

}  // namespace tharsis::engine
