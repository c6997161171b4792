# Writes OUTPUT, a header with the checkout's revision: "1910f60", "1910f60-dirty" where a tracked file differs from it, ""
# where SOURCE is not a checkout's top. Run at every build (cmake -P), because a commit touches no file that CMake
# watches; the header is rewritten only when it changes, so that nothing is compiled again for the same revision.
cmake_minimum_required(VERSION 3.25)
find_program(GIT git)
set(revision "")
if(GIT)
  # A prefix means that SOURCE lies inside another project's checkout, whose revision says nothing of it.
  execute_process(COMMAND ${GIT} --no-optional-locks -C ${SOURCE} rev-parse --show-prefix
    OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE not_a_checkout)
  if(not_a_checkout EQUAL 0 AND prefix STREQUAL "")
    # --exclude: a tag would take the revision's place.
    execute_process(COMMAND ${GIT} --no-optional-locks -C ${SOURCE} describe --always --abbrev=7 --dirty --exclude=*
      OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once\n#define RECVBENCH_GIT_REVISION \"${revision}\"\n")
