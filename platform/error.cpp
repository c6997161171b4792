// What both systems share of errors.
#include "platform/error.h"

namespace recvbench {

bool peer_left(const std::error_code& error) noexcept {
  return error == std::errc::connection_reset || error == std::errc::connection_aborted ||
         error == std::errc::not_connected;
}

void throw_error(std::error_code error, std::string_view call, std::string_view object) {
  std::string what(call);
  what.append("(").append(object).append(")");
  throw std::system_error(error, what);
}

}  // namespace recvbench
