// Child processes by CreateProcessW, which takes one command line and a list of the handles to inherit.
#include "platform/process.h"

#include <windows.h>

#include <cstddef>
#include <iterator>
#include <system_error>
#include <utility>

#include "platform/deadline.h"
#include "platform/error.h"
#include "platform/winsock/text.h"

namespace recvbench {
namespace {

class Handle {
 public:
  explicit Handle(HANDLE handle) : handle_(handle) {}
  ~Handle() {
    if (handle_ && handle_ != INVALID_HANDLE_VALUE) CloseHandle(handle_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  HANDLE get() const { return handle_; }

 private:
  HANDLE handle_;
};

// The rules by which CommandLineToArgvW and the C runtime take a command line apart: backslashes stand for
// themselves unless a quote follows, where they come in pairs.
void append_quoted(std::wstring& line, const std::wstring& argument) {
  if (!line.empty()) line += L' ';
  if (!argument.empty() && argument.find_first_of(L" \t\n\v\"") == std::wstring::npos) {
    line += argument;
    return;
  }
  line += L'"';
  std::size_t backslashes = 0;
  for (const wchar_t letter : argument) {
    if (letter == L'\\') {
      ++backslashes;
      continue;
    }
    line.append(letter == L'"' ? 2 * backslashes + 1 : backslashes, L'\\');
    line += letter;
    backslashes = 0;
  }
  line.append(2 * backslashes, L'\\');  // the closing quote follows
  line += L'"';
}

// An inheritable copy of one of this process's standard handles, or of NUL where it has none. The original is
// left alone: making it inheritable would hand it to every child that another thread starts meanwhile.
HANDLE inheritable_copy(DWORD which, const std::string& program) {
  const HANDLE original = GetStdHandle(which);
  HANDLE copy = nullptr;
  if (which != STD_INPUT_HANDLE && original && original != INVALID_HANDLE_VALUE) {
    if (!DuplicateHandle(GetCurrentProcess(), original, GetCurrentProcess(), &copy, 0, TRUE,
                         DUPLICATE_SAME_ACCESS)) {
      throw_error(last_system_error(), "DuplicateHandle", program);
    }
    return copy;
  }
  SECURITY_ATTRIBUTES inheritable{sizeof inheritable, nullptr, TRUE};
  const DWORD access = which == STD_INPUT_HANDLE ? GENERIC_READ : GENERIC_WRITE;
  copy = CreateFileW(L"NUL", access, FILE_SHARE_READ | FILE_SHARE_WRITE, &inheritable, OPEN_EXISTING, 0,
                     nullptr);
  if (copy == INVALID_HANDLE_VALUE) throw_error(last_system_error(), "CreateFileW", "NUL");
  return copy;
}

// The list of the only handles that the child inherits. `handles` must outlive it.
class InheritList {
 public:
  InheritList(HANDLE* handles, std::size_t count, const std::string& program) {
    SIZE_T size = 0;
    InitializeProcThreadAttributeList(nullptr, 1, 0, &size);  // fails by design: tells the size
    storage_.resize(size);
    if (!InitializeProcThreadAttributeList(get(), 1, 0, &size)) {
      throw_error(last_system_error(), "InitializeProcThreadAttributeList", program);
    }
    if (!UpdateProcThreadAttribute(get(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles,
                                   count * sizeof(HANDLE), nullptr, nullptr)) {
      const std::error_code error = last_system_error();
      DeleteProcThreadAttributeList(get());
      throw_error(error, "UpdateProcThreadAttribute", program);
    }
  }
  ~InheritList() { DeleteProcThreadAttributeList(get()); }
  InheritList(const InheritList&) = delete;
  InheritList& operator=(const InheritList&) = delete;
  LPPROC_THREAD_ATTRIBUTE_LIST get() {
    return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(storage_.data());
  }

 private:
  std::vector<std::byte> storage_;
};

}  // namespace

struct ChildProcess::State {
  HANDLE process;  // null for a Linux program under Wine
};

ChildProcess::ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  const std::string name = narrow(program.wstring());
  std::wstring line;
  append_quoted(line, program.wstring());
  for (const std::string& argument : arguments) append_quoted(line, wide(argument));

  const Handle input(inheritable_copy(STD_INPUT_HANDLE, name));
  const Handle output(inheritable_copy(STD_OUTPUT_HANDLE, name));
  const Handle errors(inheritable_copy(STD_ERROR_HANDLE, name));
  HANDLE inherited[] = {input.get(), output.get(), errors.get()};
  InheritList list(inherited, std::size(inherited), name);

  STARTUPINFOEXW startup{};
  startup.StartupInfo.cb = sizeof startup;
  startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  startup.StartupInfo.hStdInput = input.get();
  startup.StartupInfo.hStdOutput = output.get();
  startup.StartupInfo.hStdError = errors.get();
  startup.lpAttributeList = list.get();
  PROCESS_INFORMATION started{};
  if (!CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, TRUE, EXTENDED_STARTUPINFO_PRESENT,
                      nullptr, nullptr, &startup.StartupInfo, &started)) {
    throw_error(last_system_error(), "CreateProcessW", name);
  }
  if (started.hThread) CloseHandle(started.hThread);
  state_ = std::make_unique<State>(State{started.hProcess});
}

ChildProcess::~ChildProcess() {
  terminate();
  if (can_wait()) CloseHandle(state_->process);
}

ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  // The old state goes with the temporary.
  ChildProcess(std::move(other)).state_.swap(state_);
  return *this;
}

bool ChildProcess::can_wait() const {
  return state_ && state_->process;
}

std::optional<int> ChildProcess::poll_exit() {
  return wait_exit(std::chrono::milliseconds(0));
}

std::optional<int> ChildProcess::wait_exit(std::chrono::milliseconds limit) {
  if (!can_wait()) return {};
  const Deadline deadline(limit);
  for (;;) {
    const DWORD waited =
        WaitForSingleObject(state_->process, static_cast<DWORD>(deadline.milliseconds_left()));
    if (waited == WAIT_FAILED) throw_error(last_system_error(), "WaitForSingleObject", "child process");
    if (waited == WAIT_OBJECT_0) break;
    if (deadline.passed()) return {};
  }
  DWORD code = 0;
  if (!GetExitCodeProcess(state_->process, &code))
    throw_error(last_system_error(), "GetExitCodeProcess", "child process");
  return static_cast<int>(code);
}

void ChildProcess::terminate() noexcept {
  if (!can_wait()) return;
  // 137 = 128 + SIGKILL, what the same end gives on POSIX. No effect on a process that has ended.
  TerminateProcess(state_->process, 137);
  WaitForSingleObject(state_->process, INFINITE);
}

std::filesystem::path executable_path() {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    const DWORD length = GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    if (length == 0) throw_error(last_system_error(), "GetModuleFileNameW");
    if (length < path.size()) {
      path.resize(length);
      return path;
    }
    path.resize(path.size() * 2);
  }
}

std::uint64_t process_id() noexcept {
  return GetCurrentProcessId();
}

}  // namespace recvbench
