#include "harness/summary/text_layout.h"

namespace recvbench {

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string pad_left(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string pad_right(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}

std::string wrapped(const std::string& paragraph) {
  constexpr std::size_t width = 80;
  std::string text;
  std::size_t column = 0;
  std::size_t begin = 0;
  while (begin < paragraph.size()) {
    std::size_t end = paragraph.find(' ', begin);
    if (end == std::string::npos) end = paragraph.size();
    const std::string word = paragraph.substr(begin, end - begin);
    if (column > 0 && column + 1 + word.size() > width) {
      text += "\n  ";
      column = 2;
    } else if (column > 0) {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
    begin = end + 1;
  }
  return text + "\n";
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace recvbench
