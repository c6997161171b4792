// A generator that would fail every run is found before the first.
#pragma once

#include <filesystem>

namespace recvbench {

// Asks the program who it is. Throws UsageError or ControlError.
void check_generator(const std::filesystem::path& program);

}  // namespace recvbench
