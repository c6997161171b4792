// The table that a plug-in hands over: every entry that is missing or malformed is named, and the engine
// behind a sound one keeps the contract even where the plug-in does not.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "engines/plugin_library.h"
#include "platform/error.h"
#include "platform/socket.h"

namespace recvbench {
namespace {

// ---- a plug-in in this program, whose engine does what the test tells it

struct Scripted {
  const recvbench_host* host = nullptr;
  std::vector<recvbench_connection*> added;
  std::uint64_t own = 0;
  recvbench_settings settings{};
  bool starts = true;
  int refuses = 0;  // add fails with this system error
  int stops = 0;
  std::uint32_t kind = 99;
};
Scripted* scripted = nullptr;

void* create(const recvbench_host* host, const recvbench_settings* settings, recvbench_failure* failure) {
  if (scripted == nullptr) {
    std::strcpy(failure->text, "nobody plays the engine");
    return nullptr;
  }
  scripted->host = host;
  scripted->own = settings->own[0];
  scripted->settings = *settings;
  return scripted;
}
int start(void*, recvbench_failure* failure) {
  if (scripted->starts) return 1;
  std::strcpy(failure->text, "OpenTheGates");
  return 0;
}
int add(void*, recvbench_connection* connection, recvbench_socket, std::uint32_t kind,
        recvbench_failure* failure) {
  scripted->kind = kind;
  if (scripted->refuses != 0) {
    failure->error = scripted->refuses;
    std::strcpy(failure->text, "TakeIt");
    return 0;
  }
  scripted->added.push_back(connection);
  return 1;
}
void stop(void*) {
  ++scripted->stops;
}
void counters(void*, recvbench_counters* sum) {
  sum->receive_calls = 7;
  sum->completions_per_wakeup_max = 9;
}
void destroy(void*) {}
std::uint64_t two(const recvbench_settings*) {
  return 2;
}
const char* only_one_thread(const recvbench_settings* settings) {
  return settings->threads > 1 ? "it has one thread" : nullptr;
}

const char* const modes[] = {"calm", "wild", nullptr};
const recvbench_setting one_setting[] = {{"mode", "how it goes", 1, 0, 0, modes}};

recvbench_engine_plugin sound() {
  return {RECVBENCH_PLUGIN_ABI,
          sizeof(recvbench_engine_plugin),
          RECVBENCH_HAS_THREADS,
          1,
          one_setting,
          "scripted",
          "no calls",
          "an engine of the tests",
          only_one_thread,
          two,
          create,
          start,
          add,
          stop,
          counters,
          destroy};
}

std::string refusal(const std::function<void(recvbench_engine_plugin&)>& damage) {
  recvbench_engine_plugin plugin = sound();
  damage(plugin);
  try {
    describe_plugin(&plugin);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "taken";
}

TEST(PluginTable, IsTakenWhereItIsSound) {
  EXPECT_EQ(refusal([](recvbench_engine_plugin&) {}), "taken");
  // A later plug-in has more at the end of its table.
  EXPECT_EQ(refusal([](recvbench_engine_plugin& plugin) { plugin.size += 64; }), "taken");
}

// An older plug-in's is as long as ABI 1 began, however much longer ours has become.
TEST(PluginTable, IsAtLeastAsLongAsTheFirstOfItsAbi) {
  EXPECT_EQ(refusal([](recvbench_engine_plugin& plugin) { plugin.size = 112; }), "taken");
  EXPECT_EQ(refusal([](recvbench_engine_plugin& plugin) { plugin.size = 111; }),
            "its table has 111 bytes, ABI 1 has 112");
}

TEST(PluginTable, NamesWhatIsMissingOrMalformed) {
  using Plugin = recvbench_engine_plugin;
  EXPECT_THROW(describe_plugin(nullptr), std::runtime_error);
  EXPECT_EQ(refusal([](Plugin& p) { p.abi = 7; }), "it was built for plug-in ABI 7, this recvbench has 1");
  EXPECT_EQ(refusal([](Plugin& p) { p.size = 8; }), "its table has 8 bytes, ABI 1 has 112");
  EXPECT_EQ(refusal([](Plugin& p) { p.flags = 1u << 20; }),
            "it asks for flags that this recvbench does not know");
  for (const char* name : {static_cast<const char*>(nullptr), "", "no spaces", "a/b", "a,b", "a:b", "a*",
                           "a?", "a=b", "a|b", "a.dll", "a-name-that-is-longer-than-thirty-two"})
    EXPECT_EQ(refusal([name](Plugin& p) { p.name = name; }),
              "its name is none of letters, digits and '-', at most 32");
  EXPECT_EQ(refusal([](Plugin& p) { p.api = nullptr; }), "its api is missing");
  EXPECT_EQ(refusal([](Plugin& p) { p.summary = "two\nlines"; }),
            "its summary is no line of at most 200 bytes");
  EXPECT_EQ(refusal([](Plugin& p) { p.create = nullptr; }), "its function create is missing");
  EXPECT_EQ(refusal([](Plugin& p) { p.start = nullptr; }), "its function start is missing");
  EXPECT_EQ(refusal([](Plugin& p) { p.add = nullptr; }), "its function add is missing");
  EXPECT_EQ(refusal([](Plugin& p) { p.stop = nullptr; }), "its function stop is missing");
  EXPECT_EQ(refusal([](Plugin& p) { p.counters = nullptr; }), "its function counters is missing");
  EXPECT_EQ(refusal([](Plugin& p) { p.destroy = nullptr; }), "its function destroy is missing");
  EXPECT_EQ(refusal([](Plugin& p) { p.settings = nullptr; }), "its settings are missing");
  EXPECT_EQ(refusal([](Plugin& p) { p.setting_count = 1000; }),
            "it declares 1000 settings, at most 64 are allowed");
}

std::string setting_refusal(std::vector<recvbench_setting> settings) {
  return refusal([&](recvbench_engine_plugin& plugin) {
    plugin.settings = settings.data();
    plugin.setting_count = static_cast<std::uint32_t>(settings.size());
  });
}

TEST(PluginTable, NamesTheSettingThatIsMalformed) {
  static const char* const nothing[] = {nullptr};
  static const char* const spaced[] = {"so so", nullptr};
  const recvbench_setting good{"depth", "how deep", 4, 1, 8, nullptr};
  EXPECT_EQ(setting_refusal({good}), "taken");
  EXPECT_EQ(setting_refusal({good, good}), "setting depth: declared twice");
  EXPECT_EQ(setting_refusal({{nullptr, "help", 1, 1, 1, nullptr}}),
            "the name of setting 1 is none of letters, digits and '-'");
  EXPECT_EQ(setting_refusal({{"threads", "help", 1, 1, 1, nullptr}}),
            "setting threads: the name is taken by a setting that all engines share");
  EXPECT_EQ(setting_refusal({{"depth", nullptr, 1, 1, 1, nullptr}}), "its setting depth's help is missing");
  EXPECT_EQ(setting_refusal({{"depth", "help", 9, 1, 8, nullptr}}),
            "setting depth: its default 9 is not allowed: 1 to 8");
  EXPECT_EQ(setting_refusal({{"depth", "help", 9, 9, 8, nullptr}}),
            "setting depth: its default 9 is not allowed: 9 to 8");
  const std::string too_large = "setting depth: its numbers go beyond 1000000000000000";
  EXPECT_EQ(setting_refusal({{"depth", "help", UINT64_MAX, 0, UINT64_MAX, nullptr}}), too_large);
  EXPECT_EQ(setting_refusal({{"depth", "help", UINT64_MAX, 0, 8, nullptr}}), too_large);
  EXPECT_EQ(setting_refusal({{"depth", "help", 1, 0, UINT64_MAX, nullptr}}), too_large);
  EXPECT_EQ(setting_refusal({{"depth", "help", 1, 0, RECVBENCH_LARGEST_NUMBER + 1, nullptr}}), too_large);
  EXPECT_EQ(setting_refusal({{"depth", "help", 1, 0, RECVBENCH_LARGEST_NUMBER, nullptr}}), "taken");
  EXPECT_EQ(setting_refusal({{"depth", "help", UINT64_MAX, 0, 0, modes}}), too_large);
  EXPECT_EQ(setting_refusal({{"depth", "help", 1, 0, UINT64_MAX, modes}}), "taken") << "most is ignored";
  EXPECT_EQ(setting_refusal({{"mode", "help", 0, 0, 0, nothing}}),
            "setting mode: there is nothing to choose from");
  EXPECT_EQ(setting_refusal({{"mode", "help", 0, 0, 0, spaced}}),
            "setting mode: a choice is none of letters, digits and '-'");
  EXPECT_EQ(setting_refusal({{"mode", "help", 2, 0, 0, modes}}),
            "setting mode: its default 2 is not allowed: calm or wild");
}

// ---- the engine behind a table

class Sink final : public ReceiveSink {
 public:
  bool on_receive(Connection&, std::span<const std::byte> bytes) override {
    received += bytes.size();
    return keep;
  }
  bool on_datagram(Connection&, const Datagram& datagram) override {
    const auto text = [](std::span<const std::byte> bytes) {
      return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    datagrams.push_back(text(datagram.bytes) + " from " + text(datagram.source) +
                        (datagram.truncated ? ", truncated" : ""));
    return keep;
  }
  void on_close(Connection&, std::error_code error) override { closes.push_back(error); }
  std::size_t received = 0;
  std::vector<std::string> datagrams;
  bool keep = true;
  std::vector<std::error_code> closes;
};
class Handler final : public ReceiveHandler {
 public:
  ReceiveSink& attach_thread() override { return *sinks.emplace_back(std::make_unique<Sink>()); }
  std::vector<std::unique_ptr<Sink>> sinks;
};

class PluginEngineTest : public ::testing::Test {
 protected:
  void SetUp() override { scripted = &script_; }
  void TearDown() override { scripted = nullptr; }

  std::unique_ptr<ReceiveEngine> create_engine(const EngineSettings& settings = {}) {
    return describe_plugin(&plugin_).create(settings);
  }
  std::unique_ptr<Connection> connection() {
    SocketPair pair = connected_pair();
    peers_.push_back(std::move(pair.connected));
    return std::make_unique<Connection>(std::move(pair.accepted));
  }

  const NetworkSession session_;
  recvbench_engine_plugin plugin_ = sound();
  Scripted script_;
  std::vector<Socket> peers_;
  Handler handler_;
};

TEST_F(PluginEngineTest, SettingsReachThePlugin) {
  const EngineDescriptor engine = describe_plugin(&plugin_);
  const Setting* mode = engine.find_setting("mode");
  ASSERT_NE(mode, nullptr);
  EngineSettings settings;
  create_engine(settings);
  EXPECT_EQ(script_.own, 1u);
  settings.set(*mode, 0);
  settings.threads = 3;
  create_engine(settings);
  EXPECT_EQ(script_.own, 0u);
  EXPECT_EQ(script_.settings.threads, 3u);
  EXPECT_EQ(engine.check(settings).reason, "it has one thread");
  EXPECT_TRUE(engine.check({}).available);
}

// A run may set them for the engines beside it; what this one heeds must be what its record says.
TEST_F(PluginEngineTest, CommonSettingsThatItHasNotAreAtTheirDefaults) {
  EngineSettings settings;
  settings.threads = 3;
  settings.buffer_bytes = 512;
  settings.receives_in_flight = 4;
  create_engine(settings);
  EXPECT_EQ(script_.settings.size, sizeof(recvbench_settings));
  EXPECT_EQ(script_.settings.threads, 3u) << "it has this one";
  EXPECT_EQ(script_.settings.buffer_bytes, 65536u);
  EXPECT_EQ(script_.settings.receives_in_flight, 1u);
  plugin_.flags = RECVBENCH_HAS_BUFFER | RECVBENCH_HAS_RECEIVES_IN_FLIGHT;
  create_engine(settings);
  EXPECT_EQ(script_.settings.threads, 1u);
  EXPECT_EQ(script_.settings.buffer_bytes, 512u);
  EXPECT_EQ(script_.settings.receives_in_flight, 4u);
}

// Where its CPU was there when the engine started, and is not when the thread comes.
TEST_F(PluginEngineTest, AThreadThatCannotBePinnedDeliversNothing) {
  const PluginSettings settings(EngineSettings{}, plugin_.flags, describe_plugin(&plugin_).settings);
  const auto engine = make_plugin_engine(plugin_, settings, {allowed_cpus().front()},
                                         [](int) noexcept { return canceled_error(); });
  engine->start(handler_);
  engine->add(connection());
  engine->add(std::make_unique<Connection>(open_udp(AddressFamily::ipv4), Connection::Kind::datagrams));
  recvbench_sink* sink = script_.host->attach_thread(script_.host->context);
  EXPECT_EQ(script_.host->received(sink, script_.added[0], "abc", 3), 0);
  EXPECT_EQ(script_.host->datagram(sink, script_.added[1], "abc", 3, "source", 6, 0), 0);
  script_.host->closed(sink, script_.added[0], 0);
  script_.host->closed(sink, script_.added[1], RECVBENCH_CANCELED);
  EXPECT_EQ(handler_.sinks[0]->received, 0u);
  EXPECT_TRUE(handler_.sinks[0]->datagrams.empty());
  ASSERT_EQ(handler_.sinks[0]->closes.size(), 2u);
  for (const std::error_code& error : handler_.sinks[0]->closes)
    EXPECT_EQ(error.message(), "the thread that received could not be pinned to its CPU");
  try {
    engine->add(connection());
    ADD_FAILURE() << "a connection is taken though nobody is where the run wants it";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), canceled_error());
    EXPECT_NE(std::string(error.what()).find("pin_current_thread"), std::string::npos) << error.what();
  }
}

TEST_F(PluginEngineTest, DeliversAndCloses) {
  const auto engine = create_engine();
  engine->start(handler_);
  engine->add(connection());
  ASSERT_EQ(script_.added.size(), 1u);
  recvbench_sink* sink = script_.host->attach_thread(script_.host->context);
  EXPECT_EQ(script_.host->received(sink, script_.added[0], "abc", 3), 1);
  handler_.sinks[0]->keep = false;
  EXPECT_EQ(script_.host->received(sink, script_.added[0], "d", 1), 0);
  EXPECT_EQ(handler_.sinks[0]->received, 4u);
  script_.host->closed(sink, script_.added[0], 0);
  ASSERT_EQ(handler_.sinks[0]->closes.size(), 1u);
  EXPECT_FALSE(handler_.sinks[0]->closes[0]);
  EXPECT_TRUE(wait_readable(peers_[0].native(), std::chrono::seconds(10))) << "the socket is closed";
  EXPECT_EQ(engine->counters().receive_calls, 7u);
  EXPECT_EQ(engine->counters().completions_per_wakeup_max, 9u);
  engine->stop();
  EXPECT_EQ(script_.stops, 1);
  engine->stop();
  EXPECT_EQ(script_.stops, 1);
}

TEST_F(PluginEngineTest, DatagramsArriveWhole) {
  const auto engine = create_engine();
  engine->start(handler_);
  engine->add(connection());
  EXPECT_EQ(script_.kind, RECVBENCH_STREAM);
  engine->add(std::make_unique<Connection>(open_udp(AddressFamily::ipv4), Connection::Kind::datagrams));
  EXPECT_EQ(script_.kind, RECVBENCH_DATAGRAMS);
  recvbench_sink* sink = script_.host->attach_thread(script_.host->context);
  EXPECT_EQ(script_.host->datagram(sink, script_.added[1], "abc", 3, "source", 6, 1), 1);
  EXPECT_EQ(handler_.sinks[0]->datagrams, std::vector<std::string>{"abc from source, truncated"});
  handler_.sinks[0]->keep = false;
  EXPECT_EQ(script_.host->datagram(sink, script_.added[1], "", 0, "", 0, 0), 0);
}

TEST_F(PluginEngineTest, CancelledIsTheContractsError) {
  const auto engine = create_engine();
  engine->start(handler_);
  engine->add(connection());
  recvbench_sink* sink = script_.host->attach_thread(script_.host->context);
  script_.host->closed(sink, script_.added[0], RECVBENCH_CANCELED);
  EXPECT_EQ(handler_.sinks[0]->closes[0], canceled_error());
}

TEST_F(PluginEngineTest, WhatStopLeavesOpenIsClosedWithAnErrorOfItsOwn) {
  const auto engine = create_engine();
  engine->start(handler_);
  engine->add(connection());
  engine->stop();
  ASSERT_EQ(handler_.sinks.size(), 1u);
  ASSERT_EQ(handler_.sinks[0]->closes.size(), 1u);
  EXPECT_EQ(handler_.sinks[0]->closes[0].message(), "the plug-in's stop() left the connection open");
  EXPECT_TRUE(wait_readable(peers_[0].native(), std::chrono::seconds(10)));
}

TEST_F(PluginEngineTest, LimitIsKeptByTheHost) {
  const auto engine = create_engine();
  engine->start(handler_);
  engine->add(connection());
  engine->add(connection());
  try {
    engine->add(connection());
    ADD_FAILURE() << "a third was taken";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::too_many_files_open);
    EXPECT_NE(std::string(error.what()).find("scripted: add"), std::string::npos) << error.what();
  }
  EXPECT_EQ(script_.added.size(), 2u);
  EXPECT_TRUE(wait_readable(peers_[2].native(), std::chrono::seconds(10))) << "it is closed";
}

TEST_F(PluginEngineTest, FailuresCarryThePluginsWords) {
  const auto what_of = [](const std::function<void()>& call) -> std::string {
    try {
      call();
    } catch (const std::system_error& error) {
      return error.what();
    }
    return "";
  };
  const auto engine = create_engine();
  script_.starts = false;
  const std::string at_start = what_of([&] { engine->start(handler_); });
  EXPECT_NE(at_start.find("scripted: start(OpenTheGates)"), std::string::npos) << at_start;
  script_.starts = true;
  EXPECT_THROW(engine->add(connection()), std::system_error) << "it is not running";
  engine->start(handler_);
  script_.refuses = canceled_error().value();
  const std::string at_add = what_of([&] { engine->add(connection()); });
  EXPECT_NE(at_add.find("scripted: add(TakeIt)"), std::string::npos) << at_add;
  EXPECT_NE(at_add.find(canceled_error().message()), std::string::npos) << at_add;
  EXPECT_TRUE(wait_readable(peers_.back().native(), std::chrono::seconds(10))) << "it is closed";
  EXPECT_TRUE(handler_.sinks.empty()) << "without on_close";
  engine->stop();
  scripted = nullptr;
  const std::string at_create = what_of([&] { create_engine(); });
  EXPECT_NE(at_create.find("scripted: create(nobody plays the engine)"), std::string::npos) << at_create;
}

}  // namespace
}  // namespace recvbench
