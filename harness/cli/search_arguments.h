// The options of `search`: those of `run` that are not of a given rate, and its own.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/run_text.h"

namespace CLI {
class App;
}

namespace recvbench {

struct SearchText {
  RunText run;
  std::string slo, from, to, probe;
};

// Declares them on `search`; `text` is filled in when it parses and must outlive it.
void add_search_options(CLI::App& search, SearchText& text);

// Throws UsageError naming the option, its value and the allowed ones.
SearchCommand search_command_from(const SearchText& text, std::vector<std::string> command_line);

}  // namespace recvbench
