// Asks Winsock for the RIO function table.
#include "engines/winsock/rio/provider.h"

#include <system_error>

#include "engines/winsock/rio/emulation.h"
#include "platform/error.h"
#include "platform/socket.h"

namespace recvbench {
namespace {

// The table in `functions`, or the error that WSAIoctl gave.
std::error_code ask_system(rio::FunctionTable& functions) {
  // A socket to ask on. WSAStartup is counted, so asking needs no session of the caller's.
  const NetworkSession session;
  SocketOptions options;
  options.registered_io = true;
  const Socket socket = open_tcp(AddressFamily::ipv4, options);
  GUID id = rio::multiple_rio_id;
  DWORD bytes = 0;
  functions = {};
  functions.size = sizeof(functions);
  // Without an OVERLAPPED: with one, Wine answers WSA_IO_PENDING to a question that it then never answers.
  if (WSAIoctl(socket.native(), rio::get_multiple_extension_functions, &id, sizeof(id), &functions,
               sizeof(functions), &bytes, nullptr, nullptr) != 0) {
    return last_socket_error();
  }
  // A table of another size would be another interface.
  if (functions.size != sizeof(functions)) return socket_error(WSAEOPNOTSUPP);
  return {};
}

}  // namespace

RioProvider system_rio() {
  RioProvider provider;
  if (const std::error_code error = ask_system(provider.functions)) {
    throw_error(error, "WSAIoctl", "SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, RIO table");
  }
  return provider;
}

RioProvider best_rio() {
  RioProvider provider;
  if (const std::error_code error = ask_system(provider.functions)) {
    provider = emulated_rio();
    provider.remark =
        "emulated: RIO table not available (WSAIoctl: " + socket_error_name(error.value()) + ")";
  }
  return provider;
}

}  // namespace recvbench
