#include "workers/child_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/standard_output.hpp"

namespace millrace::workers {

namespace {

/// Bytes read in one turn of the loop, so that other events get their share.
constexpr std::size_t kPiece = 16'384;
/// A pipe holds at most 1 MB, and a child that has ended adds nothing.
constexpr int kMostPieces = 128;

}  // namespace

base::Result<std::unique_ptr<ChildOutput>> ChildOutput::make(net::EventLoop& loop, int target) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return base::Error::from_errno("cannot create a pipe for a worker's output", errno);
  }
  base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  // Applies to this end only: each end has its own flag.
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  return std::unique_ptr<ChildOutput>(
      new ChildOutput(loop, std::move(reading), std::move(writing), target));
}

ChildOutput::ChildOutput(net::EventLoop& loop, base::UniqueFd reading, base::UniqueFd child_end,
                         int target)
    : target_(target), child_end_(std::move(child_end)) {
  watch_ = std::make_unique<net::ReadableWatch>(loop, std::move(reading),
                                                [this] { static_cast<void>(read()); });
}

bool ChildOutput::read() {
  std::array<char, kPiece> bytes;
  const ssize_t got = ::read(watch_->fd(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
  if (got <= 0) {
    write_lines(true);
    watch_.reset();
    return false;
  }
  rest_.append(bytes.data(), static_cast<std::size_t>(got));
  write_lines(false);
  return true;
}

void ChildOutput::finish() {
  for (int pieces = 0; watch_ && pieces < kMostPieces && read();) ++pieces;
  if (watch_) write_lines(true);
  watch_.reset();
}

void ChildOutput::write_lines(bool all) {
  const std::size_t last = rest_.rfind('\n');
  std::size_t complete = last == std::string::npos ? 0 : last + 1;
  if ((all || rest_.size() - complete >= kPiece) && complete < rest_.size()) {
    rest_ += '\n';
    complete = rest_.size();
  }
  base::StandardOutput::write(target_, std::string_view(rest_).substr(0, complete));
  rest_.erase(0, complete);
}

}  // namespace millrace::workers
