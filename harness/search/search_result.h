// What a search found: search.json and the table that ends it. Pure: plain values in, text out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/search/probe.h"
#include "harness/search/rate_search.h"
#include "harness/summary/summary_table.h"

namespace recvbench {

struct SearchOptions {
  Slo slo;
  SearchRange range;
  ProbeLength length;
};

struct ProbeResult {
  std::uint32_t run = 0;  // index in runs.jsonl
  Probe probe;
  ProbeOutcome outcome;
  std::optional<double> latency_ns;  // the SLO's percentile; empty where the run was not valid
};

// One engine under one scenario at any rate.
struct SearchedCell {
  std::string engine;    // its label
  std::string scenario;  // "tcp-sink-64B-c8-*"
  bool emulated = false;
  SearchVerdict verdict = SearchVerdict::undecided;
  std::optional<double> rate_per_s;    // highest that was confirmed
  std::optional<double> failed_per_s;  // lowest that was not
  std::string why;
  std::optional<double> generator_ceiling_per_s;  // as doctor --calibrate measured it; empty where it did not
  std::vector<ProbeResult> probes;

  // The middle one of the confirmations of rate_per_s; empty where there is none.
  std::optional<double> latency_ns() const;
  // "405k", ">= 820k", "none".
  std::string rate_text() const;
};

struct SearchResult {
  SearchOptions options;
  std::uint64_t warmup_ns = 0;
  std::uint64_t seed = 0;
  std::string label;  // the environment's: "Wine 8.0, not Windows"; may be empty
  std::string status = "running";
  std::string error;  // why it failed
  std::vector<SearchedCell> cells;
};

// results/schema/search.schema.json.
nlohmann::json to_json(const SearchResult& result);
// The table fits 80 columns.
std::string render(const SearchResult& result, TableFormat format);

}  // namespace recvbench
