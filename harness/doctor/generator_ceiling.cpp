#include "harness/doctor/generator_ceiling.h"

#include <algorithm>
#include <stdexcept>

#include "harness/plan/scenario.h"

namespace recvbench {

std::optional<double> ceiling_of(std::span<const GeneratorCeiling> ceilings, Protocol protocol,
                                 std::uint32_t size_bytes, std::uint32_t messages_per_send,
                                 int load_threads) {
  const auto found = std::find_if(ceilings.begin(), ceilings.end(), [&](const GeneratorCeiling& ceiling) {
    return ceiling.protocol == protocol && ceiling.size_bytes == size_bytes &&
           ceiling.messages_per_send == messages_per_send && ceiling.load_threads == load_threads;
  });
  return found == ceilings.end() ? std::nullopt : std::optional(found->messages_per_s);
}

nlohmann::json to_json(const GeneratorCeiling& ceiling) {
  return {{"protocol", to_string(ceiling.protocol)},
          {"size_bytes", ceiling.size_bytes},
          {"messages_per_send", ceiling.messages_per_send},
          {"load_threads", ceiling.load_threads},
          {"messages_per_s", ceiling.messages_per_s}};
}

std::vector<GeneratorCeiling> ceilings_of(const nlohmann::json& doctor, const std::string& fingerprint_hash) {
  std::vector<GeneratorCeiling> ceilings;
  try {
    if (doctor.at("schema").at("name") != "recvbench.doctor")
      throw std::runtime_error("not printed by recvbench doctor --json");
    if (doctor.at("schema").at("major").get<int>() > 1)
      throw std::runtime_error("printed by a newer recvbench doctor");
    const auto hash = doctor.at("environment").at("fingerprint").at("hash").get<std::string>();
    if (hash != fingerprint_hash)
      throw std::runtime_error("from another machine or build: fingerprint " + hash + ", here " +
                               fingerprint_hash);
    const nlohmann::json& list = doctor.at("generator_ceilings");
    if (!list.is_array() || list.empty())
      throw std::runtime_error("no generator ceilings: printed without --calibrate");
    for (const nlohmann::json& entry : list) {
      GeneratorCeiling ceiling;
      ceiling.protocol = entry.at("protocol") == "udp" ? Protocol::udp : Protocol::tcp;
      ceiling.size_bytes = entry.at("size_bytes").get<std::uint32_t>();
      ceiling.messages_per_send = entry.at("messages_per_send").get<std::uint32_t>();
      ceiling.load_threads = entry.at("load_threads").get<int>();
      ceiling.messages_per_s = entry.at("messages_per_s").get<double>();
      ceilings.push_back(ceiling);
    }
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not a document of recvbench doctor: ") + error.what());
  }
  return ceilings;
}

}  // namespace recvbench
