// Addresses: text, bytes and resolution.
#include "platform/address.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "platform/socket.h"

namespace recvbench {
namespace {

class AddressTest : public testing::Test {
  NetworkSession session_;
};

TEST_F(AddressTest, LoopbackAndAny) {
  EXPECT_EQ(Address::loopback(AddressFamily::ipv4, 80).to_string(), "127.0.0.1:80");
  EXPECT_EQ(Address::loopback(AddressFamily::ipv6, 65535).to_string(), "[::1]:65535");
  EXPECT_EQ(Address::any(AddressFamily::ipv4).to_string(), "0.0.0.0:0");
  EXPECT_EQ(Address::any(AddressFamily::ipv6, 1).to_string(), "[::]:1");
  EXPECT_TRUE(Address::loopback(AddressFamily::ipv4).is_loopback());
  EXPECT_TRUE(Address::loopback(AddressFamily::ipv6).is_loopback());
  EXPECT_FALSE(Address::any(AddressFamily::ipv4).is_loopback());
  EXPECT_FALSE(Address::any(AddressFamily::ipv6).is_loopback());
}

TEST_F(AddressTest, LiteralsResolveToThemselves) {
  const Address ipv4 = Address::resolve("192.0.2.7", 4711);
  EXPECT_EQ(ipv4.family(), AddressFamily::ipv4);
  EXPECT_EQ(ipv4.port(), 4711);
  EXPECT_EQ(ipv4.host(), "192.0.2.7");
  EXPECT_FALSE(ipv4.is_loopback());
  const Address ipv6 = Address::resolve("2001:db8::7", 4712);
  EXPECT_EQ(ipv6.family(), AddressFamily::ipv6);
  EXPECT_EQ(ipv6.to_string(), "[2001:db8::7]:4712");
  EXPECT_TRUE(Address::resolve("127.1.2.3", 1).is_loopback());
}

TEST_F(AddressTest, AMappedLoopbackIsLoopback) {
  EXPECT_TRUE(Address::resolve("::ffff:127.0.0.1", 1).is_loopback());
  EXPECT_FALSE(Address::resolve("::ffff:192.0.2.1", 1).is_loopback());
}

TEST_F(AddressTest, AFailureNamesTheHost) {
  try {
    Address::resolve("no such host", 1);  // a space is in no host name: no name server is asked
    FAIL() << "nothing was thrown";
  } catch (const std::system_error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("getaddrinfo(no such host): ", 0), 0u) << error.what();
  }
}

TEST_F(AddressTest, NativeBytesRoundTrip) {
  for (const AddressFamily family : {AddressFamily::ipv4, AddressFamily::ipv6}) {
    const Address address = Address::loopback(family, 1234);
    const Address copy = Address::from_native(address.data(), address.size());
    EXPECT_EQ(copy.to_string(), address.to_string());
    EXPECT_EQ(copy.family(), family);
  }
}

TEST_F(AddressTest, NativeBytesThatAreNoAddressAreRefused) {
  const Address address = Address::loopback(AddressFamily::ipv6, 1);
  EXPECT_THROW(Address::from_native(address.data(), 4), std::invalid_argument);
  EXPECT_THROW(Address::from_native(address.data(), 16), std::invalid_argument);  // cut short
  const unsigned char unknown_family[32] = {0xEE, 0xEE};
  EXPECT_THROW(Address::from_native(unknown_family, sizeof unknown_family), std::invalid_argument);
}

}  // namespace
}  // namespace recvbench
