// A child for the process tests. platform_test_child MODE ...
//   exit N        ends with exit code N
//   arguments F A...   writes every A to file F, each ended by a zero byte
//   descriptors   ends with the number of descriptors it was started with (Linux)
//   sleep         runs for a minute unless it is ended
//   interrupt N   interrupts itself N times; 42 = the program was asked to finish, 43 = twice, 1 = not
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "platform/interrupt.h"

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "exit" && argc == 3) return std::atoi(argv[2]);
  if (mode == "arguments" && argc >= 3) {
    std::ofstream file(argv[2], std::ios::binary);
    for (int i = 3; i < argc; ++i) file << argv[i] << '\0';
    file.close();
    return file ? 0 : 1;
  }
#ifndef _WIN32
  if (mode == "descriptors") {
    // The one that reads the folder is not of the start.
    const std::filesystem::directory_iterator open("/proc/self/fd");
    return static_cast<int>(std::distance(begin(open), end(open))) - 1;
  }
#endif
  if (mode == "sleep") {
    std::this_thread::sleep_for(std::chrono::minutes(1));
    return 0;
  }
  if (mode == "interrupt" && argc == 3) {
    recvbench::watch_interrupts();
    if (recvbench::interrupted()) return 1;
    for (int i = 0; i < std::atoi(argv[2]); ++i) std::raise(SIGINT);
    if (recvbench::interrupted_twice()) return 43;
    return recvbench::interrupted() ? 42 : 1;
  }
  return 2;
}
