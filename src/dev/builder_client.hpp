// BuilderClient drives the builder, the child process that evaluates next.config and bundles routes
// (protocol/link.md, "Builders"). It starts the process with the first request and again after it
// has died. The requests in flight in a process that dies fail with the reason.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "workers/channel.hpp"
#include "workers/child_process.hpp"

namespace millrace::dev {

/// Belongs to the loop's thread.
class BuilderClient final : private workers::Channel::Observer {
 public:
  /// Receives the JSON of the response, or the reason why there is none.
  using ResponseHandler = std::function<void(base::Result<boost::json::object>)>;

  BuilderClient(net::EventLoop& loop, workers::Launch launch);
  BuilderClient(const BuilderClient&) = delete;
  BuilderClient& operator=(const BuilderClient&) = delete;
  /// Ends the process. Responses that are outstanding are not delivered.
  ~BuilderClient() override;

  /// Sends a command; `id` is filled in. `on_response` is called once, from the loop, in the order
  /// of the requests. It can call request() again, but must not destroy the client.
  void request(boost::json::object command, ResponseHandler on_response);

  /// Ends the process gracefully, with the processes that it has started, then calls `done` from
  /// the loop. No request() after it.
  void end(std::function<void()> done);

  /// The environment of the process from its next start on.
  void set_environment(std::vector<std::string> environment) {
    launch_.environment = std::move(environment);
  }

 private:
  bool on_frame(const link::Frame& frame) override;
  void on_channel_drained() override {}
  void on_channel_closed(workers::ChannelEnd how) override;

  base::Result<void> start();
  bool take_response(std::string_view text);
  void on_exit(workers::Exit exit);
  void fail_all(const base::Error& error);

  net::EventLoop& loop_;
  workers::Launch launch_;
  std::unique_ptr<workers::ChildProcess> process_;
  std::unique_ptr<workers::Channel> channel_;
  /// The requests in flight, oldest first.
  std::deque<ResponseHandler> waiting_;
  std::uint64_t next_id_ = 1;
  std::uint64_t oldest_id_ = 1;
  /// The parts received of a response that is longer than a frame.
  std::string partial_;
  bool broke_protocol_ = false;
  std::function<void()> on_ended_;
  net::Timer end_timer_;
  /// Posted callbacks check it, because the client can be destroyed before they run.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace millrace::dev
