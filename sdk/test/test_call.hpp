// TestCall is the host of a handler in a test: it collects the body and the log lines.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <string>
#include <utility>
#include <vector>

#include "millrace/detail/call.hpp"

namespace millrace {

class TestCall : public detail::Call {
 public:
  boost::asio::any_io_executor executor() override { return loop_.get_executor(); }
  Task<std::string> read_body() override { co_return std::string(); }
  Task<bool> write_body(std::string bytes) override {
    written_ += bytes;
    co_return true;
  }
  void run_after(std::function<Task<void>()> work) override { run(work()); }
  void log(LogLevel, std::string_view text) override { logged_.emplace_back(text); }
  [[nodiscard]] std::stop_token stop_token() const override { return {}; }

  /// Runs `task` to completion and throws its exception.
  void run(Task<void> task) {
    auto done = boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
    loop_.restart();
    loop_.run();
    done.get();
  }

  [[nodiscard]] const std::string& written() const { return written_; }
  [[nodiscard]] const std::vector<std::string>& logged() const { return logged_; }

 private:
  boost::asio::io_context loop_;
  std::string written_;
  std::vector<std::string> logged_;
};

}  // namespace millrace
