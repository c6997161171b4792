// Plans and results survive JSON; every value out of range is refused by name.
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/control.h"
#include "loadgen/message.h"

namespace recvbench {
namespace {

LoadPlan full_plan() {
  LoadPlan plan;
  plan.run_id = ~std::uint64_t{0};
  plan.hosts = {"127.0.0.1", "::1"};
  plan.port = 65535;
  plan.workload = Workload::echo;
  plan.mode = LoadMode::open;
  plan.connections = 1000;
  plan.size_bytes = MessageSizes({{40, 64, 3}, {max_message_bytes, max_message_bytes, 1}});
  plan.messages_per_connection = 99;
  plan.close = ConnectionClose::abortive;
  plan.arrival = {ArrivalPattern::Kind::burst, 32, {}, nullptr};
  plan.think_ns = 17;
  plan.rate_per_s = 12345.678;
  plan.seed = ~std::uint64_t{0} - 1;
  plan.in_flight = 3;
  plan.messages_per_send = 1;
  plan.max_outstanding = 9;
  plan.threads = 4;
  plan.cpus = {0, 2};
  plan.verify = true;
  plan.warmup_ns = 0;
  plan.duration_ns = 1;
  plan.drain_ns = 2;
  return plan;
}

nlohmann::json sizes_json(std::uint64_t least, std::uint64_t most, std::uint64_t weight) {
  return nlohmann::json::array({{{"least", least}, {"most", most}, {"weight", weight}}});
}

TEST(LoadPlanJson, SurvivesTheRoundTrip) {
  const LoadPlan plan = full_plan();
  const auto text = to_json(plan).dump();
  const LoadPlan back = load_plan_from_json(nlohmann::json::parse(text));
  EXPECT_EQ(to_json(back), to_json(plan));
  EXPECT_EQ(back.run_id, plan.run_id);
  EXPECT_EQ(back.hosts, plan.hosts);
  EXPECT_EQ(back.workload, Workload::echo);
  EXPECT_EQ(back.mode, LoadMode::open);
  EXPECT_EQ(back.arrival, plan.arrival);
  EXPECT_EQ(back.size_bytes, plan.size_bytes);
  EXPECT_EQ(back.messages_per_connection, 99u);
  EXPECT_EQ(back.close, ConnectionClose::abortive);
  EXPECT_EQ(back.rate_per_s, plan.rate_per_s);
  EXPECT_EQ(back.seed, plan.seed);
  EXPECT_EQ(back.cpus, plan.cpus);
  EXPECT_TRUE(back.verify);
}

TEST(LoadPlan, DividesItsConnectionsOverTheHosts) {
  const auto shares = [](std::uint32_t connections, std::size_t hosts) {
    LoadPlan plan;
    plan.connections = connections;
    plan.hosts.resize(hosts, "127.0.0.1");
    std::vector<std::size_t> indices;
    for (std::uint32_t number = 0; number < connections; ++number) indices.push_back(plan.host_of(number));
    return indices;
  };
  using Indices = std::vector<std::size_t>;
  EXPECT_EQ(shares(3, 1), (Indices{0, 0, 0}));
  EXPECT_EQ(shares(1, 2), (Indices{0}));
  EXPECT_EQ(shares(4, 2), (Indices{0, 0, 1, 1}));
  EXPECT_EQ(shares(5, 2), (Indices{0, 0, 0, 1, 1}));
  LoadPlan many;
  many.connections = 1'000'000;
  many.hosts.resize(2);
  EXPECT_EQ(many.host_of(499'999), 0u);
  EXPECT_EQ(many.host_of(500'000), 1u);
}

TEST(LoadPlanJson, RefusesEveryValueOutOfRangeByName) {
  const double infinity = std::numeric_limits<double>::infinity();
  struct Case {
    const char* key;
    nlohmann::json value;
    const char* allowed;
  };
  const Case cases[] = {
      {"run_id", -1, "0 to 18446744073709551615"},
      {"hosts", "::1", "host names"},
      {"hosts", nlohmann::json::array(), "host names"},
      {"hosts", {"::1", ""}, "host names"},
      {"hosts", {"::1", 5}, "host names"},
      {"port", 0, "1 to 65535"},
      {"port", 65536, "1 to 65535"},
      {"workload", "sinc", "\"sink\" or \"echo\""},
      {"mode", "fast", "\"open\" or \"max\" or \"closed\""},
      {"connections", 0, "1 to 1000000"},
      {"connections", 1e3, "1 to 1000000"},
      {"connections", "8", "1 to 1000000"},
      {"idle_connections", 1'000'001, "0 to 1000000"},
      {"messages_per_connection", -1, "0 to 18446744073709551615"},
      {"close", "sudden", "\"graceful\" or \"abortive\""},
      {"size_bytes", 64, "an array of 1 to 32 parts"},
      {"size_bytes", nlohmann::json::array(), "an array of 1 to 32 parts"},
      {"size_bytes", sizes_json(39, 64, 1), "40 to 16777216"},
      {"size_bytes", sizes_json(64, 63, 1), "64 to 16777216"},
      {"size_bytes", sizes_json(64, max_message_bytes + 1, 1), "64 to 16777216"},
      {"size_bytes", sizes_json(64, 64, 0), "1 to 1000000"},
      {"size_bytes", {64}, "not a JSON object"},
      {"rate_per_s", 0, "0.001 to 1e9"},
      {"rate_per_s", -5, "0.001 to 1e9"},
      {"rate_per_s", infinity, "0.001 to 1e9"},
      {"rate_per_s", std::numeric_limits<double>::quiet_NaN(), "0.001 to 1e9"},
      {"rate_per_s", nullptr, "0.001 to 1e9"},
      {"rate_per_s", 1e300, "0.001 to 1e9"},
      {"arrival", "posson", "\"constant\" or \"poisson\" or \"burst\" or \"ramp\" or \"step\""},
      {"arrival", 3, "\"constant\" or \"poisson\""},
      {"arrival_rates_per_s", {1, 2, 3}, "of a ramp 2 rates, of steps 2 to 16, else none"},
      {"arrival_rates_per_s", {1, -2}, "finite numbers >= 0"},
      {"think_ns", max_phase_ns + 1, "0 to 1800000000000"},
      {"burst", 0, "1 to 1000000"},
      {"seed", -1, "0 to 18446744073709551615"},
      {"in_flight", 0, "1 to 1000000"},
      {"messages_per_send", 0, "1 to 1000000"},
      {"max_outstanding", 0, "1 to"},
      {"threads", 0, "1 to 1024"},
      {"threads", 1001, "number of connections, 1000"},
      {"cpus", {-1}, "0 to 65535"},
      {"cpus", 3, "array"},
      {"verify", 1, "true or false"},
      {"warmup_ns", -1, "0 to 1800000000000"},
      {"duration_ns", 0, "1 to 1800000000000"},
      {"duration_ns", max_phase_ns + 1, "1 to 1800000000000"},
      {"drain_ns", std::numeric_limits<std::uint64_t>::max(), "0 to 1800000000000"},
  };
  for (const Case& item : cases) {
    nlohmann::json json = to_json(full_plan());
    json[item.key] = item.value;
    try {
      load_plan_from_json(json);
      ADD_FAILURE() << item.key << " = " << item.value << " was accepted";
    } catch (const ControlError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(item.key), std::string::npos) << text;
      EXPECT_NE(text.find(item.allowed), std::string::npos) << text;
    }
  }
}

TEST(LoadPlanJson, RefusesWhatContradicts) {
  LoadPlan idle = full_plan();
  idle.idle_connections = 1;  // and messages_per_connection
  EXPECT_THROW(load_plan_from_json(to_json(idle)), ControlError);
  idle.messages_per_connection = 0;
  EXPECT_EQ(load_plan_from_json(to_json(idle)).idle_connections, 1u);
  LoadPlan datagrams;
  datagrams.hosts = {"127.0.0.1"};
  datagrams.port = 9;
  datagrams.rate_per_s = 1;
  datagrams.duration_ns = 1;
  datagrams.protocol = Protocol::udp;
  EXPECT_NO_THROW(load_plan_from_json(to_json(datagrams)));
  datagrams.messages_per_connection = 1;
  EXPECT_THROW(load_plan_from_json(to_json(datagrams)), ControlError);
  datagrams.messages_per_connection = 0;
  datagrams.idle_connections = 1;
  EXPECT_THROW(load_plan_from_json(to_json(datagrams)), ControlError);
}

TEST(LoadPlanJson, SlowPeersSurviveTheRoundTripAndAreChecked) {
  LoadPlan plan = full_plan();
  plan.messages_per_connection = 0;
  plan.slow = {{600, 7, 8}, {399, 9, 10}};
  EXPECT_EQ(load_plan_from_json(to_json(plan)).slow, plan.slow);
  struct Case {
    const char* kind;
    const char* key;
    std::uint64_t value;
    const char* allowed;
  };
  for (const Case& item : {Case{"slow_writers", "connections", 1000, "0 to 999"},
                           {"slow_writers", "pieces", 0, "1 to 1000"},
                           {"slow_writers", "pieces", 1001, "1 to 1000"},
                           {"slow_writers", "gap_ns", 0, "1 to 1000000000"},
                           {"slow_readers", "connections", 400, "0 to 399"},  // one is not slow
                           {"slow_readers", "bytes", 0, "1 to 262144"},
                           {"slow_readers", "bytes", 262'145, "1 to 262144"},
                           {"slow_readers", "gap_ns", 1'000'000'001, "1 to 1000000000"}}) {
    nlohmann::json json = to_json(plan);
    json[item.kind][item.key] = item.value;
    try {
      load_plan_from_json(json);
      ADD_FAILURE() << item.key << " = " << item.value << " was accepted";
    } catch (const ControlError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(std::string(item.kind) + ": " + item.key), std::string::npos) << text;
      EXPECT_NE(text.find(item.allowed), std::string::npos) << text;
    }
  }
  const auto refused = [](LoadPlan contradiction) {
    EXPECT_THROW(load_plan_from_json(to_json(contradiction)), ControlError);
  };
  LoadPlan sink = plan;
  sink.workload = Workload::sink;
  refused(sink);
  sink.slow.readers.connections = 0;
  EXPECT_EQ(load_plan_from_json(to_json(sink)).slow, sink.slow);
  LoadPlan churn = plan;
  churn.messages_per_connection = 1;
  refused(churn);
  LoadPlan max = plan;
  max.mode = LoadMode::max;
  refused(max);
  LoadPlan datagrams = plan;
  datagrams.protocol = Protocol::udp;
  datagrams.size_bytes = 64;
  refused(datagrams);
}

TEST(LoadPlanJson, PatternsSurviveTheRoundTrip) {
  using Kind = ArrivalPattern::Kind;
  LoadPlan plan = full_plan();
  const auto survives = [&] { return to_json(load_plan_from_json(to_json(plan))) == to_json(plan); };
  plan.arrival = {Kind::ramp, 1, {10, 0}, nullptr};
  EXPECT_TRUE(survives());
  plan.arrival = {Kind::step, 1, {10, 0, 1e9}, nullptr};
  EXPECT_TRUE(survives());
  plan.arrival = {Kind::step, 1, {10}, nullptr};
  EXPECT_THROW(survives(), ControlError);
  plan.mode = LoadMode::closed;
  plan.arrival = {};
  EXPECT_EQ(load_plan_from_json(to_json(plan)).mode, LoadMode::closed);
  EXPECT_EQ(load_plan_from_json(to_json(plan)).think_ns, 17u);
}

TEST(LoadPlanJson, RecordingsSurviveTheRoundTripAndAreChecked) {
  LoadPlan plan = full_plan();
  const auto replay = [&](std::vector<Recording::Message> messages) {
    plan.arrival = {
        ArrivalPattern::Kind::replay, 1, {}, std::make_shared<Recording>(Recording{"", std::move(messages)})};
    return *load_plan_from_json(to_json(plan)).arrival.recording;
  };
  const std::vector<Recording::Message> turns = {{0}, {5}, {5}, {9}};
  EXPECT_EQ(replay(turns).messages, turns);
  EXPECT_TRUE(to_json(plan)["recording"]["connections"].empty());
  const std::vector<Recording::Message> some = {{0, 3}, {5}, {5, 999}};
  EXPECT_EQ(replay(some).messages, some);
  EXPECT_THROW(replay({}), ControlError);
  EXPECT_THROW(replay({{5}, {4}}), ControlError);             // back in time
  EXPECT_THROW(replay({{0, 1000}}), ControlError);            // of 1000 connections
  EXPECT_THROW(replay({{~std::uint64_t{0}}}), ControlError);  // beyond any run
  nlohmann::json json = to_json(plan);
  json["recording"]["offsets_ns"] = {0, "1"};
  EXPECT_THROW(load_plan_from_json(json), ControlError);
  json["recording"] = nullptr;
  EXPECT_THROW(load_plan_from_json(json), ControlError);
}

TEST(LoadPlanJson, NamesTheMissingKey) {
  const nlohmann::json whole = to_json(full_plan());
  for (const auto& [key, value] : whole.items()) {
    nlohmann::json json = whole;
    json.erase(key);
    try {
      load_plan_from_json(json);
      ADD_FAILURE() << "accepted without " << key;
    } catch (const ControlError& error) {
      EXPECT_NE(std::string(error.what()).find(key + " is missing"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(load_plan_from_json(nlohmann::json::array()), ControlError);
}

TEST(LoadPlanJson, MaxModeNeedsNoRate) {
  LoadPlan plan = full_plan();
  plan.mode = LoadMode::max;
  plan.rate_per_s = 0;
  EXPECT_EQ(load_plan_from_json(to_json(plan)).mode, LoadMode::max);
}

TEST(LoadResultJson, SurvivesTheRoundTrip) {
  LoadResult result;
  result.sent = 11;
  result.window_due = 12;
  result.window_sent = 10;
  result.echoed = 9;
  result.window_echoed = 8;
  result.dropped = 7;
  result.corrupt = 6;
  result.out_of_sequence = 5;
  result.connection_errors = 4;
  result.connections_opened = 1005;
  result.connections_failed = 6;
  result.first_error = "connection 3: ECONNRESET: gone";
  result.cpu_ns = 3;
  result.busiest_thread_share = 0.25;
  result.mean_gap_ns = 99.5;
  result.out_of_range = 2;
  result.response[0].record(1'000);
  result.response[7].record(2'000'000);
  result.slip[1].record(5);
  result.response_windows = {{2, 3'000}, {0, 0}, {1, 18'446'744'073'709'551'615u}};
  result.gaps = {0, 0.25, 7.5};
  result.connections = {{0, 20, 19, 18'000}, {3, 21, 0, {}}};
  const LoadResult back = load_result_from_json(nlohmann::json::parse(to_json(result).dump()));
  EXPECT_EQ(to_json(back), to_json(result));
  EXPECT_EQ(back.first_error, result.first_error);
  ASSERT_EQ(back.response.size(), 2U);
  EXPECT_EQ(back.response.at(7).max_ns(), result.response.at(7).max_ns());
  EXPECT_TRUE(back.service.empty());
  EXPECT_EQ(back.slip.at(1).count(), 1);
  EXPECT_EQ(back.gaps, result.gaps);
  EXPECT_EQ(back.response_windows, result.response_windows);
  EXPECT_EQ(back.connections, result.connections);
}

TEST(LoadResultJson, RefusesWhatAreNoConnections) {
  const nlohmann::json good{{"number", 0}, {"sent", 20}, {"received", 19}, {"p99_ns", nullptr}};
  const auto list_of = [](const nlohmann::json& one) { return nlohmann::json::array({one}); };
  std::vector<nlohmann::json> bad{nlohmann::json(5), list_of(5),
                                  std::vector<nlohmann::json>(ConnectionTallies::most + 1, good)};
  for (const char* key : {"number", "sent", "received", "p99_ns"}) {
    for (const nlohmann::json& value : {nlohmann::json(-1), nlohmann::json(1.5), nlohmann::json("1")}) {
      bad.push_back(list_of(good));
      bad.back()[0][key] = value;
    }
    bad.push_back(list_of(good));
    bad.back()[0].erase(key);
  }
  bad.push_back(list_of(good));
  bad.back()[0]["p99_ns"] = 0;
  nlohmann::json json = to_json(LoadResult{});
  json["connections"] = list_of(good);
  EXPECT_EQ(load_result_from_json(json).connections.size(), 1U);
  for (const nlohmann::json& connections : bad) {
    json["connections"] = connections;
    EXPECT_THROW(load_result_from_json(json), ControlError) << connections;
  }
}

TEST(LoadResultJson, RefusesWhatAreNoWindows) {
  for (const nlohmann::json& bad :
       {nlohmann::json(5), nlohmann::json::array({1}), nlohmann::json::array({{1, 2, 3}}),
        nlohmann::json::array({{-1, 2}}), nlohmann::json::array({{1, 2.5}}),
        nlohmann::json(std::vector<std::vector<unsigned>>(WindowSums::most_windows + 1, {1u, 2u}))}) {
    nlohmann::json json = to_json(LoadResult{});
    json["response_windows"] = bad;
    EXPECT_THROW(load_result_from_json(json), ControlError);
  }
}

TEST(LoadResultJson, RefusesWhatIsNoHistogram) {
  nlohmann::json json = to_json(LoadResult{});
  json["slip"] = {{{"interval", 0}, {"hdr", "not base64 of anything"}}};
  EXPECT_THROW(load_result_from_json(json), ControlError);
  json["slip"] = 5;
  EXPECT_THROW(load_result_from_json(json), ControlError);
  json["slip"] = {5};
  EXPECT_THROW(load_result_from_json(json), ControlError);
}

}  // namespace
}  // namespace recvbench
