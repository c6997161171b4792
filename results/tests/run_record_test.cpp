// Run records: the percentile rule, and JSON there and back, good and damaged.
#include "results/run_record.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "results/tests/sample_record.h"

namespace recvbench {
namespace {

using nlohmann::json;

TEST(Summarize, IsEmptyForNoSamples) {
  EXPECT_FALSE(summarize(Histogram()).has_value());
  Histogram only_out_of_range;
  only_out_of_range.record(INT64_MAX);
  EXPECT_FALSE(summarize(only_out_of_range).has_value());
}

TEST(Summarize, StatesAPercentileOnlyWithTenSamplesBeyondIt) {
  struct Case {
    std::int64_t count;
    bool p99, p999, p9999;
  };
  for (const auto& [count, p99, p999, p9999] :
       {Case{1, false, false, false}, Case{999, false, false, false}, Case{1'000, true, false, false},
        Case{9'999, true, false, false}, Case{10'000, true, true, false}, Case{99'999, true, true, false},
        Case{100'000, true, true, true}}) {
    SparseCounts counts;
    counts.values.push_back({500, count});
    Histogram histogram;
    histogram.add(counts);
    const auto summary = summarize(histogram);
    ASSERT_TRUE(summary) << count;
    EXPECT_EQ(summary->count, count);
    EXPECT_EQ(summary->p99_ns.has_value(), p99) << count;
    EXPECT_EQ(summary->p999_ns.has_value(), p999) << count;
    EXPECT_EQ(summary->p9999_ns.has_value(), p9999) << count;
  }
}

TEST(Summarize, TakesEveryFieldFromTheHistogram) {
  Histogram histogram;
  for (int repeat = 0; repeat < 100; ++repeat) {
    for (std::int64_t value = 1; value <= 1000; ++value) histogram.record(value);
  }
  const auto summary = summarize(histogram);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->count, 100'000);
  EXPECT_EQ(summary->min_ns, 1);
  EXPECT_EQ(summary->mean_ns, 500.5);
  EXPECT_EQ(summary->p50_ns, 500);
  EXPECT_EQ(summary->p90_ns, 900);
  EXPECT_EQ(summary->p99_ns, 990);
  EXPECT_EQ(summary->p999_ns, 999);
  EXPECT_EQ(summary->p9999_ns, 1000);
  EXPECT_EQ(summary->max_ns, 1000);
}

// Every value inside a document, with its JSON pointer: "/counts", {...}; "/counts/sent", 11.
void visit(const json& value, const std::string& pointer,
           const std::function<void(const std::string&, const json&)>& call) {
  if (!value.is_structured()) return;
  for (const auto& [key, member] : value.items()) {
    const std::string inner = pointer + '/' + key;
    call(inner, member);
    if (key == "declared") continue;  // its keys are the engine's
    visit(member, inner, call);
  }
}

// "/reasons/0/code" -> "reasons[0].code": how errors name a key.
std::string key_of(const std::string& pointer) {
  std::string key;
  for (std::size_t begin = 1; begin < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
    const std::string part = pointer.substr(begin, end - begin);
    const bool index = part.find_first_not_of("0123456789") == part.npos;
    key += index ? '[' + part + ']' : (key.empty() ? "" : ".") + part;
    begin = end + 1;
  }
  return key;
}

std::string error_of(const json& document) {
  try {
    run_record_from_json(document);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(LossShare, IsOfTheWindowsDatagramsAndInEchoOfTheirReplies) {
  RunRecord record;
  record.scenario.workload = "sink";
  record.counts.window_sent = 1'000;
  record.counts.window_received = 990;
  record.counts.window_echoed = 980;
  EXPECT_EQ(loss_share(record), std::nullopt) << "TCP loses nothing";
  record.datagrams = DatagramCounts{};
  EXPECT_EQ(loss_share(record), 0.010);
  record.scenario.workload = "echo";
  EXPECT_EQ(loss_share(record), 0.020);
  record.counts.window_echoed = 1'001;
  EXPECT_EQ(loss_share(record), 0.0);
  record.counts.window_sent = 0;
  EXPECT_EQ(loss_share(record), std::nullopt);
}

TEST(RunRecordJson, ComesBackWhole) {
  const json document = to_json(sample_record());
  EXPECT_EQ(to_json(run_record_from_json(document)), document);
  EXPECT_EQ(to_json(run_record_from_json(json::parse(document.dump()))), document);
}

TEST(RunRecordJson, CarriesEveryValueUnderItsKey) {
  // The numbers of sample_record all differ, so that a key with its neighbour's value shows.
  const json document = to_json(sample_record());
  EXPECT_EQ(document["schema"], (json{{"name", "recvbench.run"}, {"major", 1}, {"minor", 0}}));
  EXPECT_EQ(document["engine"]["settings"]["receives_in_flight"], 16);
  EXPECT_EQ(document["engine"]["settings"]["socket_receive_buffer_bytes"], 51);
  EXPECT_EQ(document["scenario"]["rate_per_s"], 10'000.5);
  EXPECT_EQ(document["timing"]["started_unix_ns"], 1'700'000'000'123'456'789);
  EXPECT_EQ(document["reasons"][1]["detail"], "1 message, \"magic\"");
  EXPECT_EQ(document["counts"]["window_received"], 15);
  EXPECT_EQ(document["counts"]["window_echoed"], 50);
  EXPECT_EQ(document["counts"]["strangers"], 21);
  EXPECT_EQ(document["counts"]["window_slow"], 70);
  EXPECT_EQ(document["scenario"]["slow_writers"],
            (json{{"connections", 71}, {"pieces", 72}, {"gap_ns", 73}}));
  EXPECT_EQ(document["scenario"]["slow_readers"],
            (json{{"connections", 74}, {"read_bytes", 75}, {"gap_ns", 76}}));
  EXPECT_EQ(document["datagrams"]["lost_at_socket"], 44);
  EXPECT_EQ(document["datagrams"]["replies_lost"], 49);
  EXPECT_EQ(document["churn"]["accepted_per_s"], 54.5);
  EXPECT_EQ(document["churn"]["accept"]["p50_ns"], 58);
  EXPECT_EQ(document["rates"]["received_per_s"], 9'998.25);
  EXPECT_EQ(document["latency"]["response"]["p90_ns"], 1'003);
  EXPECT_EQ(document["latency"]["service"]["max_ns"], 2'007);
  EXPECT_TRUE(document["latency"]["response"]["p9999_ns"].is_null());
  EXPECT_EQ(document["steadiness"]["latency"]["trend"]["noise_share"], 0.57);
  EXPECT_EQ(document["steadiness"]["throughput"]["halves"]["share"], 0.59);
  EXPECT_EQ(document["steadiness"]["p99"]["second_ns"], 64);
  EXPECT_EQ(document["fairness"]["jain_index"], 0.71);
  EXPECT_EQ(document["fairness"]["p99"]["worst_ns"], 74);
  EXPECT_EQ(document["fairness"]["p99"]["worst_connection"], 75);
  EXPECT_EQ(document["fairness"]["p99"]["worst_over_median"], 74.0 / 73);
  EXPECT_EQ(document["generator"]["slip"]["p50_ns"], 3'002);
  EXPECT_EQ(document["cost"]["excludes"], json::array({"wineserver"}));
  EXPECT_EQ(document["cost"]["peak_resident_bytes"], 18'446'744'073'709'551'615u);
  EXPECT_EQ(document["cost"]["wineserver_cpu_ns"], 65);
  EXPECT_EQ(document["cost"]["nonpaged_pool_bytes"], 68);
  EXPECT_EQ(document["latency"]["service"]["p99_ci_ns"], (json{2'010, 2'011}));
  EXPECT_TRUE(document["latency"]["service"]["p999_ci_ns"].is_null());
  EXPECT_EQ(document["calls"]["completions_per_wakeup_mean"], 40.0 / 39);
  EXPECT_EQ(document["calls"]["completions_per_wakeup_max"], 42);
}

TEST(RunRecordJson, WritesNullForWhatWasNotMeasured) {
  RunRecord record;
  record.valid = true;
  record.scenario = {"s", "udp", "echo", "max", 1, 64, std::nullopt};
  record.scenario.sizes = "64B";
  record.latency_kind = "none";
  const json document = to_json(record);
  for (const char* pointer : {"/engine/settings/socket_receive_buffer_bytes",
                              "/scenario/rate_per_s",
                              "/scenario/arrival",
                              "/scenario/think_ns",
                              "/scenario/slow_writers",
                              "/scenario/slow_readers",
                              "/datagrams",
                              "/churn",
                              "/rates/offered_per_s",
                              "/rates/sent_per_s",
                              "/rates/received_per_s",
                              "/rates/received_bytes_per_s",
                              "/latency/response",
                              "/latency/service",
                              "/steadiness",
                              "/fairness",
                              "/generator/slip",
                              "/generator/cpu_ns",
                              "/generator/busiest_thread_share",
                              "/generator/ceiling_per_s",
                              "/cost/cpu_ns_per_message",
                              "/cost/wineserver_cpu_ns",
                              "/cost/cycles",
                              "/cost/resident_bytes_per_connection",
                              "/cost/nonpaged_pool_bytes",
                              "/calls/completions_per_wakeup_mean",
                              "/cost/voluntary_switches",
                              "/cost/involuntary_switches",
                              "/cost/resident_bytes",
                              "/cost/peak_resident_bytes"}) {
    EXPECT_TRUE(document.at(json::json_pointer(pointer)).is_null()) << pointer;
  }
  EXPECT_EQ(to_json(run_record_from_json(document)), document);
}

TEST(RunRecordJson, NamesEveryKeyThatIsMissing) {
  const json good = to_json(sample_record());
  int checked = 0;
  visit(good, "", [&](const std::string& pointer, const json&) {
    const std::size_t slash = pointer.rfind('/');
    json damaged = good;
    json& parent = damaged.at(json::json_pointer(pointer.substr(0, slash)));
    if (!parent.is_object()) return;
    parent.erase(pointer.substr(slash + 1));
    EXPECT_EQ(error_of(damaged), key_of(pointer) + ": missing");
    ++checked;
  });
  EXPECT_EQ(checked, 206);
}

TEST(RunRecordJson, NamesEveryKeyOfAWrongKind) {
  const json good = to_json(sample_record());
  visit(good, "", [&](const std::string& pointer, const json& value) {
    json damaged = good;
    damaged[json::json_pointer(pointer)] = value.is_object() ? json("text") : json::object();
    const std::string expected = key_of(pointer) + ": expected ";
    EXPECT_EQ(error_of(damaged).substr(0, expected.size()), expected) << value;
  });
}

TEST(RunRecordJson, RefusesWhatTheSchemaRefuses) {
  struct Case {
    const char* pointer;
    json value;
    const char* error;
  };
  const Case cases[] = {
      {"/schema/name", "recvbench.results", "schema.name: \"recvbench.results\" is none of recvbench.run"},
      {"/schema/major", 2, "schema.major: version 2 cannot be read, only 1"},
      {"/schema/major", 0, "schema.major: version 0 cannot be read, only 1"},
      {"/index", -1, "index: -1 is outside 0 .. 4294967295"},
      {"/index", 4'294'967'296, "index: 4294967296 is outside 0 .. 4294967295"},
      {"/index", 1.5, "index: expected an integer, found number"},
      {"/counts/sent", -3, "counts.sent: -3 is outside 0 .. 18446744073709551615"},
      {"/latency/response/count", 18'446'744'073'709'551'615u,
       "latency.response.count: 18446744073709551615 is outside -9223372036854775808 .. 9223372036854775807"},
      {"/counts/sent", nullptr, "counts.sent: expected an integer, found null"},
      {"/valid", 1, "valid: expected a boolean, found number"},
      {"/rates/sent_per_s", "fast", "rates.sent_per_s: expected a finite number, found string"},
      {"/rates/sent_per_s", std::numeric_limits<double>::quiet_NaN(),
       "rates.sent_per_s: expected a finite number, found number"},
      {"/scenario/protocol", "sctp", "scenario.protocol: \"sctp\" is none of tcp, udp"},
      {"/scenario/ip", "v5", "scenario.ip: \"v5\" is none of v4, v6, dual"},
      {"/scenario/workload", "", "scenario.workload: \"\" is none of sink, echo"},
      {"/scenario/mode", "Max", "scenario.mode: \"Max\" is none of open, max, closed"},
      {"/latency/kind", "half", "latency.kind: \"half\" is none of one-way, round-trip, none"},
      {"/engine/settings/cpus", json::array({0, -1}), nullptr},
      {"/engine/settings/cpus", json::array({0, "1"}),
       "engine.settings.cpus[1]: expected an integer, found string"},
      {"/latency/response/p99_ci_ns", json::array({1}),
       "latency.response.p99_ci_ns: expected 2 values, found 1"},
      {"/cost/excludes", "wineserver", "cost.excludes: expected an array, found string"},
      {"/reasons", json::array(),
       "reasons: must be empty where the run is valid, and say why where it is not"},
      {"/valid", true, "reasons: must be empty where the run is valid, and say why where it is not"},
  };
  for (const Case& c : cases) {
    json damaged = to_json(sample_record());
    damaged.at(json::json_pointer(c.pointer)) = c.value;
    EXPECT_EQ(error_of(damaged), c.error ? c.error : "no error") << c.pointer;
  }
  for (const json& document : {json(nullptr), json(1), json("text"), json::array()}) {
    EXPECT_EQ(error_of(document), std::string("document: expected an object, found ") + document.type_name());
  }
}

TEST(RunRecordJson, AcceptsWhatAHigherMinorVersionAdds) {
  json document = to_json(sample_record());
  const json known = document;
  document["schema"]["minor"] = 9;
  document["news"] = "unknown";
  document["counts"]["duplicated"] = 3;
  EXPECT_EQ(to_json(run_record_from_json(document)), known);
}

}  // namespace
}  // namespace recvbench
