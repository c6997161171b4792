# recvbench_test(name sources... [LINK libs...] [LABELS labels...] [PRECOMPILE headers...]): a GoogleTest executable whose
# cases ctest knows one by one.
# Target recvbench_tests: every one of them, without the programs that none of them starts.
include(GoogleTest)
add_custom_target(recvbench_tests)
function(recvbench_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;LABELS;PRECOMPILE")
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
  # PRE_TEST: a cross build has no Wine prefix while it is being built.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
    PROPERTIES TIMEOUT 180 LABELS "${arg_LABELS}")
endfunction()
