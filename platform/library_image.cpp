#include "platform/library_image.h"

#include <array>
#include <fstream>
#include <stdexcept>

#include "platform/system_info.h"

namespace recvbench {
namespace {

// Fields of ELF and PE headers are little-endian on every processor named here.
std::size_t number_at(std::span<const unsigned char> bytes, std::size_t offset, std::size_t size) {
  if (offset + size > bytes.size()) return 0;
  std::size_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[offset + i];
  return value;
}

bool starts_with(std::span<const unsigned char> bytes, std::size_t offset, std::string_view text) {
  if (offset > bytes.size() || bytes.size() - offset < text.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (bytes[offset + i] != static_cast<unsigned char>(text[i])) return false;
  return true;
}

// Machine numbers of ELF (e_machine) and of PE (IMAGE_FILE_HEADER::Machine).
std::string elf_machine(std::size_t number) {
  return number == 62 ? "x86_64" : number == 183 ? "arm64" : "processor " + std::to_string(number);
}
std::string pe_machine(std::size_t number) {
  return number == 0x8664 ? "x86_64" : number == 0xAA64 ? "arm64" : "processor " + std::to_string(number);
}

}  // namespace

std::string describe_image(std::span<const unsigned char> first_bytes) {
  using namespace std::string_view_literals;
  if (starts_with(first_bytes, 0,
                  "\x7f"
                  "ELF"sv))
    return "a Linux library for " + elf_machine(number_at(first_bytes, 18, 2));
  if (starts_with(first_bytes, 0, "MZ"sv)) {
    const std::size_t pe = number_at(first_bytes, 0x3c, 4);
    if (starts_with(first_bytes, pe, "PE\0\0"sv))
      return "a Windows library for " + pe_machine(number_at(first_bytes, pe + 4, 2));
  }
  return "no shared library";
}

std::string describe_image_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) throw std::runtime_error("no such file");
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4096> bytes{};
  file.read(bytes.data(), bytes.size());
  if (!file && !file.eof()) throw std::runtime_error("cannot be read");
  return describe_image(
      {reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<std::size_t>(file.gcount())});
}

std::string native_image() {
  const std::string system = std::string_view(platform_name()) == "windows" ? "Windows" : "Linux";
  return "a " + system + " library for " +
#if defined(__aarch64__) || defined(_M_ARM64)
         "arm64";
#else
         "x86_64";
#endif
}

}  // namespace recvbench
