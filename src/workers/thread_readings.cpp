#include "workers/thread_readings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace millrace::workers {

namespace {

using std::chrono::nanoseconds;
using State = ThreadReading::State;

/// Positions in /proc/PID/stat, counted after the name: state is 0, utime 11, stime 12.
constexpr std::size_t kUserTicks = 11;
constexpr std::size_t kSystemTicks = 12;

/// Returns the start of the file; both files read here are shorter than the buffer.
std::string read_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, 1024> text{};
  const ssize_t got = ::read(file.get(), text.data(), text.size());
  return got <= 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(got));
}

/// Returns the first `most` words of a line.
std::vector<std::string_view> words_of(std::string_view line, std::size_t most) {
  std::vector<std::string_view> words;
  while (!line.empty() && words.size() < most) {
    const std::size_t end = std::min(line.find_first_of(" \n"), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

State state_of(char letter) {
  switch (letter) {
    case 'S':
    case 'D':
    case 'I':
    // It has ended, and other threads of its process have not.
    case 'Z':
    case 'X':
      return State::asleep;
    case 'T':
    case 't':
      return State::stopped;
    default:
      return State::runnable;
  }
}

std::optional<ThreadReading> read_thread(const std::string& folder, pid_t id) {
  const std::string stat = read_file(folder + "/stat");
  // The name can contain any character, including brackets.
  const std::size_t name_end = stat.rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  const auto fields = words_of(std::string_view(stat).substr(name_end + 2), kSystemTicks + 1);
  if (fields.size() <= kSystemTicks) return std::nullopt;
  ThreadReading reading;
  reading.id = id;
  reading.state = state_of(fields[0].front());
  const std::string schedstat = read_file(folder + "/schedstat");
  const auto times = words_of(schedstat, 2);
  if (times.size() == 2 && number(times[0]) > 0) {
    reading.used = nanoseconds(number(times[0]));
    reading.waited = nanoseconds(number(times[1]));
    return reading;
  }
  // A kernel without CONFIG_SCHED_INFO.
  static const auto ticks = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
  const std::uint64_t used = number(fields[kUserTicks]) + number(fields[kSystemTicks]);
  reading.used = nanoseconds(used * (1'000'000'000U / ticks));
  return reading;
}

}  // namespace

std::vector<ThreadReading> read_threads(pid_t pid, bool all) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/task/";
  std::vector<ThreadReading> readings;
  if (!all) {
    if (const auto main = read_thread(folder + std::to_string(pid), pid)) readings.push_back(*main);
    return readings;
  }
  std::error_code failed;
  std::filesystem::directory_iterator entry(folder, failed);
  for (; !failed && entry != std::filesystem::directory_iterator() &&
         readings.size() < kMostThreadsRead;
       entry.increment(failed)) {
    const auto id = static_cast<pid_t>(number(entry->path().filename().string()));
    if (const auto thread = read_thread(entry->path().string(), id)) readings.push_back(*thread);
  }
  return readings;
}

}  // namespace millrace::workers
