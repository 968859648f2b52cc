#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tharsis::engine {

/// What a session is made with. Changing workers, nodes or spill_folder needs a new session.
struct Options {
  int workers = 0;           // 0: one per core that this process may use
  int nodes = 1;             // Stores in this process; more than one: as on a cluster, for tests
  int64_t memory_limit = 0;  // bytes; 0: 70 % of what the machine or the control group has
  std::string spill_folder;  // empty: the folder for temporary files
  int64_t split_bytes = int64_t{4} << 20;
  int64_t inline_bytes = int64_t{1} << 20;  // smaller inputs run on the thread of the caller
  int64_t batch_rows = 8192;
  bool keep_results = true;   // equal expressions built later find the result of an earlier one
  bool spill_always = false;  // for tests: every state spills after every batch
  std::vector<std::string> rules_off;
  std::optional<bool> progress;  // of long runs; nothing: where there is a terminal
};

/// With the zeros filled in.
Options resolved(Options options);

}  // namespace tharsis::engine
