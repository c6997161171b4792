@echo off
rem Sets python to an interpreter under out\venv that has scripts\requirements.txt, for the scripts that call it inside
rem their setlocal:  call "%~dp0windows-python.cmd"
rem Made anew when the requirements change; a second call returns at once.
for %%r in ("%~dp0..") do set "recvbench_venv=%%~fr\out\venv"
set "python=%recvbench_venv%\Scripts\python.exe"
if not exist "%python%" goto :make
fc "%~dp0requirements.txt" "%recvbench_venv%\requirements.txt" >nul 2>nul
if %ERRORLEVEL% equ 0 exit /b 0

:make
py -3 -m venv --clear "%recvbench_venv%" 2>nul
if %ERRORLEVEL% equ 0 goto :install
python -m venv --clear "%recvbench_venv%" 2>nul
if %ERRORLEVEL% equ 0 goto :install
echo recvbench: no Python 3.11 or newer found: install it from python.org, or put it on PATH 1>&2
exit /b 1

:install
"%python%" -m pip install --quiet --disable-pip-version-check -r "%~dp0requirements.txt"
if %ERRORLEVEL% neq 0 goto :failed
rem Last, so that a stopped installation is made again.
copy /y "%~dp0requirements.txt" "%recvbench_venv%\requirements.txt" >nul
if %ERRORLEVEL% neq 0 goto :failed
exit /b 0
:failed
echo recvbench: installing scripts\requirements.txt into "%recvbench_venv%" failed 1>&2
exit /b 1
