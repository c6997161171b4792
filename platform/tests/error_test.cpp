// Names, conditions and messages of errors.
#include "platform/error.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/native_sockets.h"

namespace recvbench {
namespace {

// The system's number and name of an error that both systems have, from its POSIX name.
#ifdef _WIN32
#define RECVBENCH_ERROR(name) WSA##name, "WSA" #name
#else
#define RECVBENCH_ERROR(name) name, #name
#endif

struct Case {
  int code;
  const char* name;
  std::errc condition;
};

int number_of(int code, const char*) {
  return code;
}
const char* name_of(int, const char* name) {
  return name;
}

const Case cases[] = {
    {RECVBENCH_ERROR(ECONNRESET), std::errc::connection_reset},
    {RECVBENCH_ERROR(ECONNABORTED), std::errc::connection_aborted},
    {RECVBENCH_ERROR(ECONNREFUSED), std::errc::connection_refused},
    {RECVBENCH_ERROR(ETIMEDOUT), std::errc::timed_out},
    {RECVBENCH_ERROR(EADDRINUSE), std::errc::address_in_use},
    {RECVBENCH_ERROR(ENOTSOCK), std::errc::not_a_socket},
    {RECVBENCH_ERROR(EMSGSIZE), std::errc::message_size},
    {RECVBENCH_ERROR(ENOBUFS), std::errc::no_buffer_space},
    {RECVBENCH_ERROR(ENOTCONN), std::errc::not_connected},
    {RECVBENCH_ERROR(EOPNOTSUPP), std::errc::operation_not_supported},
    {RECVBENCH_ERROR(EMFILE), std::errc::too_many_files_open},
    {RECVBENCH_ERROR(EINVAL), std::errc::invalid_argument},
};

TEST(ErrorTest, NamesAndConditionsAreTheSystemsAndStandardCs) {
  for (const Case& expected : cases) {
    const std::error_code error = socket_error(expected.code);
    EXPECT_EQ(error.value(), expected.code);
    EXPECT_EQ(socket_error_name(expected.code), expected.name);
    EXPECT_TRUE(error == expected.condition) << expected.name;
    EXPECT_EQ(error.message().rfind(expected.name, 0), 0u) << error.message();
    EXPECT_GT(error.message().size(), std::string(expected.name).size() + 2) << "no text behind the name";
  }
}

TEST(ErrorTest, DifferentErrorsAreDifferentConditions) {
  EXPECT_FALSE(socket_error(number_of(RECVBENCH_ERROR(ECONNRESET))) == std::errc::connection_aborted);
  EXPECT_FALSE(socket_error(0));
}

TEST(ErrorTest, AnUnknownNumberIsShownAsANumber) {
  EXPECT_EQ(socket_error_name(12345), "error 12345");
  EXPECT_EQ(socket_error(12345).message().rfind("error 12345: ", 0), 0u) << socket_error(12345).message();
}

TEST(ErrorTest, OnlyTheNothingNowErrorsWouldBlock) {
  const std::error_code error = socket_error(number_of(RECVBENCH_ERROR(EWOULDBLOCK)));
  EXPECT_TRUE(would_block(error));
  EXPECT_TRUE(error == std::errc::operation_would_block);
  EXPECT_FALSE(would_block({}));
  EXPECT_FALSE(would_block(canceled_error()));
  EXPECT_FALSE(would_block(socket_error(number_of(RECVBENCH_ERROR(ECONNRESET)))));
}

TEST(ErrorTest, APeerThatLeftIsNoFailureOfTheListener) {
  EXPECT_TRUE(peer_left(socket_error(number_of(RECVBENCH_ERROR(ECONNRESET)))));
  EXPECT_TRUE(peer_left(socket_error(number_of(RECVBENCH_ERROR(ECONNABORTED)))));
  EXPECT_FALSE(peer_left({}));
  EXPECT_FALSE(peer_left(canceled_error()));
  EXPECT_FALSE(peer_left(socket_error(number_of(RECVBENCH_ERROR(ENOBUFS)))));
}

TEST(ErrorTest, CanceledIsOperationCanceled) {
  EXPECT_TRUE(canceled_error() == std::errc::operation_canceled);
}

TEST(ErrorTest, AThrownErrorNamesCallObjectAndError) {
  try {
    throw_error(socket_error(number_of(RECVBENCH_ERROR(EADDRINUSE))), "bind", "127.0.0.1:80");
    FAIL() << "nothing was thrown";
  } catch (const std::system_error& error) {
    EXPECT_TRUE(error.code() == std::errc::address_in_use);
    const std::string start = std::string("bind(127.0.0.1:80): ") + name_of(RECVBENCH_ERROR(EADDRINUSE));
    EXPECT_EQ(std::string(error.what()).rfind(start, 0), 0u) << error.what();
  }
}

#ifdef _WIN32
TEST(ErrorTest, ACompletionsWin32CodeBecomesItsWinsockTwin) {
  EXPECT_EQ(socket_error(ERROR_NETNAME_DELETED).value(), WSAECONNRESET);
  EXPECT_EQ(socket_error(ERROR_CONNECTION_ABORTED).value(), WSAECONNABORTED);
  EXPECT_EQ(socket_error(ERROR_MORE_DATA).value(), WSAEMSGSIZE);
  EXPECT_EQ(socket_error(ERROR_SEM_TIMEOUT).value(), WSAETIMEDOUT);
  EXPECT_EQ(socket_error(ERROR_OPERATION_ABORTED), canceled_error());
}

TEST(ErrorTest, ASystemErrorKeepsItsWin32Code) {
  SetLastError(ERROR_FILE_NOT_FOUND);
  const std::error_code error = last_system_error();
  EXPECT_EQ(error.value(), ERROR_FILE_NOT_FOUND);
  EXPECT_TRUE(error == std::errc::no_such_file_or_directory);
  EXPECT_EQ(error.message().rfind("ERROR_FILE_NOT_FOUND", 0), 0u) << error.message();
}
#endif

}  // namespace
}  // namespace recvbench
