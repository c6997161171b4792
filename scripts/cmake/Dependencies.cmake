# Every dependency is looked for in the same order: an installed package, then the source directory the caller
# names (RECVBENCH_<NAME>_SOURCE; how Debian provides them for cross builds), then a download with a pinned hash.
include(FetchContent)

set(RECVBENCH_CLI11_SOURCE "" CACHE PATH "Directory that holds CLI/CLI.hpp")
set(RECVBENCH_JSON_SOURCE "" CACHE PATH "Directory that holds nlohmann/json.hpp")
set(RECVBENCH_HDR_SOURCE "" CACHE PATH "HdrHistogram_c's src directory (or its parent)")
set(RECVBENCH_GTEST_SOURCE "" CACHE PATH "GoogleTest source tree")
set(RECVBENCH_BENCHMARK_SOURCE "" CACHE PATH "Google Benchmark source tree")

# recvbench_header_library(target directory)
function(recvbench_header_library target directory)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${directory})
endfunction()

# CLI11: command line.
if(RECVBENCH_CLI11_SOURCE)
  recvbench_header_library(CLI11::CLI11 ${RECVBENCH_CLI11_SOURCE})
else()
  find_package(CLI11 CONFIG REQUIRED)
endif()

# nlohmann-json: records and the control protocol.
if(RECVBENCH_JSON_SOURCE)
  recvbench_header_library(nlohmann_json::nlohmann_json ${RECVBENCH_JSON_SOURCE})
else()
  find_package(nlohmann_json CONFIG REQUIRED)
endif()

# HdrHistogram_c with zlib: histograms and interval logs that every HDR tool reads.
find_package(hdr_histogram CONFIG QUIET)
if(TARGET hdr_histogram::hdr_histogram_static)
  add_library(recvbench_hdr INTERFACE)
  target_link_libraries(recvbench_hdr INTERFACE hdr_histogram::hdr_histogram_static)
elseif(RECVBENCH_HDR_SOURCE)
  if(MINGW)
    set(ZLIB_USE_STATIC_LIBS ON)
  endif()
  find_package(ZLIB REQUIRED)
  set(hdr_include ${CMAKE_BINARY_DIR}/dependencies/hdr)
  foreach(header hdr_histogram.h hdr_histogram_log.h hdr_time.h)
    # Installed packages put the headers in hdr/, so the sources' headers are presented the same way.
    configure_file(${RECVBENCH_HDR_SOURCE}/${header} ${hdr_include}/hdr/${header} COPYONLY)
  endforeach()
  add_library(recvbench_hdr STATIC ${RECVBENCH_HDR_SOURCE}/hdr_histogram.c ${RECVBENCH_HDR_SOURCE}/hdr_encoding.c
    ${RECVBENCH_HDR_SOURCE}/hdr_histogram_log.c ${RECVBENCH_HDR_SOURCE}/hdr_time.c)
  target_include_directories(recvbench_hdr SYSTEM PUBLIC ${hdr_include} PRIVATE ${RECVBENCH_HDR_SOURCE})
  target_link_libraries(recvbench_hdr PUBLIC ZLIB::ZLIB $<$<NOT:$<BOOL:${WIN32}>>:m> $<$<BOOL:${WIN32}>:ws2_32>)
  if(NOT MSVC)
    # Its encoder shifts negative numbers left, which UBSan stops at and every compiler here defines.
    target_compile_options(recvbench_hdr PRIVATE -w -fno-sanitize=undefined)
  endif()
else()
  message(FATAL_ERROR "HdrHistogram_c not found: install it, or set RECVBENCH_HDR_SOURCE")
endif()

# GoogleTest: tests.
if(RECVBENCH_TESTS)
  if(RECVBENCH_GTEST_SOURCE)
    set(INSTALL_GTEST OFF CACHE BOOL "" FORCE)
    set(gtest_force_shared_crt OFF CACHE BOOL "" FORCE)
    add_subdirectory(${RECVBENCH_GTEST_SOURCE} ${CMAKE_BINARY_DIR}/dependencies/gtest EXCLUDE_FROM_ALL SYSTEM)
    if(NOT TARGET GTest::gtest_main)
      add_library(GTest::gtest_main ALIAS gtest_main)
    endif()
  else()
    find_package(GTest REQUIRED)
  endif()
endif()

# Google Benchmark: micro-benchmarks and the scenario adapter.
if(RECVBENCH_BENCHMARKS)
  if(RECVBENCH_BENCHMARK_SOURCE)
    set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "" FORCE)
    set(BENCHMARK_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
    set(BENCHMARK_ENABLE_GTEST_TESTS OFF CACHE BOOL "" FORCE)
    add_subdirectory(${RECVBENCH_BENCHMARK_SOURCE} ${CMAKE_BINARY_DIR}/dependencies/benchmark EXCLUDE_FROM_ALL SYSTEM)
  else()
    find_package(benchmark CONFIG REQUIRED)
  endif()
endif()
