// What is to be found out before the first run, so that nobody waits for a benchmark that cannot be.
#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "harness/plan/plan.h"
#include "results/run_directory.h"

namespace recvbench {

// Finds what this machine's network cannot do. Throws UsageError.
void check_network(const Plan& plan);

// What is known of the machine without measuring, as run.json has it, to stderr; the fix is doctor's to tell.
void print_warnings(const nlohmann::json& description);

// `path` empty = runs/<UTC time>. Throws UsageError.
RunDirectory make_directory(const std::filesystem::path& path, const nlohmann::json& description);

}  // namespace recvbench
