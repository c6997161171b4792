// recvbench_overhead: what the harness costs an engine. Each pair is one run of the engine under the harness
// and one of a bare loop of the same receive model, back to back, with a fresh generator each and in
// alternating order; the ratio of the two is the sample. Shown are the median ratio and its sign-test
// interval.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engines/catalog.h"
#include "harness/benchmarks/bare_run.h"
#include "harness/benchmarks/overhead_options.h"
#include "harness/cli/exit_codes.h"
#include "harness/plan/plan.h"
#include "harness/summary/sign_test.h"
#include "harness/plan/units.h"
#include "platform/system_info.h"
#include "results/environment.h"

namespace recvbench {

namespace {

struct Pair {
  RunFigures engine;
  RunFigures bare;
  bool valid() const { return engine.invalid.empty() && bare.invalid.empty(); }
};

struct Comparison {
  std::string engine;
  std::vector<Pair> pairs;
};

Pair run_pair(const BareModel& model, const EngineDescriptor& engine, const OverheadOptions& options,
              bool engine_first) {
  Pair pair;
  if (engine_first) pair.engine = run_engine(engine, options.scenario, options.run);
  pair.bare = run_bare(model, options.scenario, options.run);
  if (!engine_first) pair.engine = run_engine(engine, options.scenario, options.run);
  return pair;
}

// The medians of both sides and of their ratio, over the valid pairs.
struct Summary {
  std::vector<double> engine, bare, ratio;
};

template <class Figure>
Summary summarize(const Comparison& comparison, Figure figure) {
  Summary summary;
  for (const Pair& pair : comparison.pairs) {
    const std::optional<double> engine = figure(pair.engine);
    const std::optional<double> bare = figure(pair.bare);
    if (!pair.valid() || !engine || !bare) continue;
    summary.engine.push_back(*engine);
    summary.bare.push_back(*bare);
    summary.ratio.push_back(*engine / *bare);
  }
  return summary;
}

Summary rates(const Comparison& comparison) {
  return summarize(comparison, [](const RunFigures& f) { return std::optional(f.messages_per_s); });
}
Summary cpu_costs(const Comparison& comparison) {
  return summarize(comparison, [](const RunFigures& f) { return f.cpu_ns_per_message; });
}

std::string ratio_text(const Summary& summary) {
  if (summary.ratio.empty()) return "n/a";
  const MedianInterval interval = median_interval(summary.ratio);
  char text[64];
  if (interval.bounds)
    std::snprintf(text, sizeof text, "%.3f [%.3f, %.3f]", interval.median, interval.bounds->low,
                  interval.bounds->high);
  else
    std::snprintf(text, sizeof text, "%.3f [n/a]", interval.median);
  return text;
}

std::string medians_text(const Summary& summary, std::string (*readable)(double)) {
  if (summary.ratio.empty()) return "n/a";
  return readable(median_interval(summary.engine).median) + " / " +
         readable(median_interval(summary.bare).median);
}

void print_table(const std::vector<Comparison>& comparisons, const OverheadOptions& options) {
  std::printf("Engine under the harness / bare loop of the same model: %s, %u pairs a model%s\n",
              options.scenario.name().c_str(), options.pairs,
              running_under_wine() ? ", under Wine (CPU without the wineserver's share)" : "");
  std::printf("%-10s %6s  %-23s %-19s  %-23s %-19s\n", "engine", "valid", "messages/s", "engine / bare",
              "CPU a message", "engine / bare");
  for (const Comparison& comparison : comparisons) {
    const Summary rate = rates(comparison);
    const Summary cpu = cpu_costs(comparison);
    std::printf("%-10s %3zu/%-2zu  %-23s %-19s  %-23s %-19s\n", comparison.engine.c_str(), rate.ratio.size(),
                comparison.pairs.size(), ratio_text(rate).c_str(), medians_text(rate, readable_count).c_str(),
                ratio_text(cpu).c_str(), medians_text(cpu, readable_ns).c_str());
  }
  std::puts(
      "Median ratio of the pairs [sign-test interval, at least 95 %].\n"
      "Where the generator is slower than the receiver, messages/s is the generator's and its\n"
      "ratio is near 1 whatever the harness costs; CPU a message says the rest. CPU n/a: too\n"
      "little for the clock's step, give a longer --duration.");
}

nlohmann::json as_json(const Summary& summary) {
  if (summary.ratio.empty()) return nullptr;
  const MedianInterval interval = median_interval(summary.ratio);
  nlohmann::json json{{"pairs", summary.ratio.size()},
                      {"ratio", interval.median},
                      {"low", nullptr},
                      {"high", nullptr},
                      {"coverage", nullptr},
                      {"engine_median", median_interval(summary.engine).median},
                      {"bare_median", median_interval(summary.bare).median}};
  if (interval.bounds) {
    json["low"] = interval.bounds->low;
    json["high"] = interval.bounds->high;
    json["coverage"] = interval.bounds->coverage;
  }
  return json;
}

nlohmann::json as_json(const RunFigures& figures) {
  return {{"messages_per_s", figures.messages_per_s},
          {"cpu_ns_per_message",
           figures.cpu_ns_per_message ? nlohmann::json(*figures.cpu_ns_per_message) : nlohmann::json()},
          {"invalid", figures.invalid}};
}

void print_json(const std::vector<Comparison>& comparisons, const OverheadOptions& options) {
  nlohmann::json models = nlohmann::json::array();
  for (const Comparison& comparison : comparisons) {
    nlohmann::json pairs = nlohmann::json::array();
    for (const Pair& pair : comparison.pairs)
      pairs.push_back({{"engine", as_json(pair.engine)}, {"bare", as_json(pair.bare)}});
    models.push_back({{"engine", comparison.engine},
                      {"messages_per_s", as_json(rates(comparison))},
                      {"cpu_ns_per_message", as_json(cpu_costs(comparison))},
                      {"pairs", pairs}});
  }
  const BuildInfo build = build_info();
  const nlohmann::json json{
      {"scenario", options.scenario.name()},
      {"options", to_json(options.run)},
      {"platform", platform_name()},
      {"wine", running_under_wine()},
      {"build", build.target + ", " + build.compiler + ", " + build.build_type + ", " + build.git_revision},
      {"models", models}};
  std::puts(json.dump(2).c_str());
}

std::vector<Comparison> compare(const OverheadOptions& options) {
  std::vector<Comparison> comparisons;
  for (const BareModel& model : bare_models()) {
    const auto wanted = [&](const std::string& name) { return name == model.engine; };
    if (!options.engines.empty() && std::none_of(options.engines.begin(), options.engines.end(), wanted))
      continue;
    const EngineDescriptor& engine = *find_engine(model.engine);
    Comparison comparison{model.engine, {}};
    for (std::uint32_t i = 0; i < options.pairs; ++i) {
      comparison.pairs.push_back(run_pair(model, engine, options, i % 2 == 0));
      const Pair& pair = comparison.pairs.back();
      if (pair.valid())
        std::fprintf(stderr, "[%u/%u] %s messages/s %.3f\n", i + 1, options.pairs, model.engine,
                     pair.engine.messages_per_s / pair.bare.messages_per_s);
      else
        std::fprintf(stderr, "[%u/%u] %s not valid: engine: %s; bare: %s\n", i + 1, options.pairs,
                     model.engine, pair.engine.invalid.empty() ? "ok" : pair.engine.invalid.c_str(),
                     pair.bare.invalid.empty() ? "ok" : pair.bare.invalid.c_str());
    }
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

int run_main(int argc, char** argv) {
  const std::optional<OverheadOptions> parsed = parse_overhead_options(argc, argv);
  if (!parsed) return exit_code::ok;
  const OverheadOptions& options = *parsed;
  const NetworkSession network;
  raise_open_file_limit();
  const std::vector<Comparison> comparisons = compare(options);
  options.json ? print_json(comparisons, options) : print_table(comparisons, options);
  for (const Comparison& comparison : comparisons)
    for (const Pair& pair : comparison.pairs)
      if (!pair.valid()) return exit_code::invalid;
  return exit_code::ok;
}

}  // namespace

}  // namespace recvbench

int main(int argc, char** argv) {
  using namespace recvbench;
  try {
    return run_main(argc, argv);
  } catch (const UsageError& error) {
    std::fprintf(stderr, "recvbench_overhead: %s\n", error.what());
    return exit_code::usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "recvbench_overhead: %s\n", error.what());
    return exit_code::invalid;
  }
}
