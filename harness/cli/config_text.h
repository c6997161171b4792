// A config file's text, read and checked for what the TOML reader would misunderstand.
#pragma once

#include <string>

namespace recvbench {

// Throws UsageError naming the file, and the line where one is to blame.
std::string read_config_text(const std::string& path);

}  // namespace recvbench
