// WSAStartup's versions and counts, and what the other functions say before and after.
#include <ws2tcpip.h>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

constexpr const char* getting_started = "Getting started with Winsock";
constexpr const char* first =
    "must initialize the use of the Windows Sockets DLL before making other Winsock functions calls";
constexpr const char* highest =
    "makes a request for version ... and sets the passed version as the highest version of Windows Sockets "
    "support that the caller can use";

// One WSAStartup, cleaned up where it succeeded.
class Startup {
 public:
  explicit Startup(WORD version) : result_(WSAStartup(version, &data_)) {}
  ~Startup() {
    if (result_ == 0) WSACleanup();
  }
  Startup(const Startup&) = delete;
  Startup& operator=(const Startup&) = delete;

  int result() const { return result_; }
  // "use 1.1 of 2.2", or the error.
  std::string text() const {
    if (result_ != 0) return error_text(result_);
    return "use " + version_text(data_.wVersion) + " of " + version_text(data_.wHighVersion);
  }

 private:
  static std::string version_text(WORD version) {
    return std::to_string(LOBYTE(version)) + "." + std::to_string(HIBYTE(version));
  }
  WSADATA data_{};
  int result_;
};

std::string socket_text() {
  const Socket socket(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr, 0, WSA_FLAG_OVERLAPPED));
  return socket ? "a socket" : error_text(WSAGetLastError());
}

// No fixture: no NetworkSession lives here.

TEST(Startup, OfTheCurrentVersion) {
  Documented sentence({getting_started, highest, "use 2.2 of 2.2"});
  EXPECT_TRUE(sentence.matches(Startup(MAKEWORD(2, 2)).text()));
}

TEST(Startup, OfALowerVersion) {
  Documented sentence({getting_started, highest, "use 1.1 of 2.2"});
  EXPECT_TRUE(sentence.matches(Startup(MAKEWORD(1, 1)).text()));
}

TEST(Startup, OfAHigherVersion) {
  Documented sentence({getting_started, highest, "use 2.2 of 2.2"});
  EXPECT_TRUE(sentence.matches(Startup(MAKEWORD(2, 3)).text()));
}

TEST(Startup, OfAMuchHigherVersion) {
  Documented sentence({"WSAStartup",
                       "If the version requested by the application is equal to or higher than the lowest "
                       "version supported by the Winsock DLL, the call succeeds",
                       "use 2.2 of 2.2"});
  EXPECT_TRUE(sentence.matches(Startup(MAKEWORD(9, 9)).text()));
}

TEST(Startup, OfAVersionTooLow) {
  Documented sentence({"WSAStartup",
                       "WSAVERNOTSUPPORTED: The version of Windows Sockets support requested is not provided "
                       "by this particular Windows Sockets implementation",
                       "WSAVERNOTSUPPORTED"});
  EXPECT_TRUE(sentence.matches(Startup(MAKEWORD(0, 9)).text()));
}

TEST(Startup, NeedsItsData) {
  Documented sentence(
      {"WSAStartup", "WSAEFAULT: The lpWSAData parameter is not a valid pointer", "WSAEFAULT"});
  const int result = WSAStartup(MAKEWORD(2, 2), nullptr);
  if (result == 0) WSACleanup();
  EXPECT_TRUE(sentence.matches(error_text(result)));
}

TEST(Startup, ComesBeforeASocket) {
  Documented sentence({getting_started, first, "WSANOTINITIALISED, then a socket"});
  const std::string before = socket_text();
  const Startup startup(MAKEWORD(2, 2));
  EXPECT_TRUE(sentence.matches(before + ", then " + socket_text()));
}

TEST(Startup, ComesBeforeAName) {
  Documented sentence({getting_started, first, "WSANOTINITIALISED", on_wine("resolved")});
  addrinfo* result = nullptr;
  const int error = getaddrinfo("127.0.0.1", "27015", nullptr, &result);
  if (error == 0) freeaddrinfo(result);
  EXPECT_TRUE(sentence.matches(error == 0 ? "resolved" : error_text(error)));
}

TEST(Startup, ComesBeforeCleanup) {
  Documented sentence({"WSACleanup", "A successful WSAStartup call must occur before using this function",
                       "WSANOTINITIALISED"});
  EXPECT_TRUE(sentence.matches(WSACleanup() == 0 ? "success" : error_text(WSAGetLastError())));
}

TEST(Startup, IsUndoneByAsManyCleanups) {
  Documented sentence({"WSACleanup", "Only the final WSACleanup function call performs the actual cleanup",
                       "a socket after the first, WSANOTINITIALISED after the second"});
  const Startup once(MAKEWORD(2, 2));
  std::string after_first;
  {
    const Startup twice(MAKEWORD(2, 2));
    ASSERT_EQ(twice.result(), 0);
    ASSERT_EQ(WSACleanup(), 0);
    after_first = socket_text();
  }
  const std::string after_second = socket_text();
  // The balance of the first one's own cleanup.
  WSADATA data{};
  ASSERT_EQ(WSAStartup(MAKEWORD(2, 2), &data), 0);
  EXPECT_TRUE(sentence.matches(after_first + " after the first, " + after_second + " after the second"));
}

TEST(Startup, CleanupTakesTheSocketsAway) {
  Documented sentence({"WSACleanup",
                       "Sockets that were open when WSACleanup was called are reset and automatically "
                       "deallocated as if closesocket were called",
                       "WSAENOTSOCK"});
  SocketPair pair;
  {
    const NetworkSession session;
    pair = connected_pair();
  }
  const NetworkSession session;
  const std::string outcome = receive_text(pair.accepted);
  // Not to be closed a second time: their handles may have others by now.
  if (outcome == "WSAENOTSOCK") {
    pair.accepted.release();
    pair.connected.release();
  }
  EXPECT_TRUE(sentence.matches(outcome));
}

}  // namespace
}  // namespace recvbench
