@echo off
rem Two builds measured in interleaved pairs on Windows, built with MSVC and vcpkg: scripts\gate.cmd --base main [OPTIONS]
rem OPTIONS: scripts\gate.cmd --help. The exit code says whether something got slower (README.md, "Gate your CI").
setlocal
for %%r in ("%~dp0..") do set "root=%%~fr"
call "%root%\scripts\windows-env.cmd"
if %ERRORLEVEL% neq 0 exit /b 1
call "%root%\scripts\windows-python.cmd"
if %ERRORLEVEL% neq 0 exit /b 1
rem What it prints is UTF-8, whatever the code page here.
set "PYTHONUTF8=1"
"%python%" "%root%\scripts\gate" %*
exit /b %ERRORLEVEL%
