// errno and getaddrinfo errors with their symbolic names.
#include "platform/error.h"

#include <cerrno>
#include <cstring>

#include "platform/native_sockets.h"

namespace recvbench {
namespace {

// glibc has strerrorname_np only from 2.32 on, and other systems not at all.
const char* errno_name(int code) noexcept {
  switch (code) {
#define RECVBENCH_NAME(name) \
  case name:                 \
    return #name;
    RECVBENCH_NAME(EPERM)
    RECVBENCH_NAME(ENOENT)
    RECVBENCH_NAME(EINTR)
    RECVBENCH_NAME(EIO)
    RECVBENCH_NAME(ENOEXEC)
    RECVBENCH_NAME(EBADF)
    RECVBENCH_NAME(ECHILD)
    RECVBENCH_NAME(EAGAIN)
    RECVBENCH_NAME(ENOMEM)
    RECVBENCH_NAME(EACCES)
    RECVBENCH_NAME(EFAULT)
    RECVBENCH_NAME(EBUSY)
    RECVBENCH_NAME(EEXIST)
    RECVBENCH_NAME(ENODEV)
    RECVBENCH_NAME(ENOTDIR)
    RECVBENCH_NAME(EISDIR)
    RECVBENCH_NAME(EINVAL)
    RECVBENCH_NAME(ENFILE)
    RECVBENCH_NAME(EMFILE)
    RECVBENCH_NAME(ENOSPC)
    RECVBENCH_NAME(EPIPE)
    RECVBENCH_NAME(ENOSYS)
    RECVBENCH_NAME(ELOOP)
    RECVBENCH_NAME(ENOTSOCK)
    RECVBENCH_NAME(EDESTADDRREQ)
    RECVBENCH_NAME(EMSGSIZE)
    RECVBENCH_NAME(EPROTOTYPE)
    RECVBENCH_NAME(ENOPROTOOPT)
    RECVBENCH_NAME(EPROTONOSUPPORT)
    RECVBENCH_NAME(EOPNOTSUPP)
    RECVBENCH_NAME(EAFNOSUPPORT)
    RECVBENCH_NAME(EADDRINUSE)
    RECVBENCH_NAME(EADDRNOTAVAIL)
    RECVBENCH_NAME(ENETDOWN)
    RECVBENCH_NAME(ENETUNREACH)
    RECVBENCH_NAME(ENETRESET)
    RECVBENCH_NAME(ECONNABORTED)
    RECVBENCH_NAME(ECONNRESET)
    RECVBENCH_NAME(ENOBUFS)
    RECVBENCH_NAME(EISCONN)
    RECVBENCH_NAME(ENOTCONN)
    RECVBENCH_NAME(ESHUTDOWN)
    RECVBENCH_NAME(ETIMEDOUT)
    RECVBENCH_NAME(ECONNREFUSED)
    RECVBENCH_NAME(EHOSTUNREACH)
    RECVBENCH_NAME(EALREADY)
    RECVBENCH_NAME(EINPROGRESS)
    RECVBENCH_NAME(ECANCELED)
    default:
      return nullptr;
  }
}

class SocketCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "socket"; }
  std::string message(int code) const override {
    return socket_error_name(code) + ": " + std::generic_category().message(code);
  }
  std::error_condition default_error_condition(int code) const noexcept override {
    return {code, std::generic_category()};  // std::errc values are errno values
  }
};

const char* resolver_name(int code) noexcept {
  switch (code) {
    RECVBENCH_NAME(EAI_AGAIN)
    RECVBENCH_NAME(EAI_BADFLAGS)
    RECVBENCH_NAME(EAI_FAIL)
    RECVBENCH_NAME(EAI_FAMILY)
    RECVBENCH_NAME(EAI_MEMORY)
    RECVBENCH_NAME(EAI_NONAME)
    RECVBENCH_NAME(EAI_SERVICE)
    RECVBENCH_NAME(EAI_SOCKTYPE)
#undef RECVBENCH_NAME
    default:
      return nullptr;
  }
}

class ResolverCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  std::string message(int code) const override {
    const char* known = resolver_name(code);
    return (known ? std::string(known) : "error " + std::to_string(code)) + ": " + gai_strerror(code);
  }
};

}  // namespace

const std::error_category& socket_category() noexcept {
  static const SocketCategory category;
  return category;
}

std::error_code socket_error(int code) noexcept {
  return {code, socket_category()};
}

std::error_code last_socket_error() noexcept {
  return socket_error(errno);
}

std::error_code last_system_error() noexcept {
  return socket_error(errno);
}

std::error_code canceled_error() noexcept {
  return socket_error(ECANCELED);
}

std::error_code timed_out_error() noexcept {
  return socket_error(ETIMEDOUT);
}

std::error_code resolver_error(int code) noexcept {
  if (code == EAI_SYSTEM) return last_socket_error();
  static const ResolverCategory category;
  return {code, category};
}

bool would_block(const std::error_code& error) noexcept {
  // EWOULDBLOCK is EAGAIN on Linux but need not be.
  return error.category() == socket_category() && (error.value() == EAGAIN || error.value() == EWOULDBLOCK);
}

std::string socket_error_name(int code) {
  const char* known = errno_name(code);
  return known ? known : "error " + std::to_string(code);
}

}  // namespace recvbench
