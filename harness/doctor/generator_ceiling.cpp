#include "harness/doctor/generator_ceiling.h"

#include <algorithm>
#include <stdexcept>

namespace recvbench {

namespace {

// From one connection to two the generator begins to go round; with hundreds it waits for sockets as well.
constexpr std::uint32_t most_alike = 32;
bool alike(std::uint32_t connections, std::uint32_t measured) {
  return connections == measured ||
         (connections > 1 && measured > 1 && connections <= most_alike && measured <= most_alike);
}

}  // namespace

std::optional<CeilingConditions> ceiling_conditions(const Scenario& scenario, const RunOptions& options,
                                                    const std::string& generator) {
  const bool of_another_kind = scenario.workload != Workload::sink || scenario.closed ||
                               scenario.idle_connections > 0 || scenario.messages_per_connection > 0 ||
                               !scenario.size_bytes.alike() || scenario.ip != IpVersion::v4 ||
                               options.verify || !options.load_cpus.empty();
  if (of_another_kind) return std::nullopt;
  CeilingConditions at;
  at.protocol = scenario.protocol;
  at.size_bytes = scenario.size_bytes.most();
  // At a given rate only what is late shares a send.
  at.messages_per_send = scenario.mode() == LoadMode::max ? scenario.messages_per_send : 1;
  at.connections = scenario.connections;
  at.load_threads = std::min(options.load_threads, static_cast<int>(scenario.connections));
  at.generator = generator;
  return at;
}

std::optional<GeneratorCeiling> ceiling_at(std::span<const GeneratorCeiling> ceilings,
                                           const CeilingConditions& at) {
  const auto found = std::find_if(ceilings.begin(), ceilings.end(), [&](const GeneratorCeiling& ceiling) {
    const CeilingConditions& measured = ceiling.at;
    return ceiling.messages_per_s > 0 && measured.protocol == at.protocol &&
           measured.size_bytes == at.size_bytes && measured.messages_per_send == at.messages_per_send &&
           alike(at.connections, measured.connections) && measured.load_threads == at.load_threads &&
           measured.generator == at.generator;
  });
  return found == ceilings.end() ? std::nullopt : std::optional(*found);
}

void compare_with_ceiling(RunRecord& record, const std::optional<GeneratorCeiling>& ceiling) {
  if (!ceiling || record.scenario.mode != "max" || record.engine.synthetic) return;
  record.generator.ceiling_per_s = ceiling->messages_per_s;
  record.rates.generator_limited =
      record.rates.received_per_s &&
      is_generator_limited(*record.rates.received_per_s, ceiling->messages_per_s);
}

nlohmann::json to_json(const GeneratorCeiling& ceiling) {
  return {{"protocol", to_string(ceiling.at.protocol)},        {"size_bytes", ceiling.at.size_bytes},
          {"messages_per_send", ceiling.at.messages_per_send}, {"connections", ceiling.at.connections},
          {"load_threads", ceiling.at.load_threads},           {"generator", ceiling.at.generator},
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
      ceiling.at.protocol = entry.at("protocol") == "udp" ? Protocol::udp : Protocol::tcp;
      ceiling.at.size_bytes = entry.at("size_bytes").get<std::uint32_t>();
      ceiling.at.messages_per_send = entry.at("messages_per_send").get<std::uint32_t>();
      ceiling.at.connections = entry.at("connections").get<std::uint32_t>();
      ceiling.at.load_threads = entry.at("load_threads").get<int>();
      ceiling.at.generator = entry.at("generator").get<std::string>();
      ceiling.messages_per_s = entry.at("messages_per_s").get<double>();
      ceilings.push_back(ceiling);
    }
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not a document of recvbench doctor: ") + error.what());
  }
  return ceilings;
}

}  // namespace recvbench
