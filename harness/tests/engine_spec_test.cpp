#include "harness/plan/engine_spec.h"

#include <gtest/gtest.h>

#include "harness/run/plugins.h"
#include "harness/plan/usage_error.h"

namespace recvbench {
namespace {

constexpr Setting batch = number_setting("batch", "entries", 1, 1, 1024);
constexpr Setting skip = switch_setting("skip", "skips", false);
constexpr std::string_view waits[] = {"event", "poll"};
constexpr Setting wait = choice_setting("wait", "how", waits);

EngineDescriptor engine() {
  EngineDescriptor one;
  one.name = "alpha";
  one.settings = {threads_setting, buffer_setting, socket_buffer_setting, batch, skip, wait};
  return one;
}

std::vector<std::string> labels(const std::vector<std::string>& pieces) {
  const EngineDescriptor alpha = engine();
  std::vector<std::string> all;
  for (const EngineSpec& spec : parse_engine_specs(pieces))
    for (const EngineVariant& variant : variants_of(alpha, spec, {})) all.push_back(variant.label);
  return all;
}

EngineSettings only(const std::string& text) {
  const EngineDescriptor alpha = engine();
  const auto variants = variants_of(alpha, parse_engine_specs({text}).front(), {});
  EXPECT_EQ(variants.size(), 1u);
  return variants.front().settings;
}

std::string refusal(const std::vector<std::string>& pieces) {
  try {
    labels(pieces);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(EngineSpec, CommasBetweenSettingsAreNoNewEngine) {
  const auto specs = parse_engine_specs({"alpha:batch=1", "skip=on", "beta", "gam*:wait=poll"});
  ASSERT_EQ(specs.size(), 3u);
  EXPECT_EQ(specs[0].text, "alpha:batch=1,skip=on");
  EXPECT_EQ(specs[0].axes.size(), 2u);
  EXPECT_EQ(specs[1].pattern, "beta");
  EXPECT_TRUE(specs[1].axes.empty());
  EXPECT_EQ(specs[2].pattern, "gam*");
}

TEST(EngineSpec, ADriveLetterIsNoEngine) {
  for (const std::string path :
       {R"(C:\engines\mine.dll)", "C:/engines/mine.dll", R"(\\?\C:\engines\mine.dll)",
        R"(\\.\C:\engines\mine.dll)", "./c:/mine.so"}) {
    const auto specs = parse_engine_specs({path + ":batch=2", path, "alpha:batch=1"});
    ASSERT_EQ(specs.size(), 3u) << path;
    EXPECT_EQ(specs[0].pattern, path);
    ASSERT_EQ(specs[0].axes.size(), 1u) << path;
    EXPECT_EQ(specs[0].axes[0].name, "batch");
    EXPECT_EQ(specs[1].pattern, path);
    EXPECT_TRUE(specs[1].axes.empty()) << path;
  }
}

TEST(EngineSpec, ALibraryIsToldFromAName) {
  for (const char* library : {"./mine.so", "mine.so", "mine.dll", "MINE.DLL", "Mine.Dll", "engines/mine",
                              R"(engines\mine)", R"(\\?\C:\mine.dll)"})
    EXPECT_TRUE(is_library_path(library)) << library;
  for (const char* name : {"iocp", "all", "*", "*-select", "so", "dll", "", "mineso", "my-dll"})
    EXPECT_FALSE(is_library_path(name)) << name;
}

TEST(EngineSpec, AxesMakeTheirCrossProduct) {
  EXPECT_EQ(labels({"alpha:batch=1|8|64,skip=off|on"}),
            (std::vector<std::string>{"alpha:batch=1,skip=off", "alpha:batch=1,skip=on",
                                      "alpha:batch=8,skip=off", "alpha:batch=8,skip=on",
                                      "alpha:batch=64,skip=off", "alpha:batch=64,skip=on"}));
  EXPECT_EQ(labels({"alpha"}), std::vector<std::string>{"alpha"});
}

TEST(EngineSpec, LabelsSayTheValueNotItsSpelling) {
  EXPECT_EQ(labels({"alpha:buffer=64kb|65536|512"}),
            (std::vector<std::string>{"alpha:buffer=64KiB", "alpha:buffer=512"}));
}

TEST(EngineSpec, ValuesReachTheSettings) {
  const EngineSettings set = only("alpha:threads=4,buffer=1kb,batch=64,skip=on,wait=poll,so-rcvbuf=0");
  EXPECT_EQ(set.threads, 4);
  EXPECT_EQ(set.buffer_bytes, 1024u);
  EXPECT_EQ(set.get(batch), 64u);
  EXPECT_TRUE(set.on(skip));
  EXPECT_EQ(set.get(wait), 1u);
  EXPECT_EQ(set.socket_receive_buffer, 0);
}

TEST(EngineSpec, WhatIsNotSetKeepsItsDefault) {
  const EngineSettings set = only("alpha:so-rcvbuf=system");
  EXPECT_EQ(set.get(batch), 1u);
  EXPECT_FALSE(set.on(skip));
  EXPECT_EQ(set.socket_receive_buffer, std::nullopt);
}

TEST(EngineSpec, TextsListEverySettingInItsOrder) {
  std::string all;
  for (const SettingText& one : settings_text(engine(), only("alpha:batch=8")))
    all += std::string(one.name) + "=" + one.value + " ";
  EXPECT_EQ(all, "threads=1 buffer=64KiB so-rcvbuf=system batch=8 skip=off wait=event ");
}

TEST(EngineSpec, RefusalsNameWhatIsAllowed) {
  EXPECT_EQ(refusal({"alpha:batch=0"}), "--engine alpha:batch=0: batch=0: allowed is 1 to 1024");
  EXPECT_EQ(refusal({"alpha:batch=1.5"}), "--engine alpha:batch=1.5: batch=1.5: allowed is 1 to 1024");
  EXPECT_EQ(refusal({"alpha:batch=-1"}), "--engine alpha:batch=-1: batch=-1: allowed is 1 to 1024");
  EXPECT_EQ(refusal({"alpha:batch=system"}),
            "--engine alpha:batch=system: batch=system: allowed is 1 to 1024");
  EXPECT_EQ(refusal({"alpha:skip=yes"}), "--engine alpha:skip=yes: skip=yes: allowed is off or on");
  EXPECT_EQ(refusal({"alpha:so-rcvbuf=no"}),
            "--engine alpha:so-rcvbuf=no: so-rcvbuf=no: allowed is 0 to 1GiB, or system");
  EXPECT_EQ(refusal({"alpha:bacth=1"}),
            "--engine alpha:bacth=1: alpha has no setting bacth; it has threads, buffer, so-rcvbuf, batch, "
            "skip, wait");
  EXPECT_EQ(refusal({"alpha:batch=1", "batch=2"}),
            "--engine alpha:batch=1,batch=2: batch is set twice; several values are written batch=1|2");
  for (const char* malformed : {"alpha:", "alpha:batch", "alpha:=1", ":batch=1", ""})
    EXPECT_EQ(refusal({malformed}),
              std::string("--engine ") + malformed + ": ENGINE[:SETTING=VALUE[|VALUE...][,SETTING=...]]");
  EXPECT_EQ(refusal({"alpha:batch="}), "--engine alpha:batch=: batch=: allowed is 1 to 1024");
}

}  // namespace
}  // namespace recvbench
