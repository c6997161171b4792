@echo off
rem Builds with MSVC and vcpkg, runs all tests and ends with one line of totals: scripts\test.cmd
rem CI set: warnings in recvbench's own code are errors. Exit code 0 only where every test passed.
setlocal
if not "%~1"=="" goto :usage
cd /d "%~dp0.."
if %ERRORLEVEL% neq 0 exit /b 1
call scripts\windows-env.cmd
if %ERRORLEVEL% neq 0 exit /b 1
call scripts\windows-python.cmd
if %ERRORLEVEL% neq 0 exit /b 1

set "werror=OFF"
if defined CI set "werror=ON"
cmake --preset windows-msvc -DRECVBENCH_WERROR=%werror%
if %ERRORLEVEL% neq 0 exit /b 1
cmake --build --preset windows-msvc
if %ERRORLEVEL% neq 0 exit /b 1

if exist out\tests rmdir /s /q out\tests
mkdir out\tests
if %ERRORLEVEL% neq 0 exit /b 1
set "status=0"
ctest --preset windows-msvc --output-junit "%CD%\out\tests\windows-msvc.xml"
if %ERRORLEVEL% neq 0 set "status=1"

rem Slashes: the tests read the command with a POSIX shell's rules.
set "root=%CD:\=/%"
set "RECVBENCH_RESULTS_SAMPLE='%root%/out/build/windows-msvc/results/results_sample.exe'"
rem The files that the tests read are UTF-8, whatever the code page here.
set "PYTHONUTF8=1"
call :node_modules
"%python%" -m pytest -q -rs -p no:cacheprovider --junitxml=out\tests\python.xml reports\tests results\tests harness\tests
if %ERRORLEVEL% neq 0 set "status=1"

"%python%" scripts\test-totals out\tests windows-msvc python
if %ERRORLEVEL% neq 0 set "status=1"
exit /b %status%

:node_modules
rem hdr-histogram-js, the independent reader of interval logs; its tests are skipped by name where npm is missing.
if not exist out\deps\node mkdir out\deps\node
copy /y results\tests\package.json out\deps\node >nul
call npm install --silent --no-audit --no-fund --prefix out\deps\node >nul 2>nul
if %ERRORLEVEL% neq 0 exit /b 0
set "RECVBENCH_NODE_MODULES=%root%/out/deps/node/node_modules"
exit /b 0

:usage
echo test: %1: takes no arguments 1>&2
exit /b 2
