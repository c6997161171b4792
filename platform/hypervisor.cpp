// The hypervisor's signature by CPUID: leaf 1 ECX bit 31 says that there is one, leaf 0x40000000 which
// (learn.microsoft.com/virtualization/hyper-v-on-windows/tlfs/feature-discovery; others follow the same
// leaves).
#include "platform/machine_state.h"

#include <array>
#include <cstring>

#if defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
#include <intrin.h>
#define RECVBENCH_HAS_CPUID 1
#elif defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#define RECVBENCH_HAS_CPUID 1
#endif

namespace recvbench {

#ifdef RECVBENCH_HAS_CPUID
namespace {

using Registers = std::array<unsigned, 4>;  // EAX, EBX, ECX, EDX

Registers cpuid(unsigned leaf) noexcept {
  Registers registers{};
#ifdef _MSC_VER
  int values[4];
  __cpuid(values, static_cast<int>(leaf));
  std::memcpy(registers.data(), values, sizeof values);
#else
  __cpuid(leaf, registers[0], registers[1], registers[2], registers[3]);
#endif
  return registers;
}

}  // namespace

std::optional<std::string> hypervisor_signature() {
  constexpr unsigned hypervisor_bit = 1u << 31;
  if ((cpuid(1)[2] & hypervisor_bit) == 0) return "";
  const Registers vendor = cpuid(0x40000000);
  char text[13] = {};
  std::memcpy(text, &vendor[1], 12);
  const std::string signature = text;
  // The privilege CreatePartitions is the root partition's alone: real hardware, with Hyper-V below Windows.
  constexpr unsigned create_partitions = 1;
  if (signature == "Microsoft Hv" && vendor[0] >= 0x40000003 && (cpuid(0x40000003)[1] & create_partitions))
    return "";
  return signature.empty() ? "a hypervisor without a name" : signature;
}
#else
std::optional<std::string> hypervisor_signature() {
  return std::nullopt;
}
#endif

}  // namespace recvbench
