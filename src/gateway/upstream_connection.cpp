#include "gateway/upstream_connection.hpp"

#include <chrono>
#include <utility>

namespace millrace::gateway {

namespace {

constexpr std::chrono::seconds kConnectTime{30};
constexpr std::size_t kPiece = std::size_t{64} * 1024;
constexpr net::StreamOptions kUpstreamStreamOptions{.initial_buffer = 16384,
                                                    .maximum_buffer = 131072};
constexpr std::string_view kCutOff = "it closed the connection before its response was complete";

}  // namespace

UpstreamConnection::UpstreamConnection(net::EventLoop& loop, const UpstreamTarget& target,
                                       std::shared_ptr<const net::TlsTrust> trust,
                                       ClientTable::Lease descriptor)
    : loop_(loop),
      host_(target.host),
      port_(target.port),
      secure_(target.secure),
      trust_(std::move(trust)),
      descriptor_(std::move(descriptor)) {}

UpstreamConnection::~UpstreamConnection() {
  *alive_ = false;
  if (stream_) stream_->close();
}

void UpstreamConnection::open(Observer& observer) {
  observer_ = &observer;
  connector_.emplace(loop_, host_, port_, kConnectTime,
                     [this](base::Result<base::UniqueFd> socket) { connected(std::move(socket)); });
}

void UpstreamConnection::connected(base::Result<base::UniqueFd> socket) {
  if (!socket) {
    // The call may destroy this object, and the connector with it.
    const std::string why = socket.error().message();
    return observer_->on_broken(why);
  }
  connector_.reset();
  stream_ =
      net::Stream::adopt(loop_, std::move(socket).value(),
                         static_cast<net::Stream::Observer&>(*this), kUpstreamStreamOptions,
                         {.memory = nullptr, .descriptor = std::exchange(descriptor_, nullptr)});
  stream_->start();
  if (secure_) {
    if (!trust_) {
      stream_->close();
      return observer_->on_broken("no trusted certificates are loaded");
    }
    tls_.emplace(*trust_, host_);
    std::string hello;
    tls_->start(hello);
    stream_->write(hello);
  }
  observer_->on_connected();
}

std::size_t UpstreamConnection::room() const {
  if (tls_ && tls_->waiting() > 0) return 0;
  return stream_ && stream_->unsent() == 0 ? kPiece : 0;
}

void UpstreamConnection::write(std::string_view bytes) {
  if (!tls_) return stream_->write(bytes);
  std::string ciphertext;
  tls_->send(bytes, ciphertext);
  if (!ciphertext.empty()) stream_->write(ciphertext);
}

void UpstreamConnection::pause() {
  paused_ = true;
  stream_->pause();
}

void UpstreamConnection::resume() {
  paused_ = false;
  const std::shared_ptr<bool> alive = alive_;
  if (tls_) deliver_decrypted();
  if (*alive && !paused_) stream_->resume();
}

void UpstreamConnection::end_output() { stream_->end_output(); }

void UpstreamConnection::finish() {
  if (const auto stream = std::exchange(stream_, nullptr)) stream->finish();
}

std::size_t UpstreamConnection::on_bytes(std::string_view input) {
  if (!tls_) return observer_->on_bytes(input);
  const std::size_t size = input.size();
  const std::shared_ptr<bool> alive = alive_;
  std::string ciphertext;
  const bool waited = tls_->waiting() > 0;
  const auto status = tls_->receive(input, decrypted_, ciphertext);
  if (!ciphertext.empty()) stream_->write(ciphertext);
  // Otherwise on_drained() notifies the observer.
  if (waited && tls_->waiting() == 0 && stream_->unsent() == 0) observer_->on_writable();
  if (!*alive) return size;
  deliver_decrypted();
  if (!*alive) return size;
  if (status == net::TlsClient::Status::failed) {
    const std::string why = tls_->failure();
    stream_->close();
    observer_->on_broken(why);
  } else if (status == net::TlsClient::Status::ended) {
    if (peer_end_ == PeerEnd::none) peer_end_ = PeerEnd::orderly;
    tell_end();
  }
  return size;
}

void UpstreamConnection::deliver_decrypted() {
  const std::shared_ptr<bool> alive = alive_;
  // The observer's views must stay valid during its calls, which may destroy this object.
  const std::string bytes = std::exchange(decrypted_, {});
  if (bytes.empty()) return;
  const std::size_t used = observer_->on_bytes(bytes);
  if (!*alive) return;
  decrypted_.insert(0, bytes, used);
  tell_end();
}

void UpstreamConnection::tell_end() {
  // The bytes that wait for a slow client come first.
  if (peer_end_ != PeerEnd::orderly || (paused_ && !decrypted_.empty())) return;
  peer_end_ = PeerEnd::told;
  if (!half_open_) stream_->close();
  observer_->on_end();
}

bool UpstreamConnection::on_end() {
  if (!tls_) peer_end_ = PeerEnd::orderly;
  if (!half_open_ || peer_end_ == PeerEnd::none) return false;
  tell_end();
  return true;
}

void UpstreamConnection::on_closed() {
  if (peer_end_ == PeerEnd::none) return observer_->on_broken(kCutOff);
  // Closing the connection ends a response without a declared length (RFC 9112 §6.3), unless an
  // attacker could have closed it: over TLS the upstream must send close_notify (§9.8).
  if (peer_end_ == PeerEnd::orderly) return tell_end();
  if (half_open_) observer_->on_broken(kCutOff);
}

void UpstreamConnection::on_drained() { observer_->on_writable(); }

}  // namespace millrace::gateway
