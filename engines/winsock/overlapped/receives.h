// The receives that one connection has in flight: what overlapped-event, completion-routine, iocp and
// threadpool-io share. They differ in how a completion is learnt of; from there on all of them must keep the
// order of the stream, receive into the same buffer again, and let nothing go while the system still owns it.
// A datagram socket is received from by WSARecvFrom or WSARecvMsg, in just the same way.
//
// The system fills the buffers of one socket in the order in which they were posted (WSARecv, Remarks), but
// may announce them in another. So the operations form a ring in posting order, of which only the oldest is
// ever delivered; it is then posted again and becomes the youngest.
//
//   post_all -> completion: bytes, error, done -> while oldest().done: deliver_oldest -> ... -> ended, idle
#pragma once

#include <winsock2.h>

#include <cstddef>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include "engines/datagram_receive.h"
#include "engines/engine.h"
#include "engines/worker_counters.h"
#include "platform/winsock/receive_message.h"

namespace recvbench {

// Settings of every engine that receives in this way.

// The buffer of a receive, handed over in pieces: filled in their order, without holes (WSARecv, Remarks).
// The pieces lie side by side, so that what arrives is still one run of bytes; what the number costs is the
// locking and describing of each.
inline constexpr Setting wsabufs_setting =
    number_setting("buffers", "WSABUFs that the buffer of one receive is split into", 1, 1, 64);

// push-immediate: TCP shall not keep a receive back until a segment with PUSH arrives; a hint, Windows 8.1
// on. waitall: a receive completes when its buffer is full; what does not fill it stays there until more
// comes or the connection ends, so it is of use where every message has the buffer's size. Both are for
// streams only. MSG_PEEK is for non-overlapped receives only, and MSG_PARTIAL for message-oriented protocols
// that split messages (XP1_PARTIAL_MESSAGE), which neither TCP nor UDP is.
inline constexpr std::string_view wsarecv_flags_choices[] = {"none", "push-immediate", "waitall"};
inline constexpr Setting wsarecv_flags_setting = for_streams(choice_setting(
    "flags", "flags of WSARecv; waitall: a receive ends with a full buffer", wsarecv_flags_choices));

// One WSARecv, WSARecvFrom or WSARecvMsg. The WSAOVERLAPPED comes first and by inheritance, so that a
// static_cast leads from what the system hands back to the operation.
struct ReceiveOperation : WSAOVERLAPPED {
  std::span<WSABUF> buffers;  // side by side in memory, in this order
  bool done = false;          // its completion was learnt of; what came of it is in:
  DWORD bytes = 0;
  std::error_code error;
  SourceAddress source;              // of a datagram
  WSAMSG message{};                  // of WSARecvMsg: read and written while the receive is pending
  ControlData control;               // its control data
  ReceiveOperation* next = nullptr;  // for a list of the engine's own
};

// Whether a receive that succeeds at once has its completion announced, as is the rule, or not: the socket's
// port is then skipped (FILE_SKIP_COMPLETION_PORT_ON_SUCCESS).
enum class AtOnce { announced, silent };

// What follows a post. `done`: the operation has completed already and nothing will announce it (AtOnce).
enum class Posted { announced, done, failed };

// Used by one thread at a time.
class OverlappedReceives {
 public:
  // Any thread, before one is made of the connection: readies its socket for what the settings say. Throws
  // std::system_error.
  static void admit(const Connection& connection, const EngineSettings& settings);

  // Allocates max(1, settings.receives_in_flight) operations with a buffer of settings.buffer_bytes each; no
  // later call allocates. `connection` must outlive it. With a completion routine every receive names it, and
  // hEvent is free for its context. Throws std::system_error where the system does not have the call that the
  // settings name.
  OverlappedReceives(Connection& connection, const EngineSettings& settings,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = nullptr,
                     AtOnce at_once = AtOnce::announced);
  // Nothing may be in flight: the OVERLAPPEDs and buffers belong to the system until their completion.
  virtual ~OverlappedReceives();
  OverlappedReceives(const OverlappedReceives&) = delete;
  OverlappedReceives& operator=(const OverlappedReceives&) = delete;

  // In ring order, for the engine to set hEvent before the first post.
  std::span<ReceiveOperation> operations() { return operations_; }

  // Posts every operation. Where one fails the rest is cancelled and end() says why. Else `done` where the
  // last one is.
  Posted post_all(WorkerCounters& counters);

  ReceiveOperation& oldest() { return operations_[oldest_]; }

  // oldest() is done: hands its bytes to the sink and posts it again. Where that ends the connection, the
  // rest is cancelled; what completes after the end is only counted off.
  // What became of posting it again; `failed` also where it was not. Where it is announced, a connection's
  // only receive may by now have completed in another thread's hands: the caller must not touch this object
  // any more.
  Posted deliver_oldest(ReceiveSink& sink, WorkerCounters& counters);

  // oldest() is done, and no one wants to know: counts it off.
  void discard_oldest();

  // Ends the connection with this error unless it has ended already, and cancels what is in flight.
  void close(std::error_code error);

  bool ended() const { return ended_; }
  // No completion is owed. Ended and idle: on_close(end()) is due.
  bool idle() const { return in_flight_ == 0; }
  std::error_code end() const { return end_; }

 protected:
  // For models that must be told: a receive is about to be started, and its completion to be announced; and
  // that there will be no announcement after all, since it failed at once or is done (AtOnce).
  virtual void expect_completion() {}
  virtual void expect_no_completion() {}

 private:
  Posted post(ReceiveOperation& operation, WorkerCounters& counters);
  // 0, or the error of WSARecv, WSARecvFrom or WSARecvMsg.
  int start_receive(ReceiveOperation& operation);
  int receive_bytes(ReceiveOperation& operation);
  int receive_datagram(ReceiveOperation& operation);
  int receive_message(ReceiveOperation& operation);
  // False = the connection has ended.
  bool deliver_bytes(const ReceiveOperation& operation, ReceiveSink& sink, WorkerCounters& counters);
  bool deliver_datagram(ReceiveOperation& operation, ReceiveSink& sink, WorkerCounters& counters);
  bool datagrams() const { return connection_.kind() == Connection::Kind::datagrams; }

  Connection& connection_;
  const LPWSAOVERLAPPED_COMPLETION_ROUTINE routine_;
  const AtOnce at_once_;
  const DWORD flags_;              // of a stream's receives
  const LPFN_WSARECVMSG recvmsg_;  // for datagrams, or null
  const std::size_t buffer_bytes_;
  const std::unique_ptr<std::byte[]> memory_;
  std::vector<WSABUF> buffers_;  // of all operations
  std::vector<ReceiveOperation> operations_;
  std::size_t oldest_ = 0;
  std::size_t in_flight_ = 0;  // posted, and not yet delivered or counted off
  bool ended_ = false;
  std::error_code end_;
};

}  // namespace recvbench
