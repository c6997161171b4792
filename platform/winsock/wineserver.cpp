// The CPU time of the Wine server, from Linux' /proc, which a Wine program sees as Z:\proc.
//
// Under Wine a file is opened by the server, which passes the descriptor on: /proc/self is the server's own
// entry, not this process's. So there is no server to look for, and it is the right one of several.
#include <fstream>
#include <sstream>
#include <string>

#include "platform/cost.h"
#include "platform/system_info.h"

namespace recvbench {

std::optional<std::uint64_t> wineserver_cpu_ns() {
  if (!running_under_wine()) return std::nullopt;
  std::ifstream file("Z:\\proc\\self\\stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // "2874 (wineserver64) S 1 ...": proc(5). A version of Wine that opens files itself would show another
  // name.
  const std::size_t name_end = line.rfind(')');
  if (line.find("(wineserver") == std::string::npos || name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  std::uint64_t user_ticks = 0;
  std::uint64_t kernel_ticks = 0;
  if (!(rest >> user_ticks >> kernel_ticks)) return std::nullopt;
  constexpr std::uint64_t tick_ns = 10'000'000;  // USER_HZ, which programs see, is 100
  return (user_ticks + kernel_ticks) * tick_ns;
}

}  // namespace recvbench
