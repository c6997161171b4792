// A run directory on disk: runs.jsonl, run.json, latency.hlog. See the schemas in results/schema.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "results/append_file.h"
#include "results/latency_recorder.h"
#include "results/run_record.h"

namespace recvbench {

// Latency streams of one run, written to the interval log with the tags "r<index>.response", ".service",
// ".slip", ".accept"; one that is empty has no lines.
struct RunStreams {
  std::int64_t start_unix_ns = 0;  // wall-clock time of interval 0's start
  IntervalHistograms response;
  IntervalHistograms service;
  IntervalHistograms slip;
  IntervalHistograms accept;  // of connections that took others' places
};

// Writes results as they come. Every failure (disk full, no permission) throws std::system_error naming the
// file; what was complete before stays readable. Single-threaded.
class RunDirectory {
 public:
  // Creates the directory (with parents) and its three files; refuses a directory that already holds one of
  // them. So what cannot be written is found before a run and not at its end. Where it throws, it leaves no
  // file.
  RunDirectory(std::filesystem::path path, const nlohmann::json& description);

  // Appends to latency.hlog, then one line to runs.jsonl, each flushed: a crash loses at most the run in
  // flight. Throws std::invalid_argument, and writes nothing, where a number of the record is not finite.
  void append(const RunRecord& record, const RunStreams& streams);
  // Replaces run.json atomically (temporary file, then rename).
  void write_description(const nlohmann::json& description);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::int64_t log_start_unix_ns_;
  std::optional<AppendFile> runs_;
  std::optional<AppendFile> log_;
};

// Writes a file atomically: a reader sees the old content or the new one, never half of it. Throws
// std::system_error and leaves the old content. Safe against the end of this process, not against a power
// cut.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

// The records of a run directory, in file order. A last line without its line end is the run that was being
// written when the writer ended, and is left out. Throws std::runtime_error naming file and line.
std::vector<RunRecord> read_runs(const std::filesystem::path& directory);

}  // namespace recvbench
