#include "observe/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <mutex>
#include <string>

#include "base/standard_output.hpp"

namespace millrace::observe {

namespace {

/// Writes lines through base::StandardOutput, with the level in colour on a terminal.
class Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  Sink(int descriptor, bool colours)
      : descriptor_(descriptor), colours_(colours && ::isatty(descriptor) == 1) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    std::string_view rest(line.data(), line.size());
    std::string text;
    if (colours_ && message.color_range_end > message.color_range_start) {
      text += rest.substr(0, message.color_range_start);
      text += message.level >= spdlog::level::err ? "\x1b[31m\x1b[1m" : "\x1b[33m\x1b[1m";
      text += rest.substr(message.color_range_start,
                          message.color_range_end - message.color_range_start);
      text += "\x1b[m";
      rest.remove_prefix(message.color_range_end);
    }
    text += rest;
    base::StandardOutput::write(descriptor_, text);
  }
  void flush_() override {}

  int descriptor_;
  bool colours_;
};

std::unique_ptr<spdlog::logger> make_logger(int descriptor, const char* pattern, bool colours) {
  auto logger =
      std::make_unique<spdlog::logger>("millrace", std::make_shared<Sink>(descriptor, colours));
  logger->set_pattern(pattern);
  logger->set_level(spdlog::level::trace);
  return logger;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

bool goes_to_errors(Level level) { return level == Level::warn || level == Level::error; }

}  // namespace

Log::Log(bool colours)
    : output_(make_logger(STDOUT_FILENO, "%v", colours)),
      errors_(make_logger(STDERR_FILENO, "%^%l%$: %v", colours)),
      raw_output_(make_logger(STDOUT_FILENO, "%v", false)),
      raw_errors_(make_logger(STDERR_FILENO, "%v", false)) {}

Log::~Log() = default;

void Log::log(Level level, std::string_view text) {
  auto& logger = goes_to_errors(level) ? *errors_ : *output_;
  logger.log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

void Log::log_raw(Level level, std::string_view text) {
  auto& logger = goes_to_errors(level) ? *raw_errors_ : *raw_output_;
  logger.log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace millrace::observe
