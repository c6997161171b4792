// Text as tables and CSV files need it. Pure.
#pragma once

#include <cstddef>
#include <string>

namespace recvbench {

// At least `width` characters.
std::string pad_left(const std::string& text, std::size_t width);
std::string pad_right(const std::string& text, std::size_t width);
std::string without_trailing_spaces(std::string line);

// One paragraph broken at spaces so that a terminal of 80 columns does not break it elsewhere; further lines
// are indented.
std::string wrapped(const std::string& paragraph);

// Quoted where it has to be.
std::string csv_field(const std::string& text);

}  // namespace recvbench
