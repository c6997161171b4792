#include "results/json_text.h"

#include <cmath>
#include <stdexcept>

namespace recvbench {

namespace {

void require_finite(const nlohmann::json& value, const std::string& path) {
  if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    throw std::invalid_argument(path + ": not a finite number");
  }
  if (value.is_object()) {
    for (const auto& [key, member] : value.items())
      require_finite(member, path.empty() ? key : path + '.' + key);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      require_finite(value[i], path + '[' + std::to_string(i) + ']');
  }
}

}  // namespace

std::string json_text(const nlohmann::json& document, int indent) {
  require_finite(document, {});
  return document.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace recvbench
