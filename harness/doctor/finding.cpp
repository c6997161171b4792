#include "harness/doctor/finding.h"

namespace recvbench {

const char* to_string(Severity severity) noexcept {
  switch (severity) {
    case Severity::ok:
      return "ok";
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::problem:
      break;
  }
  return "problem";
}

nlohmann::json to_json(const Finding& finding) {
  return {{"code", finding.code},
          {"severity", to_string(finding.severity)},
          {"measured", finding.measured},
          {"text", finding.text},
          {"fix", finding.fix}};
}

nlohmann::json to_json(const std::vector<Finding>& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) list.push_back(to_json(finding));
  return list;
}

}  // namespace recvbench
