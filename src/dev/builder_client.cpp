#include "dev/builder_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <csignal>
#include <utility>

#include "protocol/generated/frames.hpp"
#include "workers/role.hpp"

namespace millrace::dev {

namespace json = boost::json;

namespace {

/// Larger than the response for any real project; the builder is faulty where it exceeds this.
constexpr std::size_t kMaxResponse = std::size_t{256} * 1024 * 1024;
/// The time a builder has to end after the request to do so.
constexpr std::chrono::milliseconds kEndTime{1000};

}  // namespace

BuilderClient::BuilderClient(net::EventLoop& loop, workers::Launch launch)
    : loop_(loop), launch_(std::move(launch)), end_timer_(loop, [this] {
        if (process_) process_->send_signal(SIGKILL);
      }) {}

BuilderClient::~BuilderClient() { *alive_ = false; }

void BuilderClient::request(json::object command, ResponseHandler on_response) {
  if (!process_) {
    if (auto started = start(); !started) {
      loop_.post([alive = alive_, on_response = std::move(on_response), error = started.error()] {
        if (*alive) on_response(error);
      });
      return;
    }
  }
  command["id"] = next_id_++;
  const std::string text = json::serialize(command);
  for (std::size_t at = 0; at < text.size(); at += protocol::kMaxPayload) {
    const std::string_view part = std::string_view(text).substr(at, protocol::kMaxPayload);
    channel_->send(link::Kind::build, 0, part, at + part.size() == text.size());
  }
  waiting_.push_back(std::move(on_response));
}

void BuilderClient::end(std::function<void()> done) {
  if (!process_) {
    loop_.post(std::move(done));
    return;
  }
  on_ended_ = std::move(done);
  channel_->send(link::Kind::drain, 0, {});
  end_timer_.set_after(kEndTime);
}

base::Result<void> BuilderClient::start() {
  auto spawned =
      workers::ChildProcess::spawn(loop_, launch_, [this](workers::Exit exit) { on_exit(exit); });
  if (!spawned) {
    return base::Error(spawned.error().code(),
                       "cannot start the builder: " + spawned.error().message());
  }
  process_ = std::move(spawned->process);
  workers::Channel::Observer& observer = *this;
  channel_ = std::make_unique<workers::Channel>(loop_, std::move(spawned->link), observer);
  partial_.clear();
  broke_protocol_ = false;
  oldest_id_ = next_id_;
  return {};
}

bool BuilderClient::on_frame(const link::Frame& frame) {
  if (!workers::kBuilder.may_send(frame.kind)) return false;
  if (frame.kind != link::Kind::built) return true;
  if (partial_.size() + frame.payload.size() > kMaxResponse) return false;
  partial_ += frame.payload;
  if (!frame.end()) return true;
  const std::string text = std::exchange(partial_, {});
  return take_response(text);
}

bool BuilderClient::take_response(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  if (failed || !value.is_object() || waiting_.empty()) return false;
  const json::value* id = value.get_object().if_contains("id");
  if (id == nullptr || !(id->is_int64() || id->is_uint64()) ||
      id->to_number<std::uint64_t>(failed) != oldest_id_) {
    return false;
  }
  ++oldest_id_;
  const ResponseHandler on_response = std::move(waiting_.front());
  waiting_.pop_front();
  on_response(std::move(value.get_object()));
  return true;
}

/// Kills the process if it has not ended; on_exit() does the rest.
void BuilderClient::on_channel_closed(workers::ChannelEnd how) {
  broke_protocol_ = how != workers::ChannelEnd::closed;
  if (process_) process_->send_signal(SIGKILL);
}

void BuilderClient::on_exit(workers::Exit exit) {
  process_.reset();
  channel_.reset();
  fail_all({base::ErrorCode::broken, broke_protocol_
                                         ? std::string("the builder violated the link's protocol")
                                         : "the builder ended with " + exit.to_string()});
  end_timer_.cancel();
  if (on_ended_) std::exchange(on_ended_, nullptr)();
}

void BuilderClient::fail_all(const base::Error& error) {
  std::deque<ResponseHandler> failed = std::exchange(waiting_, {});
  for (const ResponseHandler& on_response : failed) on_response(error);
}

}  // namespace millrace::dev
