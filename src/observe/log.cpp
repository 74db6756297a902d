#include "observe/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace millrace::observe {

namespace {

template <typename Sink>
std::unique_ptr<spdlog::logger> make_logger(const char* pattern, bool colours) {
  auto sink =
      std::make_shared<Sink>(colours ? spdlog::color_mode::automatic : spdlog::color_mode::never);
  auto logger = std::make_unique<spdlog::logger>("millrace", std::move(sink));
  logger->set_pattern(pattern);
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
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
    : output_(make_logger<spdlog::sinks::stdout_color_sink_mt>("%v", colours)),
      errors_(make_logger<spdlog::sinks::stderr_color_sink_mt>("%^%l%$: %v", colours)),
      raw_output_(make_logger<spdlog::sinks::stdout_color_sink_mt>("%v", false)),
      raw_errors_(make_logger<spdlog::sinks::stderr_color_sink_mt>("%v", false)) {}

Log::~Log() = default;

void Log::say(Level level, std::string_view text) {
  auto& logger = goes_to_errors(level) ? *errors_ : *output_;
  logger.log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

void Log::pass_on(Level level, std::string_view text) {
  auto& logger = goes_to_errors(level) ? *raw_errors_ : *raw_output_;
  logger.log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace millrace::observe
