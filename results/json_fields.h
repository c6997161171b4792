// Reading JSON whose shape is prescribed, with errors that name the key: "latency.response.p99_ns: expected
// an integer, found string".
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace recvbench {

// One value inside a document and the way to it. Refers to the document, which must outlive it. Every member
// throws std::runtime_error naming the key where the value is missing or of another kind. Unknown keys are
// left alone: a higher minor version may add some.
class JsonField {
 public:
  explicit JsonField(const nlohmann::json& document) : JsonField(document, {}) {}

  JsonField operator[](std::string_view key) const {
    if (!json_->is_object()) fail("an object");
    const auto found = json_->find(key);
    const std::string path = path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
    if (found == json_->end()) throw std::runtime_error(path + ": missing");
    return JsonField(*found, path);
  }

  std::vector<JsonField> items() const {
    if (!json_->is_array()) fail("an array");
    std::vector<JsonField> result;
    for (const nlohmann::json& item : *json_) {
      result.push_back(JsonField(item, path_ + '[' + std::to_string(result.size()) + ']'));
    }
    return result;
  }

  // One of an array of exactly `size`.
  JsonField at(std::size_t index, std::size_t size) const {
    const std::vector<JsonField> all = items();
    if (all.size() != size)
      throw std::runtime_error(path_ + ": expected " + std::to_string(size) + " values, found " +
                               std::to_string(all.size()));
    return all[index];
  }

  // In the order of their names.
  std::vector<std::pair<std::string, JsonField>> members() const {
    if (!json_->is_object()) fail("an object");
    std::vector<std::pair<std::string, JsonField>> result;
    for (const auto& item : json_->items()) result.emplace_back(item.key(), (*this)[item.key()]);
    return result;
  }

  bool is_null() const { return json_->is_null(); }

  // bool, integer types (inside their range), double (finite) or std::string.
  template <typename T>
  T as() const {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json_->is_boolean()) fail("a boolean");
      return json_->get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      return integer<T>();
    } else if constexpr (std::is_same_v<T, double>) {
      if (!json_->is_number() || !std::isfinite(json_->get<double>())) fail("a finite number");
      return json_->get<double>();
    } else {
      static_assert(std::is_same_v<T, std::string>);
      if (!json_->is_string()) fail("a string");
      return json_->get<std::string>();
    }
  }

  template <typename T>
  std::optional<T> as_optional() const {
    return is_null() ? std::nullopt : std::optional<T>(as<T>());
  }

  std::string one_of(std::initializer_list<std::string_view> allowed) const {
    std::string value = as<std::string>();
    std::string list;
    for (const std::string_view choice : allowed) {
      if (value == choice) return value;
      list += (list.empty() ? "" : ", ") + std::string(choice);
    }
    throw std::runtime_error(path_ + ": \"" + value + "\" is none of " + list);
  }

 private:
  JsonField(const nlohmann::json& json, std::string path) : json_(&json), path_(std::move(path)) {}

  template <typename T>
  T integer() const {
    if (!json_->is_number_integer()) fail("an integer");
    const bool fits = json_->is_number_unsigned() ? std::in_range<T>(json_->get<std::uint64_t>())
                                                  : std::in_range<T>(json_->get<std::int64_t>());
    if (!fits) {
      throw std::runtime_error(path_ + ": " + json_->dump() + " is outside " +
                               std::to_string(std::numeric_limits<T>::min()) + " .. " +
                               std::to_string(std::numeric_limits<T>::max()));
    }
    return json_->get<T>();
  }

  [[noreturn]] void fail(const char* expected) const {
    throw std::runtime_error((path_.empty() ? std::string("document") : path_) + ": expected " + expected +
                             ", found " + json_->type_name());
  }

  const nlohmann::json* json_;
  std::string path_;
};

}  // namespace recvbench
