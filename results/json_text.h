// JSON as it is written to disk.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace recvbench {

// `indent` as nlohmann::json::dump takes it: -1 for one line. Throws std::invalid_argument naming the key of
// a number that is not finite: JSON has no such number, and null would say "not measured". Bytes that are not
// UTF-8 (a system's message in another code page) become U+FFFD rather than cost the record.
std::string json_text(const nlohmann::json& document, int indent = -1);

}  // namespace recvbench
