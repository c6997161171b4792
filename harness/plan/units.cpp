#include "harness/plan/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

namespace recvbench {

namespace {

struct Unit {
  std::string_view name;  // lower case
  double factor;
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// A non-negative finite number followed by one of the units ("" among them where none is allowed).
template <std::size_t N>
std::optional<double> parse_with_unit(std::string_view text, const std::array<Unit, N>& units) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  const std::string unit = lower(std::string_view(rest, static_cast<std::size_t>(end - rest)));
  for (const Unit& known : units)
    if (unit == known.name && std::isfinite(number * known.factor)) return number * known.factor;
  return std::nullopt;
}

std::optional<std::uint64_t> to_whole(std::optional<double> value) {
  // 2^63: beyond it a double is no longer a whole number that fits.
  if (!value || *value >= 9.2e18) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*value));
}

std::string print(const char* format, double value, const char* unit) {
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), format, value, unit);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

// Three significant digits.
std::string three_digits(double value, const char* unit) {
  if (value < 9.995) return print("%.2f%s", value, unit);
  if (value < 99.95) return print("%.1f%s", value, unit);
  return print("%.0f%s", value, unit);
}

}  // namespace

std::optional<double> parse_count(std::string_view text) {
  return parse_with_unit(text, std::array{Unit{"", 1}, Unit{"k", 1e3}, Unit{"m", 1e6}, Unit{"g", 1e9}});
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr double k = 1024;
  return to_whole(parse_with_unit(
      text,
      std::array{Unit{"", 1}, Unit{"b", 1}, Unit{"k", k}, Unit{"kb", k}, Unit{"kib", k}, Unit{"m", k * k},
                 Unit{"mb", k * k}, Unit{"mib", k * k}, Unit{"g", k * k * k}, Unit{"gb", k * k * k}}));
}

std::optional<std::uint64_t> parse_duration_ns(std::string_view text) {
  return to_whole(parse_with_unit(
      text, std::array{Unit{"", 1e9}, Unit{"ns", 1}, Unit{"us", 1e3}, Unit{"ms", 1e6}, Unit{"s", 1e9},
                       Unit{"m", 60e9}, Unit{"min", 60e9}, Unit{"h", 3600e9}}));
}

std::string compact_count(double value) {
  for (const auto& [factor, unit] : {std::pair{1e9, "G"}, std::pair{1e6, "M"}, std::pair{1e3, "k"}}) {
    // Two decimals at most: 2.5k and 1.25M stay short, 12345 stays exact.
    const double scaled = value / factor;
    if (scaled >= 1 && std::abs(scaled * 100 - std::round(scaled * 100)) < 1e-9)
      return print("%.10g%s", scaled, unit);
  }
  return print("%.10g%s", value, "");
}

std::string compact_bytes(std::uint64_t bytes) {
  constexpr std::uint64_t k = 1024;
  if (bytes >= k * k && bytes % (k * k) == 0) return std::to_string(bytes / (k * k)) + "MiB";
  if (bytes >= k && bytes % k == 0) return std::to_string(bytes / k) + "KiB";
  return std::to_string(bytes) + "B";
}

std::string compact_duration(std::uint64_t ns) {
  for (const auto& [factor, unit] :
       {std::pair<std::uint64_t, const char*>{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}}) {
    // At most two decimals, as for counts.
    if (ns >= factor && ns % (factor / 100) == 0)
      return print("%.10g%s", static_cast<double>(ns) / static_cast<double>(factor), unit);
  }
  return ns == 0 ? "0" : std::to_string(ns) + "ns";
}

std::string readable_count(double value) {
  if (value < 999.5) return print("%.0f%s", value, "");
  if (value < 999.5e3) return three_digits(value / 1e3, "k");
  if (value < 999.5e6) return three_digits(value / 1e6, "M");
  return three_digits(value / 1e9, "G");
}

std::string readable_ns(double ns) {
  if (ns < 999.5) return print("%.0f%s", ns, " ns");
  if (ns < 999.5e3) return three_digits(ns / 1e3, " us");
  if (ns < 999.5e6) return three_digits(ns / 1e6, " ms");
  return three_digits(ns / 1e9, " s");
}

std::string readable_share(double share) {
  const double percent = share * 100;
  if (percent == 0) return "0%";
  if (percent < 0.005) return "<.01%";
  if (percent < 9.995) return print("%.2f%s", percent, "%");
  if (percent < 99.95) return print("%.1f%s", percent, "%");
  return print("%.0f%s", percent, "%");
}

std::string readable_wait(std::uint64_t ns) {
  const std::uint64_t seconds = (ns + 500'000'000) / 1'000'000'000;
  std::array<char, 64> buffer{};
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) {
    std::snprintf(buffer.data(), buffer.size(), "%llum %02llus",
                  static_cast<unsigned long long>(seconds / 60),
                  static_cast<unsigned long long>(seconds % 60));
  } else {
    std::snprintf(buffer.data(), buffer.size(), "%lluh %02llum",
                  static_cast<unsigned long long>(seconds / 3600),
                  static_cast<unsigned long long>(seconds % 3600 / 60));
  }
  return buffer.data();
}

}  // namespace recvbench
