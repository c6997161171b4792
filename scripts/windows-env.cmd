@echo off
rem Puts cl, cmake and ninja on PATH and sets VCPKG_ROOT, for the scripts that call it inside their setlocal:
rem   call "%~dp0windows-env.cmd"
rem Where cl is missing, Visual Studio or its Build Tools are found by vswhere. One line and exit code 1 where something
rem is missing. No blocks in parentheses around paths: "Program Files (x86)" would close them.

rem A Visual Studio environment replaces VCPKG_ROOT by its own copy of vcpkg; the caller's comes first.
set "recvbench_vcpkg=%VCPKG_ROOT%"
if not defined recvbench_vcpkg set "recvbench_vcpkg=%VCPKG_INSTALLATION_ROOT%"

call :on_path cl.exe
if %ERRORLEVEL% equ 0 goto :have_compiler
set "PATH=%PATH%;%ProgramFiles(x86)%\Microsoft Visual Studio\Installer"
call :on_path vswhere.exe
if %ERRORLEVEL% neq 0 goto :no_compiler
set "recvbench_vs="
for /f "delims=" %%i in ('vswhere -latest -products * -requires Microsoft.VisualStudio.Component.VC.Tools.x86.x64 -property installationPath') do set "recvbench_vs=%%i"
if not defined recvbench_vs goto :no_compiler
rem VsDevCmd would otherwise change to the user's source directory.
set "VSCMD_START_DIR=%CD%"
set "VSCMD_SKIP_SENDTELEMETRY=1"
call "%recvbench_vs%\Common7\Tools\VsDevCmd.bat" -no_logo -arch=amd64 -host_arch=amd64
call :on_path cl.exe
if %ERRORLEVEL% neq 0 goto :no_compiler

:have_compiler
if defined VSCMD_ARG_TGT_ARCH if /i not "%VSCMD_ARG_TGT_ARCH%"=="x64" goto :wrong_target
if defined recvbench_vcpkg set "VCPKG_ROOT=%recvbench_vcpkg%"
if not defined VCPKG_ROOT goto :no_vcpkg
if not exist "%VCPKG_ROOT%\scripts\buildsystems\vcpkg.cmake" goto :bad_vcpkg
call :on_path cmake.exe
if %ERRORLEVEL% neq 0 goto :no_cmake
call :on_path ninja.exe
if %ERRORLEVEL% neq 0 goto :no_cmake
exit /b 0

:no_compiler
echo recvbench: no C++ compiler found: install Visual Studio 2022 or its Build Tools with "Desktop development with C++" 1>&2
exit /b 1
:wrong_target
echo recvbench: this prompt builds for %VSCMD_ARG_TGT_ARCH%: start from the x64 Native Tools prompt or a plain one 1>&2
exit /b 1
:no_vcpkg
echo recvbench: VCPKG_ROOT is not set: clone https://github.com/microsoft/vcpkg, run its bootstrap-vcpkg.bat and set VCPKG_ROOT to it 1>&2
exit /b 1
:bad_vcpkg
echo recvbench: VCPKG_ROOT is "%VCPKG_ROOT%", which holds no scripts\buildsystems\vcpkg.cmake 1>&2
exit /b 1
:no_cmake
echo recvbench: cmake or ninja not found: add "C++ CMake tools for Windows" to Visual Studio, or put both on PATH 1>&2
exit /b 1

:on_path
rem Exit code 0 where PATH holds the file.
if "%~$PATH:1"=="" exit /b 1
exit /b 0
