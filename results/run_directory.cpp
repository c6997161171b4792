#include "results/run_directory.h"

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "platform/clock.h"
#include "platform/error.h"
#include "results/interval_log.h"
#include "results/json_text.h"

namespace recvbench {

namespace fs = std::filesystem;

namespace {

constexpr const char* runs_name = "runs.jsonl";
constexpr const char* log_name = "latency.hlog";
constexpr const char* description_name = "run.json";

constexpr std::int64_t ns_per_ms = 1'000'000;

void refuse_results(const fs::path& directory) {
  for (const char* name : {runs_name, log_name, description_name}) {
    // The entry itself counts, not what a link points to.
    if (fs::exists(fs::symlink_status(directory / name))) {
      throw std::system_error(std::make_error_code(std::errc::file_exists),
                              display_path(directory) + " already holds results (" + name + ")");
    }
  }
}

void write_file(const fs::path& path, std::string_view content) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) throw_stream_error("open", path);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw_stream_error("write", path);
}

}  // namespace

RunDirectory::RunDirectory(fs::path path, const nlohmann::json& description)
    : path_(std::move(path)), log_start_unix_ns_(unix_time_ns() / ns_per_ms * ns_per_ms) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) throw_error(error, "create directory", display_path(path_));
  refuse_results(path_);
  try {
    log_.emplace(path_ / log_name);
    log_->append(interval_log_header(log_start_unix_ns_));
    runs_.emplace(path_ / runs_name);
    write_description(description);
  } catch (...) {
    // Closed first: Windows does not delete an open file.
    log_.reset();
    runs_.reset();
    std::error_code ignored;  // the first error is the one to report
    for (const char* name : {runs_name, log_name, description_name}) fs::remove(path_ / name, ignored);
    throw;
  }
}

void RunDirectory::append(const RunRecord& record, const RunStreams& streams) {
  const std::string line = json_text(to_json(record)) + '\n';
  const std::string tag = 'r' + std::to_string(record.index) + '.';
  const std::int64_t offset_ns = streams.start_unix_ns - log_start_unix_ns_;
  log_->append(interval_log_lines(tag + "response", offset_ns, streams.response) +
               interval_log_lines(tag + "service", offset_ns, streams.service) +
               interval_log_lines(tag + "slip", offset_ns, streams.slip) +
               interval_log_lines(tag + "accept", offset_ns, streams.accept));
  runs_->append(line);
}

void RunDirectory::write_description(const nlohmann::json& description) {
  write_file_atomically(path_ / description_name, json_text(description, 2) + '\n');
}

void write_file_atomically(const fs::path& path, std::string_view content) {
  // In the same directory, because a rename is atomic inside one file system only.
  fs::path temporary = path;
  temporary += ".tmp";
  std::error_code error;
  try {
    write_file(temporary, content);
    fs::rename(temporary, path, error);
    if (error) throw_error(error, "rename", display_path(temporary) + " to " + display_path(path));
  } catch (...) {
    fs::remove(temporary, error);
    throw;
  }
}

std::vector<RunRecord> read_runs(const fs::path& directory) {
  const fs::path path = directory / runs_name;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_stream_error("open", path);
  std::vector<RunRecord> records;
  std::string line;
  for (int number = 1; std::getline(file, line) && !file.eof(); ++number) {
    try {
      records.push_back(run_record_from_json(nlohmann::json::parse(line)));
    } catch (const std::exception& error) {
      throw std::runtime_error(display_path(path) + ':' + std::to_string(number) + ": " + error.what());
    }
  }
  if (file.bad()) throw_stream_error("read", path);
  return records;
}

}  // namespace recvbench
