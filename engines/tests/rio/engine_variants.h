// The RIO engine in its modes, each with a queue for each thread and with a shared one.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engines/settings.h"
#include "engines/winsock/rio/settings.h"

namespace recvbench {

struct RioVariant {
  std::uint64_t mode = 0;   // position in rio_mode_names
  std::uint64_t queue = 0;  // in rio_queue_names

  bool is_polled() const { return rio_mode_names[mode] == "poll"; }
  bool is_shared() const { return rio_queue_names[queue] == "shared"; }
  EngineSettings settings() const {
    EngineSettings settings;
    settings.set(rio_mode, mode);
    settings.set(rio_queue_sharing, queue);
    settings.set(rio_spin, 20);  // so that mode spin does both
    return settings;
  }
};

inline bool any_variant(const RioVariant&) {
  return true;
}
inline bool waiting_variant(const RioVariant& one) {
  return !one.is_polled();
}
inline bool shared_variant(const RioVariant& one) {
  return one.is_shared();
}

inline std::vector<RioVariant> rio_variants(bool (*wanted)(const RioVariant&)) {
  std::vector<RioVariant> some;
  for (std::uint64_t mode = rio_mode.least; mode <= rio_mode.most; ++mode) {
    for (std::uint64_t queue = rio_queue_sharing.least; queue <= rio_queue_sharing.most; ++queue) {
      if (wanted({mode, queue})) some.push_back({mode, queue});
    }
  }
  return some;
}

inline std::string variant_name(const testing::TestParamInfo<RioVariant>& info) {
  return std::string(rio_mode_names[info.param.mode]) + (info.param.is_shared() ? "_shared" : "_per_thread");
}

#define RECVBENCH_RIO_VARIANTS(fixture, wanted) \
  INSTANTIATE_TEST_SUITE_P(Rio, fixture, testing::ValuesIn(rio_variants(wanted)), variant_name)

}  // namespace recvbench
