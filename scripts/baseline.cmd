@echo off
rem What a build needs on this machine, stored to compare later ones with, built with MSVC: scripts\baseline.cmd update [OPTIONS]
rem OPTIONS: scripts\baseline.cmd --help.
setlocal
for %%r in ("%~dp0..") do set "root=%%~fr"
call "%root%\scripts\windows-env.cmd"
if %ERRORLEVEL% neq 0 exit /b 1
call "%root%\scripts\windows-python.cmd"
if %ERRORLEVEL% neq 0 exit /b 1
rem What it prints is UTF-8, whatever the code page here.
set "PYTHONUTF8=1"
"%python%" "%root%\scripts\baseline" %*
exit /b %ERRORLEVEL%
