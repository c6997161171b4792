// One thread and one completion port: a receive in flight for every connection, posted again once it has
// completed.
#include <winsock2.h>
#include <windows.h>

#include <deque>
#include <thread>

#include "harness/benchmarks/winsock/bare_loops.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

struct Receive {
  OVERLAPPED overlapped{};
  WSABUF view{};
  SOCKET socket = INVALID_SOCKET;
  std::vector<char> buffer;

  // False where no completion will come. A receive that succeeds at once queues one as well.
  bool post() {
    overlapped = {};
    DWORD flags = 0;
    return WSARecv(socket, &view, 1, nullptr, &flags, &overlapped, nullptr) == 0 ||
           WSAGetLastError() == WSA_IO_PENDING;
  }
};

class BareIocp final : public BareLoop {
 public:
  BareIocp(std::vector<Socket> sockets, std::size_t buffer_bytes, const std::vector<int>& cpus)
      : sockets_(std::move(sockets)), port_(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1)) {
    if (!port_) throw_error(last_system_error(), "CreateIoCompletionPort", "new port");
    for (const Socket& socket : sockets_) {
      Receive& receive = receives_.emplace_back();
      receive.socket = static_cast<SOCKET>(socket.native());
      receive.buffer.resize(buffer_bytes);
      receive.view = {static_cast<ULONG>(buffer_bytes), receive.buffer.data()};
      if (!CreateIoCompletionPort(reinterpret_cast<HANDLE>(receive.socket), port_,
                                  reinterpret_cast<ULONG_PTR>(&receive), 0)) {
        const std::error_code error = last_system_error();
        CloseHandle(port_);
        throw_error(error, "CreateIoCompletionPort");
      }
    }
    thread_ = std::thread([this, cpus] { run(cpus); });
  }
  ~BareIocp() override {
    BareIocp::finish();
    CloseHandle(port_);
  }

  std::uint64_t bytes() const override { return count_.value.load(std::memory_order_relaxed); }
  std::uint64_t finish() override {
    if (thread_.joinable()) thread_.join();
    return bytes();
  }

 private:
  void run(const std::vector<int>& cpus) {
    if (!cpus.empty() && pin_current_thread(cpus.front())) return;
    std::size_t open = 0;
    for (Receive& receive : receives_) open += receive.post() ? 1 : 0;
    while (open > 0) {
      DWORD bytes = 0;
      ULONG_PTR key = 0;
      OVERLAPPED* overlapped = nullptr;
      const BOOL succeeded = GetQueuedCompletionStatus(port_, &bytes, &key, &overlapped, INFINITE);
      if (!overlapped) return;
      count_.add(bytes);
      if (!succeeded || bytes == 0 || !reinterpret_cast<Receive*>(key)->post()) --open;
    }
  }

  std::vector<Socket> sockets_;
  const HANDLE port_;
  std::deque<Receive> receives_;
  ByteCount count_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<BareLoop> start_bare_iocp(std::vector<Socket> sockets, std::size_t buffer_bytes,
                                          const std::vector<int>& cpus) {
  return std::make_unique<BareIocp>(std::move(sockets), buffer_bytes, cpus);
}

}  // namespace recvbench
