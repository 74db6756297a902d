#include "gateway/upstream_pool.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"

namespace millrace::gateway {

/// One idle connection. Whatever happens to the connection, it leaves the pool.
class UpstreamPool::Idle final : private UpstreamConnection::Observer {
 public:
  Idle(UpstreamPool& pool, std::string server, std::unique_ptr<UpstreamConnection> connection,
       std::chrono::milliseconds time)
      : pool_(pool),
        server_(std::move(server)),
        connection_(std::move(connection)),
        timer_(pool.loop_, [this] { pool_.remove(*this); }) {
    connection_->set_observer(static_cast<UpstreamConnection::Observer&>(*this));
    timer_.set_after(time);
  }

  [[nodiscard]] const std::string& server() const { return server_; }
  [[nodiscard]] std::unique_ptr<UpstreamConnection> release() { return std::move(connection_); }

 private:
  void on_connected() override {}
  void on_writable() override {}
  std::size_t on_bytes(std::string_view input) override {
    const std::size_t size = input.size();
    pool_.remove(*this);
    return size;
  }
  void on_end() override { pool_.remove(*this); }
  void on_broken(std::string_view /*why*/) override { pool_.remove(*this); }

  UpstreamPool& pool_;
  std::string server_;
  std::unique_ptr<UpstreamConnection> connection_;
  net::Timer timer_;
};

UpstreamPool::UpstreamPool(net::EventLoop& loop) : loop_(loop) {}
UpstreamPool::~UpstreamPool() = default;

std::unique_ptr<UpstreamConnection> UpstreamPool::take(std::string_view server) {
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                  [server](const auto& idle) { return idle->server() == server; });
  if (found == idle_.rend()) return nullptr;
  std::unique_ptr<UpstreamConnection> connection = (*found)->release();
  idle_.erase(std::next(found).base());
  return connection;
}

void UpstreamPool::put(std::string server, std::unique_ptr<UpstreamConnection> connection,
                       std::string_view keep_alive) {
  const std::chrono::milliseconds time = idle_time(keep_alive);
  if (time.count() <= 0) return;
  if (idle_.size() >= kMostIdle) evict();
  idle_.push_back(std::make_unique<Idle>(*this, std::move(server), std::move(connection), time));
}

bool UpstreamPool::evict() {
  if (idle_.empty()) return false;
  idle_.pop_front();
  return true;
}

void UpstreamPool::remove(const Idle& idle) {
  idle_.remove_if([&idle](const auto& known) { return known.get() == &idle; });
}

std::chrono::milliseconds idle_time(std::string_view keep_alive) {
  constexpr std::string_view kName = "timeout=";
  while (!keep_alive.empty()) {
    const std::size_t end = std::min(keep_alive.find(','), keep_alive.size());
    const std::string_view parameter = base::trim(keep_alive.substr(0, end));
    keep_alive.remove_prefix(std::min(end + 1, keep_alive.size()));
    if (!base::equals_ignoring_case(parameter.substr(0, kName.size()), kName)) continue;
    const std::string_view number = parameter.substr(kName.size());
    std::uint32_t seconds = 0;
    const auto [at, error] = std::from_chars(number.data(), number.data() + number.size(), seconds);
    if (error != std::errc() || at != number.data() + number.size()) continue;
    const auto announced =
        std::chrono::milliseconds(std::chrono::seconds(seconds)) - std::chrono::milliseconds(1000);
    return std::min(UpstreamPool::kIdleTime, announced);
  }
  return UpstreamPool::kIdleTime;
}

}  // namespace millrace::gateway
