# Every dependency is looked for in the same order: an installed package, then the source directory the caller names
# (RECVBENCH_<NAME>_SOURCE; how Debian provides them for cross builds), then a download with a pinned hash.
# -DCMAKE_DISABLE_FIND_PACKAGE_<package>=ON passes over an installed package. A cross build never takes the build
# machine's packages: its toolchain file confines every search to the target's root (mingw-common.cmake).
#
# The downloads are the versions that Debian 12 has, so that the code is built against one set of versions everywhere.
# Where a hash comes from is said beside it; Debian's are those of the .orig.tar.gz in its source package, which is
# GitHub's archive byte for byte.
include(FetchContent)

set(RECVBENCH_CLI11_SOURCE "" CACHE PATH "CLI11: its source tree, or the directory that holds CLI/CLI.hpp")
set(RECVBENCH_JSON_SOURCE "" CACHE PATH "nlohmann-json: its source tree, or the directory that holds nlohmann/json.hpp")
set(RECVBENCH_ASIO_SOURCE "" CACHE PATH "Asio: its source tree, or the directory that holds asio.hpp")
set(RECVBENCH_ZLIB_SOURCE "" CACHE PATH "zlib: its source tree")
set(RECVBENCH_HDR_SOURCE "" CACHE PATH "HdrHistogram_c: its source tree, or the directory that holds hdr_histogram.c")
set(RECVBENCH_GTEST_SOURCE "" CACHE PATH "GoogleTest: its source tree")
set(RECVBENCH_BENCHMARK_SOURCE "" CACHE PATH "Google Benchmark: its source tree")

# recvbench_source(NAME url sha256): sets NAME_source to the directory the caller names or else to the download's.
function(recvbench_source name url sha256)
  set(directory ${RECVBENCH_${name}_SOURCE})
  if(NOT directory)
    string(TOLOWER recvbench_${name} content)
    # A folder that is not there: the content is only downloaded, and used below like a directory the caller named.
    FetchContent_Declare(${content} URL ${url} URL_HASH SHA256=${sha256} SOURCE_SUBDIR none)
    FetchContent_MakeAvailable(${content})
    set(directory ${${content}_SOURCE_DIR})
  endif()
  message(STATUS "${name}: sources in ${directory}")
  set(${name}_source ${directory} PARENT_SCOPE)
endfunction()

# recvbench_find(variable file directories...): the directory that holds the file; stops with a message where none does.
function(recvbench_find variable file)
  foreach(directory ${ARGN})
    if(EXISTS ${directory}/${file})
      set(${variable} ${directory} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  list(GET ARGN 0 directory)
  message(FATAL_ERROR "${file} is not in ${directory}")
endfunction()

# recvbench_c_library(target directory files...): a dependency's C files, whose warnings are its author's.
function(recvbench_c_library target directory)
  list(TRANSFORM ARGN PREPEND ${directory}/)
  add_library(${target} STATIC ${ARGN})
  target_compile_options(${target} PRIVATE $<IF:$<BOOL:${MSVC}>,/w,-w>)
endfunction()

# CLI11: command line.
find_package(CLI11 2.1 CONFIG QUIET)
if(NOT TARGET CLI11::CLI11)
  # Homebrew's formula and the CLI11 entries of public Bazel workspaces have the same hash.
  recvbench_source(CLI11 https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.1.2.tar.gz
    26291377e892ba0e5b4972cdfd4a2ab3bf53af8dac1f4ea8fe0d1376b625c8cb)
  recvbench_find(cli11_include CLI/CLI.hpp ${CLI11_source} ${CLI11_source}/include)
  add_library(CLI11::CLI11 INTERFACE IMPORTED GLOBAL)
  target_include_directories(CLI11::CLI11 INTERFACE ${cli11_include})
endif()

# nlohmann-json: records and the control protocol.
find_package(nlohmann_json 3.11 CONFIG QUIET)
if(NOT TARGET nlohmann_json::nlohmann_json)
  # Debian: nlohmann-json3 3.11.2-2.
  recvbench_source(JSON https://github.com/nlohmann/json/archive/refs/tags/v3.11.2.tar.gz
    d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273)
  recvbench_find(json_include nlohmann/json.hpp ${JSON_source} ${JSON_source}/include)
  add_library(nlohmann_json::nlohmann_json INTERFACE IMPORTED GLOBAL)
  target_include_directories(nlohmann_json::nlohmann_json INTERFACE ${json_include})
endif()

# zlib: interval logs.
if(MINGW)
  set(ZLIB_USE_STATIC_LIBS ON)
endif()
find_package(ZLIB QUIET)
if(NOT TARGET ZLIB::ZLIB)
  # Debian repacks zlib. Spack's, TensorFlow's and Protobuf's records of zlib's release have the same hash.
  recvbench_source(ZLIB https://github.com/madler/zlib/releases/download/v1.3.1/zlib-1.3.1.tar.gz
    9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23)
  recvbench_find(zlib_directory zlib.h ${ZLIB_source})
  recvbench_c_library(recvbench_zlib ${zlib_directory} adler32.c compress.c crc32.c deflate.c inffast.c inflate.c
    inftrees.c trees.c uncompr.c zutil.c)
  target_include_directories(recvbench_zlib SYSTEM PUBLIC ${zlib_directory})
  add_library(ZLIB::ZLIB ALIAS recvbench_zlib)
endif()

# HdrHistogram_c: histograms and interval logs that every HDR tool reads.
find_package(hdr_histogram CONFIG QUIET)
if(TARGET hdr_histogram::hdr_histogram_static OR TARGET hdr_histogram::hdr_histogram)
  add_library(recvbench_hdr INTERFACE)
  target_link_libraries(recvbench_hdr INTERFACE
    $<IF:$<TARGET_EXISTS:hdr_histogram::hdr_histogram_static>,hdr_histogram::hdr_histogram_static,hdr_histogram::hdr_histogram>)
else()
  # Fedora's package and Nighthawk's Bazel workspace have the same hash.
  recvbench_source(HDR https://github.com/HdrHistogram/HdrHistogram_c/archive/refs/tags/0.11.8.tar.gz
    bb95351a6a8b242dc9be1f28562761a84d4cf0a874ffc90a9b630770a6468e94)
  recvbench_find(hdr_directory hdr_histogram.c ${HDR_source} ${HDR_source}/src)
  recvbench_c_library(recvbench_hdr ${hdr_directory} hdr_histogram.c hdr_encoding.c hdr_histogram_log.c hdr_time.c)
  cmake_path(GET hdr_directory PARENT_PATH hdr_parent)
  if(EXISTS ${hdr_parent}/include/hdr/hdr_histogram.h)
    set(hdr_include ${hdr_parent}/include)
  else()
    # Before 0.11.6 the headers lie beside the sources; installed they are in hdr/, so they are presented there.
    set(hdr_include ${CMAKE_BINARY_DIR}/dependencies/hdr)
    foreach(header hdr_histogram.h hdr_histogram_log.h hdr_time.h)
      configure_file(${hdr_directory}/${header} ${hdr_include}/hdr/${header} COPYONLY)
    endforeach()
  endif()
  target_include_directories(recvbench_hdr SYSTEM PUBLIC ${hdr_include} PRIVATE ${hdr_directory})
  # ws2_32: byte order functions.
  target_link_libraries(recvbench_hdr PUBLIC ZLIB::ZLIB $<IF:$<BOOL:${WIN32}>,ws2_32,m>)
  if(NOT MSVC)
    # Its encoder shifts negative numbers left, which UBSan stops at and every compiler here defines.
    target_compile_options(recvbench_hdr PRIVATE -fno-sanitize=undefined)
  endif()
endif()

# Asio, without Boost: the engine of its name. Debian's package is headers alone.
find_package(asio CONFIG QUIET)
if(NOT TARGET asio::asio)
  set(asio_include NOTFOUND)
  if(NOT CMAKE_DISABLE_FIND_PACKAGE_asio)
    find_path(asio_include asio.hpp NO_CACHE)
  endif()
  if(NOT asio_include)
    # Apache Kvrocks' and other public CMake projects have the same hash.
    recvbench_source(ASIO https://github.com/chriskohlhoff/asio/archive/refs/tags/asio-1-22-1.tar.gz
      30cb54a5de5e465d10ec0c2026d6b5917f5e89fffabdbabeb1475846fc9a2cf0)
    recvbench_find(asio_include asio.hpp ${ASIO_source} ${ASIO_source}/include ${ASIO_source}/asio/include)
  endif()
  add_library(asio::asio INTERFACE IMPORTED GLOBAL)
  target_include_directories(asio::asio INTERFACE ${asio_include})
endif()
# Memory by operator new, which the allocation tests count.
target_compile_definitions(asio::asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)

# liburing: the engine io_uring. A package or nothing, because its build is not CMake's: without it the engine says so.
if(CMAKE_SYSTEM_NAME STREQUAL Linux)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(liburing QUIET IMPORTED_TARGET GLOBAL liburing>=2.3)
  endif()
  if(NOT TARGET PkgConfig::liburing)
    message(STATUS "liburing 2.3 or later: not found, so the engine io_uring will not be available")
  endif()
endif()

# What add_subdirectory of a dependency below must not do: choose another C runtime than ours.
set(CMAKE_POLICY_DEFAULT_CMP0091 NEW)

# GoogleTest: tests.
if(RECVBENCH_TESTS)
  find_package(GTest 1.12 CONFIG QUIET)
  if(NOT TARGET GTest::gtest_main)
    # Debian: googletest 1.12.1-0.2.
    recvbench_source(GTEST https://github.com/google/googletest/archive/refs/tags/release-1.12.1.tar.gz
      81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2)
    set(INSTALL_GTEST OFF CACHE BOOL "" FORCE)
    set(BUILD_GMOCK OFF CACHE BOOL "" FORCE)
    # On: GoogleTest leaves the choice of the C runtime alone. The name is historical.
    set(gtest_force_shared_crt ON CACHE BOOL "" FORCE)
    add_subdirectory(${GTEST_source} ${CMAKE_BINARY_DIR}/dependencies/gtest EXCLUDE_FROM_ALL SYSTEM)
  endif()
endif()

# Google Benchmark: micro-benchmarks and the scenario adapter.
if(RECVBENCH_BENCHMARKS)
  find_package(benchmark 1.7 CONFIG QUIET)
  if(NOT TARGET benchmark::benchmark)
    # Debian: benchmark 1.7.1-1.
    recvbench_source(BENCHMARK https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz
      6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7)
    set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "" FORCE)
    set(BENCHMARK_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
    set(BENCHMARK_ENABLE_GTEST_TESTS OFF CACHE BOOL "" FORCE)
    set(BENCHMARK_ENABLE_WERROR OFF CACHE BOOL "" FORCE)
    add_subdirectory(${BENCHMARK_source} ${CMAKE_BINARY_DIR}/dependencies/benchmark EXCLUDE_FROM_ALL SYSTEM)
  endif()
endif()
