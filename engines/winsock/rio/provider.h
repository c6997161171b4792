// Where RIO's functions come from: the system, or an emulation where the system has none. The RIO engine is
// handed a provider, so that its own code runs everywhere, and with faults injected.
#pragma once

#include <string>

#include "engines/winsock/rio/abi.h"

namespace recvbench {

// A plain value. The functions stay callable for the life of the process.
struct RioProvider {
  rio::FunctionTable functions{};
  bool emulated = false;
  std::string remark;  // why it is emulated; empty where it is not
};

// The system's own table. Throws std::system_error that names the call where it cannot be had: an old
// Windows, Wine, a layered service provider in the way.
RioProvider system_rio();

// system_rio() where there is one, else emulated_rio() (rio/emulation.h) with the reason as its remark:
// "emulated: RIO table not available (WSAIoctl: WSAEOPNOTSUPP)". Throws only where no socket can be opened.
RioProvider best_rio();

}  // namespace recvbench
