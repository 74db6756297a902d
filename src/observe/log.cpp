#include "observe/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "base/standard_output.hpp"
#include "observe/journal.hpp"
#include "observe/json_text.hpp"
#include "observe/log_file.hpp"
#include "observe/secret_mask.hpp"

namespace millrace::observe {

namespace {

constexpr const char* kInformation = "%v";
constexpr const char* kWarning = "%^%l%$: %v";
constexpr const char* kJson = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

/// Where a sink writes to.
struct Target {
  int descriptor = STDOUT_FILENO;
  bool colours = false;
  bool journal = false;
};

/// The priorities of syslog.
char priority_of(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return '3';
  if (level == spdlog::level::warn) return '4';
  return level == spdlog::level::info ? '6' : '7';
}

/// Writes lines through base::StandardOutput, with the level in colour on a terminal.
class Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Sink(Target target) : target_(target) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    std::string_view rest(line.data(), line.size());
    std::string text;
    if (target_.colours && message.color_range_end > message.color_range_start) {
      text += rest.substr(0, message.color_range_start);
      text += message.level >= spdlog::level::err ? "\x1b[31m\x1b[1m" : "\x1b[33m\x1b[1m";
      text += rest.substr(message.color_range_start,
                          message.color_range_end - message.color_range_start);
      text += "\x1b[m";
      rest.remove_prefix(message.color_range_end);
    }
    text += rest;
    if (target_.journal) text = with_priority(text, priority_of(message.level));
    base::StandardOutput::write(target_.descriptor, text);
  }
  void flush_() override {}

  Target target_;
};

std::unique_ptr<spdlog::logger> make_logger(Target target, const char* pattern) {
  auto logger = std::make_unique<spdlog::logger>("millrace", std::make_shared<Sink>(target));
  logger->set_formatter(
      std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
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

Target target_of(int descriptor, bool colours) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
  const char* const journal = std::getenv("JOURNAL_STREAM");
  return {.descriptor = descriptor,
          .colours = colours && ::isatty(descriptor) == 1,
          .journal = goes_to_journal(descriptor, journal)};
}

}  // namespace

struct Log::Outputs {
  LogFormat format = LogFormat::text;
  SecretMask mask;
  /// Shared with the outputs that replace these, so that the descriptor stays open.
  std::shared_ptr<LogFile> file;
  std::unique_ptr<spdlog::logger> information;
  std::unique_ptr<spdlog::logger> errors;
  /// For the project's lines, which have no prefix.
  std::unique_ptr<spdlog::logger> raw_information;
  std::unique_ptr<spdlog::logger> raw_errors;
  bool in_colour = false;

  void open(bool colours) {
    Target out = target_of(STDOUT_FILENO, colours);
    Target err = target_of(STDERR_FILENO, colours);
    if (file) out = err = {.descriptor = file->descriptor()};
    const bool json = format == LogFormat::json;
    in_colour = out.colours && !json;
    if (json) out.colours = err.colours = false;
    information = make_logger(out, json ? kJson : kInformation);
    errors = make_logger(err, json ? kJson : kWarning);
    raw_information = make_logger(out, json ? kJson : kInformation);
    raw_errors = make_logger(err, json ? kJson : kInformation);
  }

  [[nodiscard]] spdlog::logger& logger(Level level, LogSource source) const {
    const bool error = goes_to_errors(level);
    if (source == LogSource::project) return error ? *raw_errors : *raw_information;
    return error ? *errors : *information;
  }

  [[nodiscard]] std::string json_of(LogSource source, std::string_view text,
                                    const LoggedRequest* request) const;
};

std::string Log::Outputs::json_of(LogSource source, std::string_view text,
                                  const LoggedRequest* request) const {
  // The text form is indented under the first line of the output.
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  std::string members = R"("message":)";
  append_json_string(members, text.substr(begin));
  members += source == LogSource::server ? R"(,"source":"server")" : R"(,"source":"project")";
  if (request == nullptr) return members;
  append_json_member(members, "request_id", request->id);
  append_json_member(members, "trace_id", request->trace_id);
  append_json_member(members, "method", request->method);
  std::string target;
  mask.append(target, request->target);
  append_json_member(members, "path", target);
  append_json_member(members, "route", request->route);
  return members;
}

Log::Log(bool colours) : colours_(colours) {
  auto outputs = std::make_shared<Outputs>();
  outputs->open(colours_);
  outputs_ = std::move(outputs);
}

Log::~Log() = default;

base::Result<void> Log::configure(const LogSettings& settings) {
  auto outputs = std::make_shared<Outputs>();
  outputs->format = settings.format;
  outputs->mask = SecretMask(settings.mask);
  if (!settings.file.empty()) {
    const auto before = this->outputs();
    if (before->file && before->file->path() == settings.file) {
      outputs->file = before->file;
    } else {
      auto file = LogFile::open(settings.file);
      if (!file) return file.error();
      outputs->file = std::make_shared<LogFile>(std::move(file).value());
    }
  }
  outputs->open(colours_);
  const std::lock_guard lock(mutex_);
  outputs_ = std::move(outputs);
  return {};
}

base::Result<void> Log::reopen() {
  const auto current = outputs();
  return current->file ? current->file->reopen() : base::Result<void>();
}

std::shared_ptr<const Log::Outputs> Log::outputs() const {
  const std::lock_guard lock(mutex_);
  return outputs_;
}

bool Log::is_json() const { return outputs()->format == LogFormat::json; }

bool Log::has_colours() const { return outputs()->in_colour; }

void Log::write(Level level, LogSource source, std::string_view text,
                const LoggedRequest* request) {
  const auto to = outputs();
  std::string changed;
  if (to->format == LogFormat::json) {
    changed = to->json_of(source, text, request);
    text = changed;
  } else if (request != nullptr && !request->id.empty()) {
    changed.append("[").append(request->id).append("] ").append(text);
    text = changed;
  }
  to->logger(level, source).log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

void Log::log(Level level, std::string_view text) {
  write(level, LogSource::server, text, nullptr);
}

void Log::log_of_request(Level level, std::string_view text, const LoggedRequest& request) {
  write(level, LogSource::server, text, &request);
}

void Log::log_raw(Level level, std::string_view text) {
  write(level, LogSource::project, text, nullptr);
}

void Log::log_raw_of_request(Level level, std::string_view text, const LoggedRequest& request) {
  write(level, LogSource::project, text, &request);
}

}  // namespace millrace::observe
