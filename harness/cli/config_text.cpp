#include "harness/cli/config_text.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "harness/plan/plan.h"

namespace recvbench {

namespace {

// Why CLI11's TOML reader would misread a line; null where it would not. It takes whatever it is given: an
// array that goes on in the next line becomes something else, and a binary file's bytes go into its message.
const char* fault_of(const std::string& line) {
  int depth = 0;
  char quote = 0;
  for (const char letter : line) {
    if (static_cast<unsigned char>(letter) < 0x20 && letter != '\t' && letter != '\r') return "not text";
    if (quote != 0) {
      if (letter == quote) quote = 0;
    } else if (letter == '"' || letter == '\'') {
      quote = letter;
    } else if (letter == '#' || (letter == ']' && --depth < 0)) {
      break;
    } else if (letter == '[') {
      ++depth;
    }
  }
  return depth == 0 ? nullptr : "an array must be on one line";
}

}  // namespace

std::string read_config_text(const std::string& path) {
  std::error_code error;
  std::ifstream file(path);
  // A stream opens a directory on some systems and finds nothing in it.
  if (!file || !std::filesystem::is_regular_file(path, error))
    throw UsageError("--config " + path + ": cannot be read");
  std::string text;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (const char* fault = fault_of(line))
      throw UsageError("--config " + path + ": line " + std::to_string(number) + ": " + fault);
    text += line + '\n';
  }
  if (file.bad()) throw UsageError("--config " + path + ": cannot be read");
  return text;
}

}  // namespace recvbench
