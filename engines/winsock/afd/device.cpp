// Opening, polling, cancelling.
#include "engines/winsock/afd/device.h"

#include <mswsock.h>

#include <cstdio>
#include <string>

#include "platform/error.h"

namespace recvbench {
namespace {

constexpr const char* device_name = "\\Device\\Afd\\Recvbench";

IO_STATUS_BLOCK* status_block(AfdPoll& poll) {
  return reinterpret_cast<IO_STATUS_BLOCK*>(static_cast<OVERLAPPED*>(&poll));
}

std::string with_status(std::string object, NTSTATUS status) {
  char text[32];
  std::snprintf(text, sizeof text, ": NTSTATUS 0x%08lX", static_cast<unsigned long>(status));
  return object + text;
}

}  // namespace

AfdDevice::AfdDevice(const AfdFunctions& functions, CompletionPort& port) : functions_(functions) {
  // The last part is its user's own choice, and must be there. Without extended attributes the handle is no
  // socket, and can do no more than poll others.
  wchar_t characters[] = L"\\Device\\Afd\\Recvbench";
  UNICODE_STRING name{};
  name.Buffer = characters;
  name.Length = static_cast<USHORT>(sizeof characters - sizeof(wchar_t));  // without the zero
  name.MaximumLength = static_cast<USHORT>(sizeof characters);
  OBJECT_ATTRIBUTES attributes{};
  attributes.Length = sizeof attributes;
  attributes.ObjectName = &name;
  IO_STATUS_BLOCK answer{};
  const NTSTATUS status =
      functions_.create_file(&handle_, SYNCHRONIZE, &attributes, &answer, nullptr, 0,
                             FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, nullptr, 0);
  if (status != afd::status_success) {
    throw_error(error_of(status), "NtCreateFile", with_status(device_name, status));
  }
  try {
    port.associate(handle_, device_name, 0);
    // Nobody waits for the handle itself; without this every poll would signal it.
    if (!SetFileCompletionNotificationModes(handle_, FILE_SKIP_SET_EVENT_ON_HANDLE)) {
      throw_error(last_system_error(), "SetFileCompletionNotificationModes", device_name);
    }
  } catch (...) {
    CloseHandle(handle_);
    throw;
  }
}

AfdDevice::~AfdDevice() {
  CloseHandle(handle_);
}

std::error_code AfdDevice::start(AfdPoll& poll, NativeSocket base, ULONG events) noexcept {
  static_cast<OVERLAPPED&>(poll) = OVERLAPPED{};
  poll.info.timeout.QuadPart = afd::no_timeout;
  poll.info.number_of_handles = 1;
  poll.info.exclusive = FALSE;
  poll.info.socket = {reinterpret_cast<HANDLE>(base), events, afd::status_success};
  const NTSTATUS status = functions_.device_io_control(
      handle_, nullptr, nullptr, static_cast<OVERLAPPED*>(&poll), status_block(poll), afd::ioctl_poll,
      &poll.info, sizeof poll.info, &poll.info, sizeof poll.info);
  return afd::is_error(status) ? error_of(status) : std::error_code();
}

std::error_code AfdDevice::error_of(const AfdPoll& poll) const noexcept {
  const auto status = static_cast<NTSTATUS>(poll.Internal);
  return afd::is_error(status) ? error_of(status) : std::error_code();
}

std::error_code AfdDevice::cancel_all() noexcept {
  IO_STATUS_BLOCK answer{};
  const NTSTATUS status = functions_.cancel_io(handle_, nullptr, &answer);
  if (status == afd::status_not_found || !afd::is_error(status)) return {};
  return error_of(status);
}

std::error_code AfdDevice::error_of(NTSTATUS status) const noexcept {
  return socket_error(static_cast<int>(functions_.status_to_error(status)));
}

NativeSocket base_socket(const Socket& socket) {
  SOCKET base = INVALID_SOCKET;
  DWORD bytes = 0;
  if (WSAIoctl(socket.native(), SIO_BASE_HANDLE, nullptr, 0, &base, sizeof base, &bytes, nullptr, nullptr) !=
      0) {
    throw_error(last_socket_error(), "WSAIoctl",
                "SIO_BASE_HANDLE, socket " + std::to_string(socket.native()));
  }
  return base;
}

}  // namespace recvbench
