// What a library file was built for, told from its first bytes. Internal to platform.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace recvbench {

// "a Windows library for x86_64", "a Linux library for arm64", "no shared library". Pure.
std::string describe_image(std::span<const unsigned char> first_bytes);

// The same of a file. Throws std::runtime_error of one line where it cannot be read.
std::string describe_image_file(const std::filesystem::path& path);

// What describe_image says of libraries that this process can load.
std::string native_image();

}  // namespace recvbench
