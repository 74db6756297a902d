#include "base/standard_output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/unique_fd.hpp"

namespace millrace::base {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }

  /// Reads everything until the end.
  std::string read() {
    writing.reset();
    std::string all;
    std::array<char, 65'536> piece{};
    for (;;) {
      const ssize_t got = ::read(reading.get(), piece.data(), piece.size());
      if (got <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

  UniqueFd reading;
  UniqueFd writing;
};

// This test is the first, since the thread of a later one reports dropped lines whenever it can.
TEST(StandardOutput, ReportsDroppedLinesEvenIfNoLineFollows) {
  const Pipe errors;
  const UniqueFd before(::dup(STDERR_FILENO));
  ::dup2(errors.writing.get(), STDERR_FILENO);
  {
    const StandardOutput output;
    StandardOutput::write(errors.writing.get(), std::string(StandardOutput::kMostWaiting + 1, 'z'));
  }
  ::dup2(before.get(), STDERR_FILENO);
  std::string text(1'000, '\0');
  text.resize(static_cast<std::size_t>(::read(errors.reading.get(), text.data(), text.size())));
  EXPECT_EQ(text, "warning: 1 log messages were dropped: their reader is too slow\n");
}

TEST(StandardOutput, WritesEverythingInOrderBeforeItEnds) {
  Pipe pipe;
  std::string expected;
  {
    const StandardOutput output;
    for (int i = 0; i < 1'000; ++i) {
      const std::string line = std::to_string(i) + "\n";
      StandardOutput::write(pipe.writing.get(), line);
      expected += line;
    }
  }
  EXPECT_EQ(pipe.read(), expected);
}

TEST(StandardOutput, WritesAtOnceWithoutAnInstance) {
  Pipe pipe;
  StandardOutput::write(pipe.writing.get(), "one\n");
  EXPECT_EQ(pipe.read(), "one\n");
}

TEST(StandardOutput, NeverBlocksAndDropsLinesBeyondTheBound) {
  Pipe pipe;
  const std::string line = std::string(1'023, 'x') + "\n";
  {
    const StandardOutput output;
    // The reader takes nothing: this is more than the kernel and the queue hold together.
    for (std::size_t i = 0; i < 3 * StandardOutput::kMostWaiting / line.size(); ++i) {
      StandardOutput::write(pipe.writing.get(), line);
    }
    EXPECT_LE(output.waiting(), StandardOutput::kMostWaiting);
    EXPECT_GT(output.waiting(), StandardOutput::kMostWaiting / 2);
  }
  // The destructor has not waited either; the thread writes on while the pipe is read, and its
  // descriptor stays open.
  EXPECT_GE(pipe.writing.release(), 0);
  std::string taken(StandardOutput::kMostWaiting / 2, '\0');
  std::size_t got = 0;
  while (got < taken.size()) {
    const ssize_t more = ::read(pipe.reading.get(), taken.data() + got, taken.size() - got);
    ASSERT_GT(more, 0);
    got += static_cast<std::size_t>(more);
  }
  EXPECT_EQ(taken.substr(0, line.size()), line);
}

TEST(StandardOutput, CanBeWrittenToWhileItIsMadeAndDestroyed) {
  Pipe pipe;
  std::thread other([&pipe] {
    for (int i = 0; i < 1'000; ++i) StandardOutput::write(pipe.writing.get(), "x\n");
  });
  for (int i = 0; i < 100; ++i) const StandardOutput output;
  other.join();
  // What the thread has taken over is written by its end at the latest.
  EXPECT_EQ(pipe.read().size() % 2, 0U);
}

TEST(StandardOutput, WritesToANonBlockingDescriptor) {
  Pipe pipe;
  ::fcntl(pipe.writing.get(), F_SETFL, O_NONBLOCK);
  const std::string text(300'000, 'y');
  std::string all;
  {
    const StandardOutput output;
    StandardOutput::write(pipe.writing.get(), text);
    std::array<char, 65'536> piece{};
    while (all.size() < text.size()) {
      const ssize_t got = ::read(pipe.reading.get(), piece.data(), piece.size());
      ASSERT_GT(got, 0);
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  EXPECT_EQ(all, text);
}

}  // namespace
}  // namespace millrace::base
