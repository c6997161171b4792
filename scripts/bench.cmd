@echo off
rem Builds with MSVC and vcpkg, measures every engine, prints a table and writes a report: scripts\bench.cmd [OPTIONS]
rem OPTIONS go to `recvbench run` (--help lists them); without any, its quick profile runs all engines.
setlocal
for %%r in ("%~dp0..") do set "root=%%~fr"
call "%root%\scripts\windows-env.cmd"
if %ERRORLEVEL% neq 0 exit /b 1
call "%root%\scripts\windows-python.cmd"
if %ERRORLEVEL% neq 0 exit /b 1

rem The presets are read from the current directory; a relative --out means the caller's.
if not exist "%root%\out\build" mkdir "%root%\out\build"
set "log=%root%\out\build\windows-msvc.log"
pushd "%root%"
if %ERRORLEVEL% neq 0 exit /b 1
cmake --preset windows-msvc >"%log%" 2>&1
if %ERRORLEVEL% neq 0 goto :build_failed
cmake --build --preset windows-msvc --target recvbench >>"%log%" 2>&1
if %ERRORLEVEL% neq 0 goto :build_failed
popd

rem cmd also splits at "=", so that --out=DIR arrives as two words.
set "out="
:next
if "%~1"=="" goto :parsed
if "%~1"=="--out" set "out=%~2"
if "%~1"=="-o" set "out=%~2"
shift /1
goto :next
:parsed
set "option="
if defined out goto :run
rem The time in UTC, whatever the date format here is.
for /f %%t in ('powershell -NoProfile -Command "[DateTime]::UtcNow.ToString('yyyyMMddTHHmmssZ')"') do set "out=%root%\out\runs\%%t"
if not defined out goto :no_time
set option=--out "%out%"

:run
"%root%\out\build\windows-msvc\harness\recvbench.exe" run %* %option%
set "status=%ERRORLEVEL%"
rem Usage errors (2) and dry runs leave nothing to report on, though an earlier run may lie in the directory.
if "%status%"=="2" exit /b 2
if not exist "%out%\runs.jsonl" exit /b %status%
set "PYTHONPATH=%root%\reports"
"%python%" -m recvbench_report html "%out%"
if %ERRORLEVEL% neq 0 if "%status%"=="0" set "status=1"
echo run directory: %out%
echo report:        %out%\report.html
exit /b %status%

:no_time
echo bench: powershell did not tell the time: give --out DIRECTORY 1>&2
exit /b 1
:build_failed
type "%log%" 1>&2
echo bench: the build failed, see %log% 1>&2
exit /b 1
