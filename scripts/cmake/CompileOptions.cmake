# Language level, warnings, sanitizers and static linking for recvbench's own targets.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Line tables are what profilers and backtraces need; all debug information would cost a third of the compile time (-g).
if(CMAKE_CXX_FLAGS_RELWITHDEBINFO STREQUAL "-O2 -g -DNDEBUG")
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
endif()
find_package(Threads REQUIRED)

if(RECVBENCH_SANITIZE)
  add_compile_options(-fsanitize=${RECVBENCH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RECVBENCH_SANITIZE})
  if(RECVBENCH_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # Said of every fence in Asio's headers: TSan does not see them. Asio's locks, which it sees, order what they do.
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(MINGW)
  # One self-contained .exe: only the system's own DLLs remain as imports.
  add_link_options(-static)
elseif(MSVC)
  set(CMAKE_MSVC_RUNTIME_LIBRARY "MultiThreaded$<$<CONFIG:Debug>:Debug>")
endif()

# Applied to recvbench's own targets only, so that a dependency's warning cannot break the build.
add_library(recvbench_options INTERFACE)
add_library(recvbench::options ALIAS recvbench_options)
target_include_directories(recvbench_options INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(recvbench_options INTERFACE Threads::Threads)
if(MSVC)
  # C4324 tells of padding by alignas, which is there on purpose; C4702 (unreachable code) comes from the back end
  # and blames header-only dependencies; C4127 (a condition is constant) wants `if constexpr` where a constant is only
  # part of the condition; C4459 (hides a global name) counts namespaces and functions too, and -Wshadow has the rest.
  target_compile_options(recvbench_options INTERFACE /W4 /wd4127 /wd4324 /wd4459 /wd4702 /permissive- /utf-8 /Zc:__cplusplus /EHsc
    $<$<BOOL:${RECVBENCH_WERROR}>:/WX>)
else()
  target_compile_options(recvbench_options INTERFACE -Wall -Wextra -Wconversion -Wshadow
    $<$<BOOL:${RECVBENCH_WERROR}>:-Werror>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 blames libstdc++'s own copying in `string + string` (its bugs 105329 and 105651): clang's builds and the
    # sanitizers look for what these would find.
    target_compile_options(recvbench_options INTERFACE -Wno-array-bounds -Wno-restrict)
  endif()
endif()
if(WIN32)
  # 0x0A00 = Windows 10: what the newest documented calls need; older systems are probed at run time.
  target_compile_definitions(recvbench_options INTERFACE
    NOMINMAX WIN32_LEAN_AND_MEAN UNICODE _UNICODE _WIN32_WINNT=0x0A00 FD_SETSIZE=2048
    _WINSOCK_DEPRECATED_NO_WARNINGS _CRT_SECURE_NO_WARNINGS)
  target_link_libraries(recvbench_options INTERFACE ws2_32 mswsock)
endif()

# recvbench_precompile(target headers...): what most of its files include, parsed once. GCC alone: other compilers build
# without, and find what a file uses and does not include.
function(recvbench_precompile target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND ARGN)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# recvbench_library(name sources... [LINK libs...] [PRECOMPILE headers...]): a static library recvbench::name with the
# options above.
function(recvbench_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;PRECOMPILE")
  add_library(recvbench_${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  add_library(recvbench::${name} ALIAS recvbench_${name})
  target_link_libraries(recvbench_${name} PUBLIC recvbench::options ${arg_LINK})
  recvbench_precompile(recvbench_${name} ${arg_PRECOMPILE})
endfunction()
