#include "tharsis/engine/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unordered_map>

#include "tharsis/engine/report.h"
#include "tharsis/graph/op.h"
#include "tharsis/memory/budget.h"

namespace tharsis::engine {
namespace {

constexpr int kDepthMax = 60;

std::string node_line(const Node& node) {
  const std::string attrs = node.call.op->text(node.call.attrs);
  return fmt::format("{}{}  {}", node.call.op->name(), attrs.empty() ? "" : "(" + attrs + ")",
                     node.out[0]->text());
}

}  // namespace

std::string graph_text(const std::vector<Expr>& roots) {
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
    text += indent + mark + node_line(*node) + "\n";
    if (node->stored != nullptr) continue;
    for (size_t i = node->inputs.size(); i-- > 0;) {
      stack.emplace_back(node->inputs[i].node.get(), depth + 1);
    }
  }
  return text;
}

std::string RunReport::text() const {
  std::string out = graph;
  if (!rules_fired.empty())
    out += fmt::format("rules that fired: {}\n", fmt::join(rules_fired, ", "));
  for (const auto& fragment : fragments) {
    out += fmt::format("pass over {}\n", fmt::join(fragment.operands, " | "));
    out += fmt::format("  {} rows in {} splits{}, {:.1f} ms", fragment.rows_in, fragment.splits,
                       fragment.ran_inline ? " (inline)" : "", fragment.seconds * 1e3);
    if (fragment.spilled_bytes > 0) {
      out += fmt::format(", {} spilled", memory::bytes_text(fragment.spilled_bytes));
    }
    if (fragment.wire_bytes > 0) {
      out += fmt::format(", {} sent between stores", memory::bytes_text(fragment.wire_bytes));
    }
    out += "\n";
    for (const auto& sink : fragment.sinks) {
      out += fmt::format("  -> {}: {} rows, {} part{}\n", sink.text, sink.rows_out, sink.parts,
                         sink.parts == 1 ? "" : "s");
    }
  }
  for (const std::string& call : whole) out += fmt::format("in one piece: {}\n", call);
  out += fmt::format("{:.1f} ms, {} rows read, peak {}, spilled {}\n", seconds * 1e3, rows_read,
                     memory::bytes_text(peak_bytes), memory::bytes_text(spilled_bytes));
  return out;
}

}  // namespace tharsis::engine
