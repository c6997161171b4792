#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>

#include "harness/cli/commands.h"
#include "harness/cli/exit_codes.h"
#include "harness/cli/generator_check.h"
#include "harness/plugins.h"
#include "harness/progress.h"
#include "harness/session.h"
#include "harness/units.h"
#include "platform/clock.h"
#include "platform/datagram.h"
#include "platform/interrupt.h"
#include "platform/process.h"
#include "platform/system_info.h"
#include "results/append_file.h"
#include "results/environment.h"

namespace recvbench {

namespace {

std::filesystem::path default_directory() {
  const std::time_t seconds = static_cast<std::time_t>(unix_time_ns() / 1'000'000'000);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", std::gmtime(&seconds));
  return std::filesystem::path("runs") / text.data();
}

// One rewritten line on a terminal, else one plain line a run: logs of CI jobs keep no carriage returns.
ProgressStyle effective(ProgressStyle style) {
  if (style != ProgressStyle::automatic) return style;
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  return stderr_is_terminal() && std::getenv("CI") == nullptr && !dumb ? ProgressStyle::bar
                                                                       : ProgressStyle::plain;
}

// Shows how far the benchmark is, and leaves the cursor at the begin of a line.
class ProgressDisplay {
 public:
  explicit ProgressDisplay(ProgressStyle style) : style_(style) {}
  ~ProgressDisplay() { end_line(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void show(const std::string& line) {
    if (style_ == ProgressStyle::none) return;
    if (style_ == ProgressStyle::plain) {
      std::fprintf(stderr, "%s\n", line.c_str());
    } else {
      std::fprintf(stderr, "\r\x1b[K%.79s", line.c_str());
      open_ = true;
    }
    std::fflush(stderr);
  }
  void end_line() {
    if (open_) std::fputs("\n", stderr);
    open_ = false;
  }

 private:
  ProgressStyle style_;
  bool open_ = false;
};

// "wine: Wine 8.0, not Windows: the models work, ..."; its fix is doctor's to tell.
std::string warning_line(const nlohmann::json& warning) {
  const auto text = [&](const char* key) { return warning[key].get<std::string>(); };
  return text("code") + ": " + text("measured") + ": " + text("text");
}

void print_plan(const Plan& plan, const RunOptions& options) {
  std::printf("%s\n", announcement(plan, options).c_str());
  for (const PlannedRun& run : plan.runs)
    std::printf("%4u  round %u  %s\n", run.index, run.round, run.cell().c_str());
}

bool needs_generator(const Plan& plan) {
  return std::any_of(plan.runs.begin(), plan.runs.end(),
                     [](const PlannedRun& run) { return !run.engine().synthetic; });
}

// Finds what this machine's network cannot do before the first run. Throws UsageError.
void check_network(const Plan& plan) {
  std::set<IpVersion> versions;
  std::set<std::uint32_t> groups;
  for (const PlannedRun& run : plan.runs) {
    if (run.engine().synthetic) continue;
    versions.insert(run.scenario.ip);
    groups.insert(run.scenario.udp_sockets);
  }
  for (const IpVersion version : versions)
    if (const auto obstacle = obstacle_to(version))
      throw UsageError(std::string("--ip ") + to_string(version) + ": not available here: " + *obstacle);
  for (const std::uint32_t sockets : groups) {
    try {
      bind_udp_group(Address::loopback(AddressFamily::ipv4), sockets);
    } catch (const std::system_error& error) {
      throw UsageError("--udp-sockets " + std::to_string(sockets) + ": not available here: " + error.what());
    }
  }
}

RunDirectory open_directory(const std::filesystem::path& path, const nlohmann::json& description) {
  try {
    return RunDirectory(path, description);
  } catch (const std::system_error& error) {
    throw UsageError(std::string("--out: ") + error.what());
  }
}

// Every cell of the plan has at least one valid run.
bool every_cell_measured(const Plan& plan, const std::vector<RunRecord>& records) {
  std::set<std::string> measured;
  for (const RunRecord& record : records)
    if (record.valid) measured.insert(record.cell);
  return std::all_of(plan.runs.begin(), plan.runs.end(),
                     [&](const PlannedRun& run) { return measured.contains(run.cell()); });
}

}  // namespace

int run_command(const RunCommand& command) {
  RunOptions options = command.options;
  if (options.generator.empty()) options.generator = executable_path();
  const std::vector<EngineDescriptor> engines = load_plugins(options.engines);
  const Plan plan = make_plan(options, engines, foreign_engines());
  const bool quiet = command.verbosity < 0;
  if (!quiet)
    for (const SkippedEngine& skip : plan.skipped)
      std::fprintf(stderr, "skipped %s: %s\n", skip.engine.c_str(), skip.reason.c_str());
  if (command.dry_run) {
    print_plan(plan, options);
    return exit_code::ok;
  }

  check_network(plan);
  if (needs_generator(plan)) check_generator(options.generator);
  raise_open_file_limit();
  const nlohmann::json description = session_description(plan, options, command.command);
  RunDirectory directory =
      open_directory(command.out.empty() ? default_directory() : command.out, description);
  const std::string label = description["environment"].value("label", "");
  if (!quiet) {
    std::fprintf(stderr, "%s\n", announcement(plan, options).c_str());
    for (const nlohmann::json& warning : description["environment"]["warnings"])
      std::fprintf(stderr, "%s\n", warning_line(warning).c_str());
  }

  watch_interrupts();
  ProgressDisplay progress(quiet ? ProgressStyle::none : effective(command.progress));
  SessionHooks hooks;
  hooks.execute = [&](const PlannedRun& run) { return execute_run(run, options); };
  hooks.interrupted = [] { return interrupted(); };
  hooks.now_ns = [] { return now_ns(); };
  hooks.run_finished = [&](std::size_t done, const RunRecord& record, std::uint64_t eta_ns) {
    progress.show(finished_line(done, plan.runs.size(), record, eta_ns));
    if (command.verbosity <= 0 || record.warnings.empty()) return;
    progress.end_line();
    for (const Reason& warning : record.warnings)
      std::fprintf(stderr, "  %s: %s\n", warning.code.c_str(), warning.detail.c_str());
  };
  const SessionResult result = run_session(plan, options, directory, description, hooks);
  progress.end_line();

  std::fputs(render(summarize_cells(result.records, plan.engines), label, command.format).c_str(), stdout);
  if (!quiet) std::fprintf(stderr, "results: %s\n", display_path(directory.path()).c_str());
  if (result.interrupted) {
    std::fprintf(stderr, "recvbench: interrupted after %zu of %zu runs\n", result.records.size(),
                 plan.runs.size());
    return exit_code::interrupted;
  }
  return every_cell_measured(plan, result.records) ? exit_code::ok : exit_code::invalid;
}

}  // namespace recvbench
