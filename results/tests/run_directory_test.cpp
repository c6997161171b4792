// Run directories: what is written, what is refused, and what a failure leaves behind.
#include "results/run_directory.h"

#include <limits>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "results/tests/file_test.h"
#include "results/tests/sample_record.h"

namespace recvbench {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class RunDirectoryTest : public FileTest {
 protected:
  fs::path path() const { return directory_ / "runs" / "first"; }
};

RunStreams sample_streams() {
  RunStreams streams;
  streams.response[0].record(1'500'000);
  streams.response[3].record(20);
  streams.service[0].record(10);
  streams.accept[1].record(40'000);
  return streams;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_F(RunDirectoryTest, CreatesItsFilesWithParents) {
  const RunDirectory runs(path(), {{"status", "running"}});
  EXPECT_EQ(names_in(path()), (std::set<std::string>{"latency.hlog", "run.json", "runs.jsonl"}));
  EXPECT_EQ(json::parse(read(path() / "run.json")), (json{{"status", "running"}}));
  EXPECT_EQ(read(path() / "runs.jsonl"), "");
  EXPECT_TRUE(read_runs(path()).empty());
}

TEST_F(RunDirectoryTest, RefusesADirectoryWithResults) {
  for (const char* name : {"runs.jsonl", "run.json", "latency.hlog"}) {
    const fs::path used = directory_ / name / "dir";
    fs::create_directories(used);
    write(used / name, "precious");
    const std::string error = message_of<std::system_error>([&] { RunDirectory(used, json::object()); });
    EXPECT_NE(error.find(std::string("dir already holds results (") + name + ")"), error.npos) << error;
    EXPECT_EQ(read(used / name), "precious");
    EXPECT_EQ(names_in(used).size(), 1u);
  }
}

TEST_F(RunDirectoryTest, AcceptsAnEmptyOrForeignDirectory) {
  fs::create_directories(path());
  write(path() / "notes.txt", "mine");
  const RunDirectory runs(path(), json::object());
  EXPECT_EQ(read(path() / "notes.txt"), "mine");
}

TEST_F(RunDirectoryTest, NamesADirectoryThatCannotBeMade) {
  write(directory_ / "file", "");
  const std::string error =
      message_of<std::system_error>([&] { RunDirectory(directory_ / "file" / "runs", json::object()); });
  EXPECT_NE(error.find("file"), error.npos) << error;
}

TEST_F(RunDirectoryTest, LeavesNoFileWhereItCannotBeWritten) {
  // A directory in the way of the temporary file makes the last of the three files fail.
  fs::create_directories(path() / "run.json.tmp" / "in the way");
  const std::string error = message_of<std::system_error>([&] { RunDirectory(path(), json::object()); });
  EXPECT_NE(error.find("run.json.tmp"), error.npos) << error;
  EXPECT_EQ(names_in(path()), (std::set<std::string>{"run.json.tmp"}));
}

TEST_F(RunDirectoryTest, RecordsComeBackAsTheyWereAppended) {
  RunDirectory runs(path(), json::object());
  RunRecord record = sample_record();
  for (const std::uint32_t index : {0u, 1u, 5u}) {
    record.index = index;
    runs.append(record, sample_streams());
    EXPECT_EQ(lines_of(read(path() / "runs.jsonl")).size(), read_runs(path()).size());
  }
  const std::vector<RunRecord> records = read_runs(path());
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[2].index, 5u);
  EXPECT_EQ(to_json(records[2]), to_json(record));
  EXPECT_EQ(read(path() / "runs.jsonl").find('\r'), std::string::npos);
}

TEST_F(RunDirectoryTest, LogHasTheIntervalsOfEveryStream) {
  RunDirectory runs(path(), json::object());
  // The log starts at the time its header says, in ms.
  const std::vector<std::string> header = lines_of(read(path() / "latency.hlog"));
  ASSERT_EQ(header.size(), 4u);
  EXPECT_EQ(header[1], "#[Histogram log format version 1.3]");
  EXPECT_EQ(header[3],
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"");
  const std::string start_label = "#[StartTime: ";
  ASSERT_EQ(header[2].substr(0, start_label.size()), start_label);
  const std::string seconds =
      header[2].substr(start_label.size(), header[2].find(' ', start_label.size()) - start_label.size());
  const std::size_t point = seconds.find('.');
  ASSERT_EQ(seconds.size() - point, 4u) << seconds;
  const std::int64_t start_ms = std::stoll(seconds.substr(0, point) + seconds.substr(point + 1));

  RunStreams streams = sample_streams();
  streams.start_unix_ns = (start_ms + 2'250) * 1'000'000;
  RunRecord record = sample_record();
  record.index = 12;
  runs.append(record, streams);

  const std::vector<std::string> lines = lines_of(read(path() / "latency.hlog"));
  const std::pair<std::string, Histogram> expected[] = {
      {"Tag=r12.response,2.250,1.000,1.500159,", streams.response[0]},
      {"Tag=r12.response,5.250,1.000,0.000020,", streams.response[3]},
      {"Tag=r12.service,2.250,1.000,0.000010,", streams.service[0]},
      {"Tag=r12.accept,3.250,1.000,0.040031,", streams.accept[1]},
  };
  ASSERT_EQ(lines.size(), header.size() + std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const std::string& line = lines[header.size() + i];
    const std::size_t comma = line.rfind(',') + 1;
    EXPECT_EQ(line.substr(0, comma), expected[i].first);
    EXPECT_EQ(Histogram::decode(line.substr(comma)).encode(), expected[i].second.encode());
  }
}

TEST_F(RunDirectoryTest, WritesNothingOfARecordWithANumberThatIsNotFinite) {
  RunDirectory runs(path(), json::object());
  const std::string log = read(path() / "latency.hlog");
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    RunRecord record = sample_record();
    record.response->mean_ns = bad;
    EXPECT_EQ(message_of<std::invalid_argument>([&] { runs.append(record, sample_streams()); }),
              "latency.response.mean_ns: not a finite number");
  }
  EXPECT_THROW(runs.write_description({{"list", {1, -std::numeric_limits<double>::infinity()}}}),
               std::invalid_argument);
  EXPECT_EQ(read(path() / "runs.jsonl"), "");
  EXPECT_EQ(read(path() / "latency.hlog"), log);
  EXPECT_EQ(read(path() / "run.json"), "{}\n");
}

TEST_F(RunDirectoryTest, KeepsARecordWhoseTextIsNotUtf8) {
  RunDirectory runs(path(), json::object());
  RunRecord record = sample_record();
  record.reasons[0].detail = "Zugriff verweigert f\xfcr";
  runs.append(record, {});
  EXPECT_EQ(read_runs(path()).at(0).reasons[0].detail, "Zugriff verweigert f\xef\xbf\xbdr");
}

TEST_F(RunDirectoryTest, DescriptionIsReplacedWhole) {
  RunDirectory runs(path(), {{"status", "running"}, {"long", std::string(10'000, 'x')}});
  runs.write_description({{"status", "complete"}});
  EXPECT_EQ(json::parse(read(path() / "run.json")), (json{{"status", "complete"}}));
  EXPECT_EQ(names_in(path()).count("run.json.tmp"), 0u);
}

TEST_F(RunDirectoryTest, AtomicWriteLeavesTheOldContentWhereItFails) {
  write(directory_ / "kept", "old");
  fs::create_directories(directory_ / "kept.tmp" / "in the way");
  EXPECT_THROW(write_file_atomically(directory_ / "kept", "new"), std::system_error);
  EXPECT_EQ(read(directory_ / "kept"), "old");

  // The rename fails, not the write: the temporary file goes again.
  fs::create_directories(directory_ / "target" / "not empty");
  const std::string error =
      message_of<std::system_error>([&] { write_file_atomically(directory_ / "target", "new"); });
  EXPECT_NE(error.find("rename"), error.npos) << error;
  EXPECT_NE(error.find("target"), error.npos) << error;
  EXPECT_TRUE(fs::is_directory(directory_ / "target" / "not empty"));
  EXPECT_FALSE(fs::exists(directory_ / "target.tmp"));
}

TEST_F(RunDirectoryTest, AtomicWriteOnAFullDiskLeavesTheOldContent) {
  if (!fs::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full on this system";
  write(directory_ / "kept", "old");
  std::error_code error;
  fs::create_symlink("/dev/full", directory_ / "kept.tmp", error);
  if (error) GTEST_SKIP() << "symbolic links cannot be made here: " << error.message();
  try {
    write_file_atomically(directory_ / "kept", "new");
    FAIL() << "no error";
  } catch (const std::system_error& full) {
    EXPECT_EQ(full.code(), std::errc::no_space_on_device);
    EXPECT_NE(std::string(full.what()).find("kept.tmp"), std::string::npos) << full.what();
  }
  EXPECT_EQ(read(directory_ / "kept"), "old");
  EXPECT_FALSE(fs::exists(fs::symlink_status(directory_ / "kept.tmp")));
}

TEST_F(RunDirectoryTest, ReadingNamesFileAndLine) {
  const std::string good = to_json(sample_record()).dump() + '\n';
  json newer = to_json(sample_record());
  newer["schema"]["major"] = 2;
  struct Case {
    std::string text;
    std::string error;
  };
  for (const auto& [text, expected] :
       {Case{good + "{\n", "runs.jsonl:2: "}, Case{good + good + "{}\n", "runs.jsonl:3: schema: missing"},
        Case{"\n", "runs.jsonl:1: "},
        Case{newer.dump() + '\n', "runs.jsonl:1: schema.major: version 2 cannot be read, only 1"}}) {
    write(directory_ / "runs.jsonl", text);
    const std::string error = message_of<std::runtime_error>([&] { read_runs(directory_); });
    EXPECT_NE(error.find(expected), error.npos) << error;
  }
  fs::remove(directory_ / "runs.jsonl");
  const std::string error = message_of<std::system_error>([&] { read_runs(directory_); });
  EXPECT_NE(error.find("runs.jsonl"), error.npos) << error;
}

TEST_F(RunDirectoryTest, ReadingLeavesOutTheLineOfAnInterruptedWrite) {
  const std::string good = to_json(sample_record()).dump() + '\n';
  write(directory_ / "runs.jsonl", good + good + good.substr(0, good.size() / 2));
  EXPECT_EQ(read_runs(directory_).size(), 2u);
}

}  // namespace
}  // namespace recvbench
