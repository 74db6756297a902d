#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "control/address.hpp"
#include "control/control_client.hpp"
#include "control/control_key.hpp"
#include "control/control_socket.hpp"
#include "project/test_folder.hpp"

namespace millrace::control {
namespace {

using std::chrono::seconds;

class ControlTest : public testing::Test {
 protected:
  ControlTest() { folder_.write(".millrace/x"); }

  [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }

  /// Runs the server's loop while `client` sends requests from a thread of its own.
  void while_serving(const std::function<void()>& client) {
    std::thread asking([&] {
      client();
      loop_.stop();
    });
    loop_.run();
    asking.join();
  }

  void open(Handler handler) {
    auto opened = ControlSocket::open(loop_, socket_path(root(), 3000), std::move(handler));
    ASSERT_TRUE(opened) << opened.error().message();
    socket_ = std::move(opened).value();
  }

  project::TestFolder folder_;
  net::EventLoop loop_;
  std::unique_ptr<ControlSocket> socket_;
};

TEST_F(ControlTest, RespondsToALineWithALine) {
  open([](std::string_view request, const Reply& reply) {
    reply("to " + std::string(request), {});
  });
  while_serving([&] {
    const auto servers = running_servers(root());
    ASSERT_EQ(servers.size(), 1U);
    EXPECT_EQ(servers[0].port, 3000);
    const auto response = ask(servers[0].socket, "x", seconds(10));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->text, "to x");
  });
}

TEST_F(ControlTest, CanRespondLaterAndWithALongResponse) {
  Reply later;
  open([&](std::string_view /*request*/, Reply reply) {
    loop_.post([reply = std::move(reply)] { reply(std::string(2'000'000, 'x'), {}); });
  });
  while_serving([&] {
    const auto response = ask(socket_path(root(), 3000), "x", seconds(10));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->text.size(), 2'000'000U);
  });
}

TEST_F(ControlTest, RejectsProcessesStartedByTheServer) {
  bool called = false;
  open([&called](std::string_view, const Reply& reply) {
    called = true;
    reply("{}", {});
  });
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto response = ask(socket_path(root(), 3000), "x", seconds(10));
    ::_exit(response ? 1 : 0);
  }
  int status = 0;
  while_serving([&] { ::waitpid(child, &status, 0); });
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(called);
}

/// Connects and sends nothing.
base::UniqueFd idle_client(const std::filesystem::path& path) {
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address address(path);
  EXPECT_EQ(::connect(socket.get(), address.get(), sizeof address.value), 0);
  return socket;
}

/// Waits for the server's next action; returns whether the server has closed the connection.
bool was_ended(const base::UniqueFd& socket) {
  char byte = 0;
  return ::recv(socket.get(), &byte, 1, 0) <= 0;
}

TEST_F(ControlTest, ServesRequestsWhileManyClientsAreIdle) {
  std::vector<Reply> later;
  open([&](std::string_view request, Reply reply) {
    if (request.ends_with("later")) return later.push_back(std::move(reply));
    for (const Reply& waiting : later) waiting("at last", {});
    reply(later.empty() ? "none waits" : "now", {});
  });
  while_serving([&] {
    const std::filesystem::path path = socket_path(root(), 3000);
    const base::UniqueFd oldest = idle_client(path);
    std::string waiting_for;
    std::thread waits([&] {
      const auto response = ask(path, "later", seconds(60));
      if (response) waiting_for = response->text;
    });
    std::vector<base::UniqueFd> idle;
    // One more than the limit; the client that waits for its response is not counted.
    for (std::size_t i = 0; i < kMostClients + 1; ++i) idle.push_back(idle_client(path));
    EXPECT_TRUE(was_ended(oldest));
    std::string text;
    while (text != "now") {
      const auto response = ask(path, "now", seconds(60));
      ASSERT_TRUE(response);
      text = response->text;
    }
    waits.join();
    EXPECT_EQ(waiting_for, "at last");
  });
}

TEST_F(ControlTest, DisconnectsAClientThatSendsNoRequestInTime) {
  open([](std::string_view, const Reply& reply) { reply("{}", {}); });
  socket_->set_timeout(std::chrono::milliseconds(1));
  while_serving([&] {
    const base::UniqueFd half = idle_client(socket_path(root(), 3000));
    static_cast<void>(::send(half.get(), "{", 1, MSG_NOSIGNAL));
    EXPECT_TRUE(was_ended(half));
  });
}

TEST_F(ControlTest, AResponseThatIsNotReadDoesNotBlockOthers) {
  open([](std::string_view request, const Reply& reply) {
    reply(std::string(request.ends_with("long") ? 4'000'000 : 1, 'x'), {});
  });
  while_serving([&] {
    const std::filesystem::path path = socket_path(root(), 3000);
    std::vector<base::UniqueFd> deaf;
    for (int i = 0; i < 3; ++i) {
      deaf.push_back(idle_client(path));
      const int small = 4096;
      ::setsockopt(deaf.back().get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
      const std::string line = read_key(path) + "long\n";
      ASSERT_EQ(::send(deaf.back().get(), line.data(), line.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(line.size()));
    }
    const auto response = ask(path, "short", seconds(60));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->text, "x");
    const auto longest = ask(path, "long", seconds(60));
    ASSERT_TRUE(longest);
    EXPECT_EQ(longest->text.size(), 4'000'000U);
  });
}

TEST_F(ControlTest, RejectsTooLongRequests) {
  open([](std::string_view, const Reply& reply) { reply("{}", {}); });
  while_serving([&] {
    EXPECT_FALSE(
        ask(socket_path(root(), 3000), std::string(kLongestRequest * 2, 'x'), seconds(60)));
  });
}

TEST_F(ControlTest, DoesNotSendTooLongResponses) {
  open([](std::string_view, const Reply& reply) {
    reply(std::string(kLongestResponse + 1, 'x'), {});
  });
  while_serving([&] { EXPECT_FALSE(ask(socket_path(root(), 3000), "x", seconds(60))); });
}

TEST_F(ControlTest, RejectsRequestsWithoutItsKey) {
  bool called = false;
  open([&called](std::string_view, const Reply& reply) {
    called = true;
    reply("{}", {});
  });
  const std::filesystem::path path = socket_path(root(), 3000);
  const std::string key = read_key(path);
  EXPECT_EQ(key.size(), 65U);
  while_serving([&] {
    std::string wrong_key = key;
    wrong_key[63] = wrong_key[63] == '0' ? '1' : '0';
    for (const std::string& before :
         {std::string(), std::string("x "), wrong_key, key.substr(0, 64)}) {
      const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const Address address(path);
      ASSERT_EQ(::connect(socket.get(), address.get(), sizeof address.value), 0);
      const std::string line = before + "x\n";
      ASSERT_EQ(::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(line.size()));
      char byte = 0;
      EXPECT_LE(::recv(socket.get(), &byte, 1, 0), 0);
    }
  });
  EXPECT_FALSE(called);
}

TEST_F(ControlTest, OnlyTheOwnerCanReadTheKeyWhichIsRemovedAtTheEnd) {
  open([](std::string_view, const Reply&) {});
  struct stat found {};
  const std::filesystem::path path = root() / ".millrace" / "control-3000.key";
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  socket_.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ControlTest, SendsDescriptors) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const base::UniqueFd reading(ends[0]);
  const base::UniqueFd writing(ends[1]);
  open([&](std::string_view /*request*/, const Reply& reply) { reply("{}", {writing.get()}); });
  while_serving([&] {
    const auto response = ask(socket_path(root(), 3000), "x", seconds(10));
    ASSERT_TRUE(response);
    ASSERT_EQ(response->descriptors.size(), 1U);
    EXPECT_EQ(::write(response->descriptors[0].get(), "y", 1), 1);
  });
  char got = 0;
  EXPECT_EQ(::read(reading.get(), &got, 1), 1);
  EXPECT_EQ(got, 'y');
}

TEST_F(ControlTest, OnlyTheOwnerCanOpenTheSocketWhichIsRemovedAtTheEnd) {
  open([](std::string_view, const Reply&) {});
  struct stat found {};
  const std::filesystem::path path = socket_path(root(), 3000);
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  socket_.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ControlTest, ASuccessorReplacesTheSocketForGood) {
  open([](std::string_view, const Reply&) {});
  auto old = std::move(socket_);
  open([](std::string_view, const Reply& reply) { reply("new", {}); });
  old.reset();
  while_serving([&] {
    const auto response = ask(socket_path(root(), 3000), "x", seconds(10));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->text, "new");
  });
}

TEST_F(ControlTest, ServersOnTheSamePortHaveDifferentSockets) {
  const auto open_one = [&](std::string response) {
    auto opened = ControlSocket::open_for(
        loop_, root(), 3000,
        [response](std::string_view, const Reply& reply) { reply(response, {}); });
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message());
    return opened ? std::move(*opened) : nullptr;
  };
  folder_.write(".millrace/control-3000.sock");
  auto first = open_one("first");
  const auto second = open_one("second");
  const auto others = open_one("third");
  while_serving([&] {
    std::vector<std::string> responses;
    for (const RunningServer& server : running_servers(root())) {
      EXPECT_EQ(server.port, 3000);
      const auto response = ask(server.socket, "x", seconds(60));
      responses.push_back(response ? response->text : response.error().message());
    }
    EXPECT_THAT(responses, testing::UnorderedElementsAre("first", "second", "third"));
  });
  // The path that one server releases is available to the next.
  first.reset();
  EXPECT_FALSE(std::filesystem::exists(socket_path(root(), 3000)));
  const auto next = open_one("next");
  EXPECT_TRUE(std::filesystem::exists(socket_path(root(), 3000)));
}

TEST_F(ControlTest, ABusyServerKeepsItsSocket) {
  const std::filesystem::path path = socket_path(root(), 3000);
  const base::UniqueFd stopped(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address address(path);
  ASSERT_EQ(::bind(stopped.get(), address.get(), sizeof address.value), 0);
  ASSERT_EQ(::listen(stopped.get(), 0), 0);
  // Fills the kernel's queue of the socket.
  const base::UniqueFd waiting(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ASSERT_EQ(::connect(waiting.get(), address.get(), sizeof address.value), 0);
  auto opened = ControlSocket::open_for(loop_, root(), 3000, [](std::string_view, const Reply&) {});
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_TRUE(std::filesystem::exists(socket_path(root(), 3000, 2)));
}

TEST_F(ControlTest, TheClientRejectsAnEndlessResponse) {
  const std::filesystem::path path = socket_path(root(), 3000);
  const base::UniqueFd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address address(path);
  ASSERT_EQ(::bind(listening.get(), address.get(), sizeof address.value), 0);
  ASSERT_EQ(::listen(listening.get(), 1), 0);
  std::thread server([&] {
    const base::UniqueFd client(::accept(listening.get(), nullptr, nullptr));
    const std::string piece(65536, 'x');
    while (::send(client.get(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  const auto response = ask(path, "x", seconds(60));
  server.join();
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message(), testing::HasSubstr("more than"));
}

TEST_F(ControlTest, SkipsTheSocketsOfDeadServers) {
  folder_.write(".millrace/control-3000.sock");
  EXPECT_THAT(running_servers(root()), testing::IsEmpty());
  EXPECT_EQ(ask(socket_path(root(), 3000), "x", seconds(1)).error().code(),
            base::ErrorCode::not_found);
}

TEST_F(ControlTest, WorksInFoldersWithLongNames) {
  const std::filesystem::path deep = root() / std::string(120, 'x') / ".millrace";
  std::filesystem::create_directories(deep);
  auto opened = ControlSocket::open(loop_, deep / "control-1.sock",
                                    [](std::string_view, const Reply& reply) { reply("far", {}); });
  ASSERT_TRUE(opened) << opened.error().message();
  while_serving([&] {
    const auto response = ask(deep / "control-1.sock", "x", seconds(10));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->text, "far");
  });
}

}  // namespace
}  // namespace millrace::control
