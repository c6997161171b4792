# Cross build for 64-bit Windows with clang on top of mingw-w64's GCC runtime: the second pair of eyes on Windows code.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER clang)
set(CMAKE_CXX_COMPILER clang++)
set(CMAKE_C_COMPILER_TARGET x86_64-w64-windows-gnu)
set(CMAKE_CXX_COMPILER_TARGET x86_64-w64-windows-gnu)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_AR x86_64-w64-mingw32-ar)
set(CMAKE_RANLIB x86_64-w64-mingw32-ranlib)
file(GLOB mingw_runtime LIST_DIRECTORIES true /usr/lib/gcc/x86_64-w64-mingw32/*-posix)
list(GET mingw_runtime 0 mingw_runtime)
# clang 14 does not find Debian's posix-thread libstdc++ by itself. The flags are on link lines too, where they are
# unused: a warning that makes the feature checks of dependencies fail under -Werror. libstdc++ was built with emulated
# thread-local storage.
set(CMAKE_CXX_FLAGS_INIT "-Wno-unused-command-line-argument -femulated-tls -nostdinc++ -isystem ${mingw_runtime}/include/c++ -isystem ${mingw_runtime}/include/c++/x86_64-w64-mingw32 -isystem ${mingw_runtime}/include/c++/backward")
set(CMAKE_C_FLAGS_INIT "-Wno-unused-command-line-argument")
# clang emits libstdc++'s inline type_info::operator== as a second strong definition beside the library's own.
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "-L${mingw_runtime} -fuse-ld=lld -Wl,--allow-multiple-definition -Wl,-Bstatic -lpthread")
endforeach()
include(${CMAKE_CURRENT_LIST_DIR}/mingw-common.cmake)
