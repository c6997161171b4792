#include "harness/cli/search_arguments.h"

#include <CLI/CLI.hpp>

#include "harness/cli/run_arguments.h"
#include "harness/plan/option_values.h"
#include "harness/plan/units.h"
#include "harness/plan/usage_error.h"

namespace recvbench {

void add_search_options(CLI::App& search, SearchText& text) {
  // Of the profiles only the warm-up counts, and a search is no place to save on it.
  text.run.profile = "standard";
  add_run_options(search, text.run);
  for (const char* name : {"--profile", "--scenario", "--exclude", "--rate", "--duration", "--repeat",
                           "--messages-per-send", "--in-flight"})
    search.remove_option(search.get_option(name));

  const auto option = [&](const char* name, std::string& value, const char* help) {
    search.add_option(name, value, help)->group("Search");
  };
  option("--slo", text.slo, "What response time must stay within, such as p99<1ms (p50, p90, p99 or p999)");
  option("--from", text.from, "First rate to try (default 1k)");
  option("--to", text.to, "Highest rate to try (default 10m)");
  option("--probe", text.probe,
         "Measured window of a probe, instead of 10s and 100 messages beyond the percentile; the result says "
         "so");
}

// A search offers rates of its own.
void check_rate_is_free(const RunOptions& options) {
  if (options.closed) throw UsageError("--mode closed: not with search, which looks for a rate");
  for (const ArrivalChoice& arrival : options.arrivals) {
    if (arrival.says_rate())
      throw UsageError("--arrival " + arrival.text +
                       ": not with search, which looks for a rate; this says its own");
  }
}

SearchCommand search_command_from(const SearchText& text, std::vector<std::string> command_line) {
  SearchCommand command;
  command.run = run_command_from(text.run, std::move(command_line));
  check_rate_is_free(command.run.options);
  if (text.slo.empty()) throw UsageError("--slo: needed, such as p99<1ms");
  command.search.slo = slo_from("--slo", text.slo);
  SearchRange& range = command.search.range;
  if (!text.from.empty()) range.from_per_s = rate_from("--from", text.from);
  if (!text.to.empty()) range.to_per_s = rate_from("--to", text.to);
  if (range.to_per_s < range.from_per_s)
    refuse("--to", compact_count(range.to_per_s), "at least --from " + compact_count(range.from_per_s));
  if (!text.probe.empty())
    command.search.length.shortened_ns = duration_from("--probe", text.probe, 1'000'000);
  return command;
}

}  // namespace recvbench
