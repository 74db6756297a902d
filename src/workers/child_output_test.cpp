#include "workers/child_output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/standard_output.hpp"

namespace millrace::workers {
namespace {

class ChildOutputTest : public testing::Test {
 protected:
  ChildOutputTest() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) std::abort();
    log_.reset(ends[0]);
    target_.reset(ends[1]);
    auto made = ChildOutput::make(loop_, target_.get());
    if (!made) std::abort();
    output_ = std::move(made).value();
    child_.reset(::dup(output_->child_end()));
    output_->release();
  }

  void print(const std::string& text) {
    ASSERT_EQ(::write(child_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  std::string log() {
    std::string text(65'536, '\0');
    const ssize_t got = ::read(log_.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

  net::EventLoop loop_;
  base::UniqueFd log_;
  base::UniqueFd target_;
  base::UniqueFd child_;
  std::unique_ptr<ChildOutput> output_;
};

TEST_F(ChildOutputTest, WritesCompleteLinesAndTheRestAtTheEnd) {
  print("one\ntwo\nthr");
  output_->finish();
  EXPECT_EQ(log(), "one\ntwo\nthr\n");
}

TEST_F(ChildOutputTest, AssemblesALineFromPieces) {
  print("one");
  loop_.post([this] {
    print(" line\n");
    child_.reset();
  });
  loop_.run();
  EXPECT_EQ(log(), "one line\n");
}

TEST_F(ChildOutputTest, SplitsALineThatDoesNotEnd) {
  print(std::string(20'000, 'x'));
  output_->finish();
  EXPECT_EQ(log(), std::string(16'384, 'x') + "\n" + std::string(20'000 - 16'384, 'x') + "\n");
}

TEST_F(ChildOutputTest, CannotBeTruncatedOrRewound) {
  print("kept\n");
  EXPECT_NE(::ftruncate(child_.get(), 0), 0);
  EXPECT_EQ(::lseek(child_.get(), 0, SEEK_SET), -1);
  output_->finish();
  EXPECT_EQ(log(), "kept\n");
}

TEST_F(ChildOutputTest, DoesNotBlockOnAFullLog) {
  const std::string full(4'096, 'y');
  while (::write(target_.get(), full.data(), full.size()) > 0) {
  }
  {
    const base::StandardOutput standard;
    print("late\n");
    output_->finish();
    EXPECT_EQ(log().find("late"), std::string::npos);
  }
}

}  // namespace
}  // namespace millrace::workers
