#include "observe/access_log.hpp"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "base/standard_output.hpp"

namespace millrace::observe {

namespace {

std::string dropped_text(std::uint64_t lines) {
  return std::to_string(lines) +
         " lines of the access log were dropped: its file or reader is too slow";
}

}  // namespace

AccessLog::AccessLog(net::EventLoop& loop, Log& log)
    : log_(log), timer_(loop, [this] {
        timer_set_ = false;
        flush();
      }) {}

AccessLog::~AccessLog() {
  flush();
  if (dropped_ > 0) log_.log(Level::warn, dropped_text(dropped_));
}

base::Result<void> AccessLog::configure(const LogSettings& settings) {
  flush();
  const bool to_file = settings.access != AccessFormat::off && !settings.access_file.empty();
  if (!to_file) {
    writer_.reset();
    file_.reset();
  } else if (!file_ || file_->path() != settings.access_file) {
    auto file = LogFile::open(settings.access_file);
    if (!file) return file.error();
    file_ = std::make_shared<LogFile>(std::move(file).value());
    writer_ = std::make_unique<base::LineWriter>(kMostWaiting, file_);
  }
  format_ = settings.access;
  mask_ = SecretMask(settings.mask);
  return {};
}

base::Result<void> AccessLog::reopen() {
  flush();
  return file_ ? file_->reopen() : base::Result<void>();
}

void AccessLog::on_request_over(const RequestRecord& record) {
  if (format_ == AccessFormat::off) return;
  append_access_line(batch_, format_, record, mask_, clock_, std::chrono::system_clock::now());
  ++lines_;
  if (batch_.size() >= kBatch) return flush();
  set_timer(kDelay);
}

void AccessLog::set_timer(std::chrono::milliseconds delay) {
  if (!std::exchange(timer_set_, true)) timer_.set_after(delay);
}

bool AccessLog::offer(std::string_view lines) {
  if (writer_) return writer_->offer(file_->descriptor(), lines);
  return base::StandardOutput::offer(STDOUT_FILENO, lines);
}

void AccessLog::flush() {
  if (lines_ > 0 && !offer(batch_)) dropped_ += lines_;
  batch_.clear();
  lines_ = 0;
  report();
  // What was lost is logged even if no request follows.
  if (dropped_ > 0) set_timer(kReportInterval);
}

void AccessLog::report() {
  const auto now = net::Clock::now();
  if (now - reported_ < kReportInterval) return;
  if (const int failure = writer_ ? writer_->take_failure() : 0; failure != 0) {
    reported_ = now;
    log_.log(Level::error, "cannot write the access log " + file_->path() + ": " +
                               std::generic_category().message(failure) + "; its lines are lost");
  }
  if (dropped_ == 0) return;
  const bool room = writer_ ? writer_->has_room(kBatch) : base::StandardOutput::has_room(kBatch);
  if (!room) return;
  reported_ = now;
  log_.log(Level::warn, dropped_text(std::exchange(dropped_, 0)));
}

}  // namespace millrace::observe
