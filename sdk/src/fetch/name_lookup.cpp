#include "fetch/name_lookup.hpp"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/beast/core/error.hpp>
#include <memory>
#include <utility>

#include "process/wakeup.hpp"

namespace millrace::client {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Shared by the waiting coroutine and the resolver: either can end first.
struct NameLookup::Search {
  std::shared_ptr<detail::Wakeup> wakeup = std::make_shared<detail::Wakeup>();
  Addresses found;
  /// Set after the last write to `found`.
  std::atomic<bool> finished = false;
};

namespace {

constexpr std::size_t kThreads = 4;

Addresses ask_system(const std::string& name, const std::string& port) {
  asio::io_context unused;
  tcp::resolver resolver(unused);
  Addresses addresses;
  const auto found = resolver.resolve(name, port, tcp::resolver::numeric_service, addresses.error);
  for (const auto& entry : found) addresses.endpoints.push_back(entry.endpoint());
  return addresses;
}

}  // namespace

NameLookup::NameLookup(Resolve resolve, std::size_t threads)
    : resolve_(std::move(resolve)), threads_(threads) {}

NameLookup& NameLookup::of_system() {
  static NameLookup lookup(ask_system, kThreads);
  return lookup;
}

Task<Addresses> NameLookup::find(std::string name, std::string port, Clock::time_point deadline) {
  const auto search = std::make_shared<Search>();
  asio::post(threads_, [this, search, name = std::move(name), port = std::move(port)] {
    search->found = resolve_(name, port);
    search->finished.store(true, std::memory_order_release);
    search->wakeup->notify();
  });
  Task<void> waiting = search->wakeup->wait(deadline);
  co_await std::move(waiting);
  if (search->finished.load(std::memory_order_acquire)) co_return std::move(search->found);
  Addresses late;
  late.error = boost::beast::error::timeout;
  co_return late;
}

}  // namespace millrace::client
