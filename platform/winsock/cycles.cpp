// CPU cycles by QueryProcessCycleTime.
#include "platform/cycles.h"

#include <windows.h>

namespace recvbench {

struct CycleCounter::State {};
CycleCounter::CycleCounter() = default;
CycleCounter::~CycleCounter() = default;

std::optional<std::uint64_t> CycleCounter::read() const {
  ULONG64 cycles = 0;
  if (!QueryProcessCycleTime(GetCurrentProcess(), &cycles) || cycles == 0) return std::nullopt;
  return cycles;
}

}  // namespace recvbench
