// What can be set of an engine. Settings are declared beside the engine that has them, named in its
// descriptor, and from there on listed, parsed, swept and recorded by their declarations alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recvbench {

// One setting. Values are numbers; those of a choice are positions in `choices`.
struct Setting {
  enum class Kind { number, bytes, choice };
  // The value of a setting that is left to the system; written "system", and allowed where it is `initial`.
  static constexpr std::uint64_t unset = std::numeric_limits<std::uint64_t>::max();
  // No number is larger: what is typed is read as a double, which is exact so far.
  static constexpr std::uint64_t largest = 1'000'000'000'000'000;

  std::string_view name;  // "batch"; letters, digits and '-'
  std::string_view help;  // one line
  Kind kind = Kind::number;
  std::uint64_t initial = 0;
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::span<const std::string_view> choices;
  bool streams_only = false;    // means nothing to a datagram socket, and must then keep its default
  bool datagrams_only = false;  // the reverse
};

constexpr Setting number_setting(std::string_view name, std::string_view help, std::uint64_t initial,
                                 std::uint64_t least, std::uint64_t most) {
  return {name, help, Setting::Kind::number, initial, least, most, {}};
}
constexpr Setting bytes_setting(std::string_view name, std::string_view help, std::uint64_t initial,
                                std::uint64_t least, std::uint64_t most) {
  return {name, help, Setting::Kind::bytes, initial, least, most, {}};
}
// The first choice is the default. `choices` must outlive the setting: a static array.
constexpr Setting choice_setting(std::string_view name, std::string_view help,
                                 std::span<const std::string_view> choices) {
  return {name, help, Setting::Kind::choice, 0, 0, choices.size() - 1, choices};
}
inline constexpr std::string_view off_and_on[] = {"off", "on"};
constexpr Setting switch_setting(std::string_view name, std::string_view help, bool initial) {
  return {name, help, Setting::Kind::choice, initial ? 1u : 0u, 0, 1, off_and_on};
}

// The same setting, of streams only.
constexpr Setting for_streams(Setting setting) {
  setting.streams_only = true;
  return setting;
}

// The same setting, of datagrams only.
constexpr Setting for_datagrams(Setting setting) {
  setting.datagrams_only = true;
  return setting;
}

// Which values are allowed, as people read it: "1 to 1024", "off or on".
std::string allowed_values(const Setting& setting);
// A value as it is typed and recorded: "64", "64KiB", "on", "system".
std::string value_text(const Setting& setting, std::uint64_t value);
bool is_allowed(const Setting& setting, std::uint64_t value);

// What several engines have, with the meaning that EngineSettings gives it.
inline constexpr Setting threads_setting = number_setting("threads", "receive threads", 1, 1, 1024);
inline constexpr Setting buffer_setting =
    bytes_setting("buffer", "bytes of one receive", std::uint64_t{64} << 10, 1, std::uint64_t{64} << 20);
inline constexpr Setting receives_in_flight_setting =
    number_setting("receives-in-flight", "outstanding receives per connection", 1, 1, 1024);
inline constexpr Setting socket_buffer_setting = bytes_setting(
    "so-rcvbuf", "SO_RCVBUF of the accepted sockets", Setting::unset, 0, std::uint64_t{1} << 30);

// How one engine is set. Settings that it does not have keep their defaults.
struct EngineSettings {
  int threads = 1;  // receive threads; models with a thread per connection ignore it
  std::size_t buffer_bytes = std::size_t{64} * 1024;  // of one receive
  int receives_in_flight = 1;                // outstanding receives per connection, where the model has them
  std::optional<int> socket_receive_buffer;  // SO_RCVBUF in bytes, for whoever opens the sockets
  std::vector<int> cpus;                     // thread i is pinned to cpus[i % size]; empty = not pinned

  // Any setting, one of the above included. Its default where it has never been set.
  std::uint64_t get(const Setting& setting) const;
  bool on(const Setting& setting) const { return get(setting) != 0; }
  // Precondition: is_allowed(setting, value).
  void set(const Setting& setting, std::uint64_t value);

 private:
  std::vector<std::pair<std::string_view, std::uint64_t>> own_;  // by name; what the fields do not hold
};

}  // namespace recvbench
