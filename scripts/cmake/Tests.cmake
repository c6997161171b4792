# recvbench_test(name sources... [LINK libs...] [LABELS labels...] [PRECOMPILE headers...] [SHARDS n]): a GoogleTest executable
# whose cases ctest knows one by one. SHARDS: with RECVBENCH_TEST_SHARDS it knows so many shards of it instead. For many cases
# that do not depend on time: a shard that fails is tried again as a whole.
# Target recvbench_tests: every one of them, without the programs that none of them starts.
include(GoogleTest)
option(RECVBENCH_TEST_SHARDS
  "Many cases to a process, for where starting one is what costs (Wine: 0.3 s of CPU); reports by case are in test-reports/" OFF)
add_custom_target(recvbench_tests)
function(recvbench_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SHARDS" "LINK;LABELS;PRECOMPILE")
  if(NOT arg_UNPARSED_ARGUMENTS)
    return()
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  add_dependencies(recvbench_tests ${name})
  target_link_libraries(${name} PRIVATE recvbench::options ${arg_LINK} GTest::gtest_main)
  recvbench_precompile(${name} <gtest/gtest.h> ${arg_PRECOMPILE})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # What every test file includes itself: nothing that one lacks is hidden, and tests are most of the files.
    target_precompile_headers(${name} PRIVATE <gtest/gtest.h>)
  endif()
  if(RECVBENCH_TEST_SHARDS AND arg_SHARDS)
    recvbench_add_shards(${name} ${arg_SHARDS} "${arg_LABELS}")
  else()
    # PRE_TEST: a cross build has no Wine prefix while it is being built.
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
      PROPERTIES TIMEOUT 180 LABELS "${arg_LABELS}")
  endif()
endfunction()

# Each leaves a JUnit report of its cases. The paths are relative: a Windows program under Wine is told them too.
function(recvbench_add_shards name shards labels)
  math(EXPR last "${shards} - 1")
  foreach(shard RANGE ${last})
    # scripts/test-totals knows them by this name, which no case can have.
    set(test ${name}.shard-${shard})
    add_test(NAME ${test} WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
      COMMAND ${name} --gtest_output=xml:test-reports/${test}.xml)
    set_tests_properties(${test} PROPERTIES TIMEOUT 180 LABELS "${labels}"
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()
