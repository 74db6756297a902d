#include "worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "link/frame.hpp"
#include "link/frame_encoder.hpp"
#include "solo_worker.hpp"

namespace millrace::native {
namespace {

namespace fs = std::filesystem;
using link::Kind;

/// What came back on a stream.
struct Answer {
  int status = 0;
  std::string fields;
  std::string body;
  bool ended = false;
  bool aborted = false;
};

/// The server's end of a link, with a worker at the other: of several threads, or of one.
class WorkerTest : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    server_ = base::UniqueFd(ends[0]);
    link_ = base::UniqueFd(ends[1]);
    folder_ = fs::temp_directory_path() /
              ("millrace-native-" + std::to_string(::getpid()) + "-" + std::to_string(++count_));
    fs::create_directories(folder_);
    std::ofstream(folder_ / "manifest.json")
        << R"({"version":1,"build_id":"b","mode":"production","generator":"test","config":{},"routes":[)"
        << R"({"path":"/api/[id]","kind":"app","file":"app/api/[id]/route.cpp",)"
        << R"("parameters":[{"name":"id","kind":"single"}],"module":"fixture.so","methods":["GET"],"options":{}},)"
        << R"({"path":"/api/gone","kind":"app","file":"app/api/gone/route.cpp",)"
        << R"("parameters":[],"module":"gone.so","methods":["GET"],"options":{}}]})";
    fs::create_symlink(MILLRACE_FIXTURE_ROUTE, folder_ / "fixture.so");
    worker_ = std::thread([this] {
      ending_ = GetParam() == 1 ? run_solo(link_.get()) : Worker(link_.get(), GetParam()).run();
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

  void send(Kind kind, std::uint32_t stream, std::string_view payload, bool end = false) {
    std::string frames;
    link::append_frame(frames, kind, stream, payload, end);
    send(frames);
  }

  /// Reads frames until `done`.
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

  boost::json::object next_json(Kind kind) {
    read_until([&] { return texts_.contains(kind); });
    auto found = texts_.extract(kind);
    return boost::json::parse(found.mapped()).as_object();
  }

  void load(bool eager) {
    boost::json::object command = {{"generation", 1},
                                   {"manifest", (folder_ / "manifest.json").string()},
                                   {"root", "/"},
                                   {"mode", "production"}};
    if (eager) command["eager"] = true;
    send(Kind::load, 0, boost::json::serialize(command));
  }

  static std::string invoke(std::uint32_t stream, std::string_view method, bool end,
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

  Answer& answer_of(std::uint32_t stream) {
    read_until([&] { return answers_[stream].ended || answers_[stream].aborted; });
    return answers_[stream];
  }

  base::UniqueFd server_;
  base::UniqueFd link_;
  fs::path folder_;
  std::thread worker_;
  std::optional<Ending> ending_;
  std::map<std::uint32_t, Answer> answers_;

 private:
  void take(const link::Frame& frame) {
    if (frame.stream == 0) {
      texts_.insert_or_assign(frame.kind, std::string(frame.payload));
      return;
    }
    Answer& answer = answers_[frame.stream];
    answer.ended = frame.end() || frame.kind == Kind::end;
    answer.aborted = frame.kind == Kind::abort;
    if (frame.kind == Kind::body) answer.body += frame.payload;
    if (frame.kind != Kind::response) return grant(frame);
    const auto head = link::decode_response(frame.payload);
    ASSERT_TRUE(head);
    answer.status = head->status;
    answer.fields = head->fields;
    answer.body = head->body;
  }

  void grant(const link::Frame& frame) {
    if (frame.payload.empty() || frame.kind != Kind::body) return;
    std::string credit;
    link::append_credit(credit, frame.stream, static_cast<std::uint32_t>(frame.payload.size()));
    send(credit);
  }

  static inline int count_ = 0;
  std::map<Kind, std::string> texts_;
  std::string input_;
  std::size_t used_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Threads, WorkerTest, testing::Values(1, 2, 4));

TEST_P(WorkerTest, AnswersManyAtOnceAndDrains) {
  load(false);
  EXPECT_FALSE(next_json(Kind::ready).contains("error"));
  std::string frames;
  constexpr std::uint32_t kMany = 300;
  for (std::uint32_t stream = 1; stream <= kMany; ++stream) frames += invoke(stream, "GET", true);
  send(frames);
  std::map<std::int64_t, int> seen;
  for (std::uint32_t stream = 1; stream <= kMany; ++stream) {
    const Answer& answer = answer_of(stream);
    EXPECT_EQ(answer.status, 200);
    ++seen[boost::json::parse(answer.body).at("calls").to_number<std::int64_t>()];
  }
  EXPECT_EQ(seen.size(), kMany) << "each call is counted once";
  send(Kind::drain, 0, "");
  worker_.join();
  EXPECT_EQ(ending_, Ending::drained);
}

TEST_P(WorkerTest, CollectsABodyOrHandsItOnAsItComes) {
  load(true);
  EXPECT_THAT(std::string(next_json(Kind::ready).at("error").as_string()),
              testing::HasSubstr("/api/gone (app/api/gone/route.cpp)"));
  send(invoke(1, "POST", false) + invoke(2, "PATCH", false));
  for (int i = 0; i < 3; ++i) {
    send(Kind::body, 1, "abc", i == 2);
    send(Kind::body, 2, "abc");
  }
  send(Kind::end, 2, "", true);
  EXPECT_EQ(answer_of(1).body, "abcabcabc");
  EXPECT_EQ(answer_of(2).body, "9");
}

TEST_P(WorkerTest, StreamsByCredit) {
  load(false);
  send(invoke(1, "PUT", true));
  EXPECT_EQ(answer_of(1).body.size(), 500'000U);
  send(invoke(2, "PUT", true));
  read_until([&] { return answers_[2].status == 200; });
  // The client has gone, with the stream half sent.
  send(Kind::abort, 2, std::string(1, static_cast<char>(link::AbortReason::client_gone)));
  send(invoke(3, "GET", true));
  EXPECT_EQ(answer_of(3).status, 200);
  send(Kind::drain, 0, "");
  worker_.join();
  EXPECT_EQ(ending_, Ending::drained);
}

TEST_P(WorkerTest, KnowsWhatItCannotAnswer) {
  load(false);
  send(invoke(1, "DELETE", true) + invoke(2, "OPTIONS", true) + invoke(3, "GET", true, 1) +
       invoke(4, "GET", true, 99) + invoke(5, "PUT", false));
  send(Kind::body, 5, "throw", true);
  EXPECT_EQ(answer_of(1).status, 405);
  EXPECT_EQ(answer_of(2).status, 204);
  EXPECT_THAT(answer_of(2).fields,
              testing::HasSubstr("allow: GET, HEAD, OPTIONS, PATCH, POST, PUT"));
  EXPECT_EQ(answer_of(3).status, 500) << "its object cannot be loaded";
  EXPECT_TRUE(answer_of(4).aborted) << "there is no such route";
  EXPECT_EQ(answer_of(5).status, 500);
}

TEST_P(WorkerTest, TellsOfItself) {
  load(false);
  send(invoke(1, "GET", true));
  static_cast<void>(answer_of(1));
  std::string ping;
  link::append_ping(ping, 7, true);
  send(ping);
  const boost::json::object sample = next_json(Kind::stats);
  EXPECT_GT(sample.at("rss").to_number<double>(), 0);
  EXPECT_EQ(sample.at("routes").as_array().at(0).at(2), 1);
}

TEST_P(WorkerTest, EndsWithAServerThatBreaksTheProtocol) {
  send(Kind::hello, 0, "{}");
  worker_.join();
  EXPECT_EQ(ending_, Ending::protocol_error);
}

}  // namespace
}  // namespace millrace::native
