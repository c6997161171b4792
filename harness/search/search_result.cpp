#include "harness/search/search_result.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "harness/summary/sign_test.h"
#include "harness/summary/text_layout.h"
#include "harness/plan/units.h"
#include "results/json_text.h"
#include "results/run_record.h"

namespace recvbench {

namespace {

using nlohmann::json;

json number_or_null(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

json probe_json(const ProbeResult& result) {
  return {{"run", result.run},
          {"purpose", to_string(result.probe.purpose)},
          {"rate_per_s", result.probe.rate_per_s},
          {"outcome", to_string(result.outcome.kind)},
          {"detail", result.outcome.why},
          {"latency_ns", number_or_null(result.latency_ns)}};
}

json cell_json(const SearchedCell& cell) {
  json probes = json::array();
  for (const ProbeResult& probe : cell.probes) probes.push_back(probe_json(probe));
  return {{"engine", cell.engine},
          {"scenario", cell.scenario},
          {"emulated", cell.emulated},
          {"verdict", to_string(cell.verdict)},
          {"rate_per_s", number_or_null(cell.rate_per_s)},
          {"failed_per_s", number_or_null(cell.failed_per_s)},
          {"latency_ns", number_or_null(cell.latency_ns())},
          {"detail", cell.why},
          {"generator_ceiling_per_s", number_or_null(cell.generator_ceiling_per_s)},
          {"probes", probes}};
}

std::string time_text(std::uint64_t ns) {
  return readable_ns(static_cast<double>(ns));
}

std::string length_text(const SearchResult& result) {
  const ProbeLength& length = result.options.length;
  const Probe fast{result.options.range.to_per_s, ProbePurpose::ascend, false};
  return std::string("probes of ") + (length.shortened_ns ? "only " : "at least ") +
         time_text(length.window_ns(fast, result.options.slo)) + " after " + time_text(result.warmup_ns) +
         " of warm-up";
}

// Why there is no more to be said than the row says; empty for a number without a but.
std::string remark_of(const SearchedCell& cell) {
  const std::string why = cell.why.empty() ? "" : ", " + cell.why;
  switch (cell.verdict) {
    case SearchVerdict::undecided:
      return "not decided before the search was ended";
    case SearchVerdict::found:
      return "limited" + why;
    case SearchVerdict::generator_limit:
      return (cell.rate_per_s ? cell.rate_text() + " (generator limit)" : "generator limit") +
             std::string(", not the engine's") + why;
    case SearchVerdict::ceiling:
      return "all up to --to passed";
    case SearchVerdict::missed_at_start:
      return "not even --from passed" + why;
    case SearchVerdict::not_confirmed:
      return "what passed once did not pass again" + why;
    case SearchVerdict::non_monotone:
      return "NONMONOTONE: passed at more and failed" + why;
    case SearchVerdict::broken:
      break;
  }
  return "failed" + why;
}

std::string notes(const SearchResult& result) {
  std::string text;
  if (!result.label.empty())
    text += wrapped(result.label +
                    ": these figures show that the models work; they cannot rank them on Windows.");
  text += wrapped("msg/s: the highest rate of which three runs stayed within " + result.options.slo.text +
                  "; " + result.options.slo.percentile +
                  ": of response time there, the middle of the three. Rates are found to 5 %.");
  if (result.options.length.shortened_ns)
    text += wrapped("Probes were shortened by --probe: fewer than 100 messages may lie beyond " +
                    result.options.slo.percentile + ", and slow drifts are not seen.");
  if (std::any_of(result.cells.begin(), result.cells.end(),
                  [](const SearchedCell& cell) { return cell.emulated; }))
    text += wrapped("~ runs on an emulation of its API: shown, never ranked.");
  for (const SearchedCell& cell : result.cells) text += wrapped(cell.engine + ": " + remark_of(cell));
  return text;
}

std::string name_of(const SearchedCell& cell) {
  return cell.engine + (cell.emulated ? " ~" : "");
}

struct Texts {
  std::string name, rate, latency, failed, probes, verdict;
};

Texts texts_of(const SearchedCell& cell) {
  return {name_of(cell),
          cell.rate_text(),
          cell.latency_ns() ? readable_ns(*cell.latency_ns()) : "n/a",
          cell.failed_per_s ? readable_count(*cell.failed_per_s) : "n/a",
          std::to_string(cell.probes.size()),
          to_string(cell.verdict)};
}

// Cells of one scenario stand together.
std::vector<std::string> scenarios_of(const SearchResult& result) {
  std::vector<std::string> names;
  for (const SearchedCell& cell : result.cells)
    if (std::find(names.begin(), names.end(), cell.scenario) == names.end()) names.push_back(cell.scenario);
  return names;
}

std::string as_table(const SearchResult& result) {
  constexpr std::size_t name_width = 27;
  const auto line = [](const Texts& texts) {
    std::string name = pad_right(texts.name, name_width);
    // A name that needs the room of figures has a line of its own.
    if (name.size() > name_width) name += "\n" + std::string(name_width, ' ');
    return name + pad_left(texts.rate, 9) + pad_left(texts.latency, 9) + pad_left(texts.failed, 10) +
           pad_left(texts.probes, 8) + "  " + texts.verdict + "\n";
  };
  std::string text;
  for (const std::string& scenario : scenarios_of(result)) {
    text += scenario + ", " + result.options.slo.text + ": " + length_text(result) + "\n";
    text += line({"engine", "msg/s", result.options.slo.percentile, "fails at", "probes", "verdict"});
    for (const SearchedCell& cell : result.cells)
      if (cell.scenario == scenario) text += line(texts_of(cell));
    text += "\n";
  }
  return text + notes(result);
}

std::string as_markdown(const SearchResult& result) {
  std::string text;
  for (const std::string& scenario : scenarios_of(result)) {
    text += "### " + scenario + ", " + result.options.slo.text + ": " + length_text(result) +
            "\n\n| engine | msg/s | " + result.options.slo.percentile +
            " | fails at | probes | verdict |\n| --- | ---: | ---: | ---: | ---: | --- |\n";
    for (const SearchedCell& cell : result.cells) {
      if (cell.scenario != scenario) continue;
      const Texts texts = texts_of(cell);
      text += "| " + texts.name + " | " + texts.rate + " | " + texts.latency + " | " + texts.failed + " | " +
              texts.probes + " | " + texts.verdict + " |\n";
    }
    text += "\n";
  }
  return text + notes(result);
}

std::string as_csv(const SearchResult& result) {
  std::string text =
      "engine,emulated,scenario,slo,verdict,rate_per_s,failed_per_s,latency_ns,probes,detail\n";
  const auto number = [](const std::optional<double>& value) {
    std::array<char, 32> digits{};
    if (value) std::snprintf(digits.data(), digits.size(), "%.10g", *value);
    return std::string(digits.data());
  };
  for (const SearchedCell& cell : result.cells)
    text += csv_field(cell.engine) + "," + (cell.emulated ? "true" : "false") + "," +
            csv_field(cell.scenario) + "," + csv_field(result.options.slo.text) + "," +
            to_string(cell.verdict) + "," + number(cell.rate_per_s) + "," + number(cell.failed_per_s) + "," +
            number(cell.latency_ns()) + "," + std::to_string(cell.probes.size()) + "," + csv_field(cell.why) +
            "\n";
  return text;
}

}  // namespace

std::optional<double> SearchedCell::latency_ns() const {
  std::vector<double> confirmed;
  for (const ProbeResult& one : probes)
    if (one.probe.purpose == ProbePurpose::confirm && one.probe.rate_per_s == rate_per_s &&
        one.outcome.kind == ProbeOutcome::Kind::met && one.latency_ns)
      confirmed.push_back(*one.latency_ns);
  return confirmed.empty() ? std::nullopt : std::optional(median_interval(confirmed).median);
}

std::string SearchedCell::rate_text() const {
  if (!rate_per_s) return "none";
  return (verdict == SearchVerdict::found ? "" : ">= ") + readable_count(*rate_per_s);
}

json to_json(const SearchResult& result) {
  const SearchOptions& options = result.options;
  json cells = json::array();
  for (const SearchedCell& cell : result.cells) cells.push_back(cell_json(cell));
  return {{"schema",
           {{"name", "recvbench.search"},
            {"major", RunRecord::schema_major},
            {"minor", RunRecord::schema_minor}}},
          {"environment", result.label},
          {"slo",
           {{"text", options.slo.text},
            {"percentile", options.slo.percentile},
            {"limit_ns", options.slo.limit_ns}}},
          {"from_per_s", options.range.from_per_s},
          {"to_per_s", options.range.to_per_s},
          {"precision", RateSearch::precision},
          {"warmup_ns", result.warmup_ns},
          {"shortened_probe_ns",
           options.length.shortened_ns ? json(*options.length.shortened_ns) : json(nullptr)},
          {"seed", result.seed},
          {"status", result.status},
          {"error", result.error.empty() ? json(nullptr) : json(result.error)},
          {"cells", cells}};
}

std::string render(const SearchResult& result, TableFormat format) {
  switch (format) {
    case TableFormat::markdown:
      return as_markdown(result);
    case TableFormat::csv:
      return as_csv(result);
    case TableFormat::json:
      return json_text(to_json(result), 2) + "\n";
    case TableFormat::table:
      break;
  }
  return as_table(result);
}

}  // namespace recvbench
