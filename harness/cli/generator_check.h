// A generator that would fail every run is found before the first.
#pragma once

#include <filesystem>
#include <string>

namespace recvbench {

// Asks the program who it is; returns its platform ("linux"). Throws UsageError or ControlError.
std::string check_generator(const std::filesystem::path& program);

}  // namespace recvbench
