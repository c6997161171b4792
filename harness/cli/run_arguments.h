// The options of `run` as the command line and config files know them.
#pragma once

#include <string>

#include "harness/cli/run_text.h"

namespace CLI {
class App;
}

namespace recvbench {

// Declares them on `run`; `text` is filled in when it parses and must outlive it.
void add_run_options(CLI::App& run, RunText& text);

// Fills in from a TOML file what the command line left open. Throws UsageError naming file and key.
void read_config(CLI::App& run, const std::string& path);

// What was given, as such a file.
std::string config_text_of(const CLI::App& run);

}  // namespace recvbench
