// UTF-8 to and from the wide strings of Win32. Internal to platform/winsock.
#pragma once

#include <string>
#include <string_view>

namespace recvbench {

// Bytes that are not UTF-8 become U+FFFD.
std::wstring wide(std::string_view utf8);
std::string narrow(std::wstring_view text);

}  // namespace recvbench
