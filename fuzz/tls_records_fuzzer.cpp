// What a client sends over TLS reaches the stream's observer as the same bytes, however its records
// are made and split on the way; and bytes that are no records end the stream.
//
// The input chooses the sizes of records and of what the socket delivers at a time, and, with its first byte, a
// byte on the way to be changed.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/stream.hpp"
#include "net/test_certificate.hpp"

namespace {

using namespace millrace;

std::shared_ptr<const net::TlsServer> make_server() {
  std::signal(SIGPIPE, SIG_IGN);
  std::string name = (std::filesystem::temp_directory_path() / "millrace-fuzz-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  net::write_certificate(net::make_certificate("DNS:a.example"), folder, "a");
  auto server = net::TlsServer::load({.certificates = {{.certificate = (folder / "a.pem").string(),
                                                        .key = (folder / "a.key").string()}}},
                                     std::make_shared<net::TlsTicketKeys>());
  std::filesystem::remove_all(folder);
  return std::move(server).value();
}

class Taker final : public net::Stream::Observer {
 public:
  explicit Taker(net::EventLoop& loop) : loop_(loop) {}

  std::size_t on_bytes(std::string_view input) override {
    // Sometimes only a part is taken, so that bytes stay buffered.
    const std::size_t taken = got.size() % 3 == 0 ? (input.size() + 1) / 2 : input.size();
    got += input.substr(0, taken);
    return taken;
  }
  void on_closed() override {
    closed = true;
    loop_.stop();
  }
  void on_drained() override {}

  std::string got;
  bool closed = false;

 private:
  net::EventLoop& loop_;
};

/// The client, whose records go through memory.
struct Client {
  net::SslContext context{SSL_CTX_new(TLS_client_method())};
  net::SslConnection connection{SSL_new(context.get())};

  Client() {
    SSL_set_bio(connection.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(connection.get());
  }

  std::string take_records() {
    std::string records;
    std::array<char, 4096> piece{};
    for (;;) {
      const int count = BIO_read(SSL_get_wbio(connection.get()), piece.data(), piece.size());
      if (count <= 0) return records;
      records.append(piece.data(), static_cast<std::size_t>(count));
    }
  }

  void give(int socket) {
    std::array<char, 4096> piece{};
    const ssize_t count = ::recv(socket, piece.data(), piece.size(), MSG_DONTWAIT);
    if (count > 0) BIO_write(SSL_get_rbio(connection.get()), piece.data(), static_cast<int>(count));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const net::TlsServer> server = make_server();
  if (size < 4 || size > 512) return 0;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return 0;
  base::UniqueFd ours(ends[0]);
  base::UniqueFd theirs(ends[1]);
  auto session = std::make_unique<net::TlsSession>(server, theirs.get());
  Client client;
  for (bool done = false; !done;) {
    const bool client_done = SSL_do_handshake(client.connection.get()) == 1;
    const std::string flight = client.take_records();
    if (::send(ours.get(), flight.data(), flight.size(), 0) < 0) return 0;
    const bool server_done = session->handshake().state == net::TlsSession::State::done;
    client.give(ours.get());
    done = client_done && server_done;
  }
  // Each byte of the input makes a record of that size.
  std::string sent;
  std::string records;
  for (std::size_t i = 2; i < size; ++i) {
    const std::string text(std::size_t{data[i]} * 70, static_cast<char>('a' + i % 26));
    if (text.empty()) continue;
    std::size_t written = 0;
    if (SSL_write_ex(client.connection.get(), text.data(), text.size(), &written) != 1)
      std::abort();
    sent += text;
    records += client.take_records();
  }
  const bool changed = data[0] != 0 && !records.empty();
  if (changed)
    records[(std::size_t{data[0]} * 257) % records.size()] ^= static_cast<char>(data[1] | 1);

  net::EventLoop loop;
  Taker taker(loop);
  const auto stream = net::Stream::adopt(loop, std::move(theirs), std::move(session), {});
  stream->observe(taker);
  stream->start();
  std::size_t at = 0;
  std::size_t step = 0;
  std::function<void()> turn = [&] {
    const std::size_t count =
        std::min<std::size_t>(records.size() - at, 1 + std::size_t{data[step++ % size]} * 9);
    const ssize_t taken = ::send(ours.get(), records.data() + at, count, MSG_DONTWAIT);
    if (taken > 0) at += static_cast<std::size_t>(taken);
    if (at == records.size()) ours = base::UniqueFd();
    if (ours) loop.post(turn);
  };
  loop.post(turn);
  // The end without close_notify is a failure, so that every input ends.
  loop.run();
  if (!taker.closed) std::abort();
  if (!sent.starts_with(taker.got)) std::abort();
  if (!changed && taker.got.size() < sent.size() / 2) std::abort();
  return 0;
}
