// A whole connection: a client that sends in pieces, reads or does not, upgrades to a tunnel, ends its
// side or breaks off, against the gateway with a worker in memory. The server must survive, hold little for a client
// that does not read, and be rid of everything once the client has gone.
//
// An input is a list of steps: a byte says what to do, and some take the bytes after it.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/memory_budget.hpp"
#include "base/unique_fd.hpp"
#include "cache/scopes.hpp"
#include "gateway/response_cache.hpp"
#include "gateway/server.hpp"
#include "gateway/site.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "observe/log.hpp"
#include "project/manifest.hpp"
#include "support/answering_peer.hpp"
#include "workers/fleet.hpp"

namespace {

using namespace millrace;

/// What a client that reads nothing may have waiting: what the kernel's buffers take, the bound of
/// unsent bytes, and one window of credit.
constexpr std::uint64_t kMostWaiting = std::uint64_t{16} * 1024 * 1024;

/// Turns of the loop that one step gets, and after which everything must be over.
constexpr int kTurns = 6;
constexpr int kLastTurns = 2'000;

/// One route that takes every path.
project::Manifest manifest() {
  project::Manifest made;
  made.routes.push_back({.path = "/[...all]",
                         .file = "pages/api/a.ts",
                         .parameters = {{.name = "all", .kind = project::ParameterKind::catch_all}},
                         .module = "a.mjs"});
  return made;
}

constexpr std::array<std::string_view, 11> kRequests = {
    "GET /whole HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /late HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /file.bin HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "POST /abort HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n",
    "GET /large HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
    "GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: t\r\n\r\n",
    "GET /tunnel/end HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: t\r\n\r\nearly",
    "GET /tunnel/close HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: t\r\n\r\n"};

void require(bool holds) {
  if (!holds) std::abort();
}

class NoObserver final : public workers::Fleet::Observer {
  void on_fleet_ready(workers::Fleet& /*fleet*/) override {}
  void on_fleet_failed(workers::Fleet& /*fleet*/, std::string_view /*error*/) override {
    std::abort();
  }
  void on_fleet_drained(workers::Fleet& /*fleet*/) override {}
};

class NoServices final : public workers::WorkerServices {
  void log(link::LogLevel /*level*/, std::string_view /*text*/) override {}
  bool ask_cache(const workers::CacheRequest& /*request*/, workers::CacheReply /*reply*/) override {
    return false;
  }
};

/// The server, made once: what one input leaves behind is the next one's to find.
class World {
 public:
  World()
      : root_(std::filesystem::temp_directory_path() /
              ("millrace-fuzz-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(root_ / "public");
    std::ofstream(root_ / "public" / "file.bin") << std::string(300'000, 'f');
    workers::PoolPlan plan;
    plan.role = &workers::kNodeWorker;
    plan.launch.inline_peer = [this](boost::asio::io_context&, std::function<void()> has_frames) {
      return std::make_unique<fuzz::AnsweringPeer>(ledger_, std::move(has_frames));
    };
    fleet_ = std::make_shared<workers::Fleet>(loop_, std::vector{plan}, services_, observer_);
    auto routes = std::make_shared<std::vector<workers::RouteInfo>>(1);
    fleet_->start({.generation = 1,
                   .manifest = {},
                   .root = root_.string(),
                   .mode = "production",
                   .environment_json = {},
                   .eager = false,
                   .routes = routes,
                   .pool = 0});
    server_.serve(
        std::make_shared<const gateway::Site>(1, manifest(), fleet_, root_, root_, false));
    auto bound = net::bind_sockets("127.0.0.1", 0);
    require(static_cast<bool>(bound));
    port_ = bound->port;
    server_.listen(std::move(bound->sockets));
    turn(kTurns);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  void turn(int times) {
    // A task that posts the next one lets the loop poll between the two.
    loop_.post([this, times] { times > 1 ? next_turn(times - 1) : loop_.stop(); });
    loop_.run();
  }

  [[nodiscard]] base::UniqueFd connect() const {
    base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    // Closed with a reset: thousands of them must not wait in TIME_WAIT.
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return socket;
  }

  [[nodiscard]] fuzz::PeerLedger& ledger() { return ledger_; }
  [[nodiscard]] const gateway::Server& server() const { return server_; }

 private:
  void next_turn(int times) {
    loop_.post([this, times] { times > 1 ? next_turn(times - 1) : loop_.stop(); });
  }

  std::filesystem::path root_;
  fuzz::PeerLedger ledger_;
  NoServices services_;
  NoObserver observer_;
  net::EventLoop loop_;
  observe::Log log_{false};
  cache::Scopes caches_;
  std::shared_ptr<base::MemoryBudget> memory_ =
      std::make_shared<base::MemoryBudget>(gateway::ServerLimits{}.memory);
  gateway::ResponseCache responses_{caches_, memory_};
  std::shared_ptr<workers::Fleet> fleet_;
  gateway::Server server_{loop_, responses_, memory_, {}, log_};
  std::uint16_t port_ = 0;
};

class Client {
 public:
  explicit Client(World& world)
      : world_(world), socket_(world.connect()), handed_before_(world.ledger().handed) {}

  void send(std::string_view bytes) const {
    // A server that has closed is no fault.
    (void)::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  void read() {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got > 0) received_ += static_cast<std::uint64_t>(got);
  }

  void end_sending() const { ::shutdown(socket_.get(), SHUT_WR); }

  /// How far the worker's bytes have run ahead of the reader.
  void check() const {
    const std::uint64_t handed = world_.ledger().handed - handed_before_;
    require(handed <= received_ + kMostWaiting);
  }

 private:
  World& world_;
  base::UniqueFd socket_;
  std::uint64_t handed_before_;
  std::uint64_t received_ = 0;
};

std::string_view take(std::string_view& rest, std::size_t size) {
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(taken.size());
  return taken;
}

void run_steps(World& world, std::string_view rest) {
  Client client(world);
  while (!rest.empty()) {
    const auto step = static_cast<std::uint8_t>(take(rest, 1).front());
    switch (step % 8) {
      case 0:
        client.send(take(rest, step));
        break;
      case 1:
      case 2:
        client.send(kRequests[(step / 8) % kRequests.size()]);
        break;
      case 3:
        // Many of a kind, as a client that pipelines.
        for (int i = 0; i < 50; ++i) client.send(kRequests[(step / 8) % 4]);
        break;
      case 4:
        client.read();
        break;
      case 5:
        if (world.ledger().release) world.ledger().release();
        break;
      case 6:
        if (step % 16 == 6) client.end_sending();
        break;
      default:
        world.turn(kTurns);
        client.check();
        break;
    }
  }
  world.turn(kTurns);
  client.check();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size > 4096) return 0;
  run_steps(world, {reinterpret_cast<const char*>(data), size});
  for (int turns = 0; world.server().connections() > 0; ++turns) {
    require(turns < kLastTurns);
    // A client that has gone is noticed when it is written to: what waits is answered.
    if (world.ledger().release) world.ledger().release();
    world.turn(1);
  }
  world.turn(kTurns);
  require(world.ledger().invoked == world.ledger().over);
  return 0;
}
