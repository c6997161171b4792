#include "harness/cli/generator_check.h"

#include "harness/run/generator_process.h"
#include "harness/plan/usage_error.h"
#include "results/append_file.h"

namespace recvbench {

std::string check_generator(const std::filesystem::path& program) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(program, error))
    throw UsageError("--generator " + display_path(program) + ": no such program");
  return GeneratorProcess(program).platform();
}

}  // namespace recvbench
