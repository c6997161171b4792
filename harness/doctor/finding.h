// What doctor says of one thing it looked at. Plain values.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace recvbench {

enum class Severity {
  ok,       // as it should be
  note,     // to know; figures stay good
  warning,  // figures are worse than this machine could give, or hard to compare
  problem,  // nothing measured here is valid
};
const char* to_string(Severity severity) noexcept;  // "ok", "note", "warning", "problem"

struct Finding {
  std::string code;  // "power-plan": stable, the same whatever was found
  Severity severity = Severity::ok;
  std::string measured;  // with unit, "2 CPUs"; "cannot tell" where the system does not say
  std::string text;      // what it means, one sentence
  std::string fix;       // what to do; empty where there is nothing to do
};

// {"code", "severity", "measured", "text", "fix"}
nlohmann::json to_json(const Finding& finding);
nlohmann::json to_json(const std::vector<Finding>& findings);

}  // namespace recvbench
