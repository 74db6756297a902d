// A native worker in this process, with the test at the server's end of its link.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/unique_fd.hpp"
#include "link/frame.hpp"
#include "link/frame_encoder.hpp"
#include "single_thread_worker.hpp"
#include "worker.hpp"

namespace millrace::native {

namespace fs = std::filesystem;
using link::Kind;

/// Routes of the fixture's manifest, by number.
constexpr std::uint32_t kGone = 1;
constexpr std::uint32_t kOdd = 2;
constexpr std::uint32_t kThrowing = 3;

/// The frames received on a stream.
struct TestResponse {
  int status = 0;
  std::string fields;
  std::string body;
  bool ended = false;
  bool aborted = false;
};

/// Creates a folder with a manifest and the objects of its routes; the caller removes it.
inline fs::path make_project() {
  static int count = 0;
  fs::path folder = fs::temp_directory_path() / ("millrace-native-" + std::to_string(::getpid()) +
                                                 "-" + std::to_string(++count));
  fs::create_directories(folder);
  const auto route = [](std::string_view name, std::string_view parameters) {
    const std::string id(name);
    return R"({"path":"/api/)" + id + R"(","kind":"app","file":"app/api/)" + id +
           R"(/route.cpp","parameters":[)" + std::string(parameters) + R"(],"module":")" + id +
           R"(.so","methods":["GET"],"options":{}})";
  };
  // The manifest of an empty project, with routes.
  std::ifstream plain(fs::path(MILLRACE_MANIFESTS) / "plain.json", std::ios::binary);
  std::string manifest{std::istreambuf_iterator<char>(plain), {}};
  constexpr std::string_view kNoRoutes = R"("routes": [])";
  manifest.replace(manifest.find(kNoRoutes), kNoRoutes.size(),
                   R"("routes": [)" + route("[id]", R"({"name":"id","kind":"single"})") + ',' +
                       route("gone", "") + ',' + route("odd", "") + ',' + route("throwing", "") +
                       ']');
  std::ofstream(folder / "manifest.json") << manifest;
  fs::create_symlink(MILLRACE_FIXTURE_ROUTE, folder / "[id].so");
  fs::create_symlink(MILLRACE_ODD_ROUTE, folder / "odd.so");
  fs::create_symlink(MILLRACE_THROWING_ROUTE, folder / "throwing.so");
  return folder;
}

/// The server's end of a link to a worker with several threads, or with one.
class WorkerTest : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    server_ = base::UniqueFd(ends[0]);
    link_ = base::UniqueFd(ends[1]);
    // Bounds a test that hangs; no test measures time.
    const timeval timeout{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(server_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    folder_ = make_project();
    worker_ = std::thread([this] {
      ending_ = GetParam() == 1 ? run_single_threaded(link_.get())
                                : Worker(link_.get(), GetParam()).run();
    });
    ASSERT_EQ(next_json(Kind::hello).at("role"), "native");
  }

  void TearDown() override {
    server_ = base::UniqueFd();
    if (worker_.joinable()) worker_.join();
    fs::remove_all(folder_);
  }

  void send(const std::string& frames) {
    std::string_view rest = frames;
    while (!rest.empty()) {
      const ssize_t taken = ::write(server_.get(), rest.data(), rest.size());
      ASSERT_GT(taken, 0);
      rest.remove_prefix(static_cast<std::size_t>(taken));
    }
  }

  void send(Kind kind, std::uint64_t stream, std::string_view payload, bool end = false) {
    std::string frames;
    link::append_frame(frames, kind, stream, payload, end);
    send(frames);
  }

  /// Reads frames until `done` returns true.
  void read_until(const std::function<bool()>& done) {
    while (!done()) {
      const link::Decoded decoded = link::decode_frame(std::string_view(input_).substr(used_));
      if (decoded.status == link::DecodeStatus::frame) {
        take(decoded.frame);
        used_ += decoded.consumed;
        continue;
      }
      ASSERT_EQ(decoded.status, link::DecodeStatus::need_more);
      input_.erase(0, used_);
      used_ = 0;
      char bytes[65536];
      const ssize_t got = ::read(server_.get(), bytes, sizeof bytes);
      ASSERT_GT(got, 0) << "the worker has ended";
      input_.append(bytes, static_cast<std::size_t>(got));
    }
  }

  /// Returns the payload of the next frame of that kind, on stream 0 or a log line.
  std::string next(Kind kind) {
    read_until([&] { return texts_.contains(kind) || testing::Test::HasFatalFailure(); });
    auto found = texts_.extract(kind);
    return found.empty() ? std::string() : found.mapped();
  }

  boost::json::object next_json(Kind kind) {
    const std::string text = next(kind);
    return text.empty() ? boost::json::object() : boost::json::parse(text).as_object();
  }

  /// Calls a method of the route of odd cases.
  void call_odd(std::uint64_t stream, std::string_view method, std::string_view body) {
    send(invoke(stream, method, false, kOdd));
    send(Kind::body, stream, body, true);
  }

  void load(bool eager, const boost::json::array& routes = {}) {
    boost::json::object command = {{"generation", 1},
                                   {"manifest", (folder_ / "manifest.json").string()},
                                   {"root", "/"},
                                   {"mode", "production"}};
    if (eager) command["eager"] = true;
    if (!routes.empty()) command["routes"] = routes;
    send(Kind::load, 0, boost::json::serialize(command));
  }

  static std::string invoke(std::uint64_t stream, std::string_view method, bool end,
                            std::uint32_t route = 0) {
    link::InvokeView view;
    view.generation = 1;
    view.route = route;
    view.method = method;
    view.remote_address = "127.0.0.1";
    view.target = "/api/7";
    view.parameters = "7";
    view.fields = "Host: a\r\n";
    std::string frames;
    link::append_invoke(frames, stream, view, end);
    return frames;
  }

  TestResponse& response_of(std::uint64_t stream) {
    read_until([&] {
      return responses_[stream].ended || responses_[stream].aborted || HasFatalFailure();
    });
    return responses_[stream];
  }

  base::UniqueFd server_;
  base::UniqueFd link_;
  fs::path folder_;
  std::thread worker_;
  std::optional<Ending> ending_;
  std::map<std::uint64_t, TestResponse> responses_;

 private:
  void take(const link::Frame& frame) {
    // A log line names the stream of its request.
    if (frame.stream == 0 || frame.kind == Kind::log) {
      texts_.insert_or_assign(frame.kind, std::string(frame.payload));
      return;
    }
    TestResponse& response = responses_[frame.stream];
    response.ended = frame.end() || frame.kind == Kind::end;
    response.aborted = frame.kind == Kind::abort;
    if (frame.kind == Kind::body) response.body += frame.payload;
    if (frame.kind != Kind::response) return grant(frame);
    const auto head = link::decode_response(frame.payload);
    ASSERT_TRUE(head);
    response.status = head->status;
    response.fields = head->fields;
    response.body = head->body;
  }

  void grant(const link::Frame& frame) {
    if (frame.payload.empty() || frame.kind != Kind::body) return;
    std::string credit;
    link::append_credit(credit, frame.stream, static_cast<std::uint32_t>(frame.payload.size()));
    send(credit);
  }

  std::map<Kind, std::string> texts_;
  std::string input_;
  std::size_t used_ = 0;
};

}  // namespace millrace::native
