#include "harness/cli/progress_display.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "platform/interrupt.h"

namespace recvbench {

namespace {

ProgressStyle effective(ProgressStyle style) {
  if (style != ProgressStyle::automatic) return style;
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return stderr_is_terminal() && std::getenv("CI") == nullptr && !dumb ? ProgressStyle::bar
                                                                       : ProgressStyle::plain;
}

}  // namespace

ProgressDisplay::ProgressDisplay(ProgressStyle style) : style_(effective(style)) {}

void ProgressDisplay::show(const std::string& line) {
  if (style_ == ProgressStyle::none) return;
  if (style_ == ProgressStyle::plain) {
    std::fprintf(stderr, "%s\n", line.c_str());
  } else {
    std::fprintf(stderr, "\r\x1b[K%.79s", line.c_str());
    open_ = true;
  }
  std::fflush(stderr);
}

void ProgressDisplay::end_line() {
  if (open_) std::fputs("\n", stderr);
  open_ = false;
}

}  // namespace recvbench
