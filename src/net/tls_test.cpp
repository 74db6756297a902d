// TLS on the event loop: a server's handshakes and streams against OpenSSL's own client.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "net/client_hello.hpp"
#include "net/stream.hpp"
#include "net/test_certificate.hpp"
#include "net/timer.hpp"
#include "net/tls_handshake.hpp"

namespace millrace::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = TlsHandshake::Result::Kind;

/// A connected pair of TCP sockets on loopback: the client's end and the server's.
std::pair<base::UniqueFd, base::UniqueFd> connected_pair() {
  const base::UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(listener.get(), any, length), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(::getsockname(listener.get(), any, &length), 0);
  base::UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(client.get(), any, length), 0);
  base::UniqueFd server(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  ::fcntl(client.get(), F_SETFL, O_NONBLOCK);
  return {std::move(client), std::move(server)};
}

struct ClientOptions {
  std::string name = "a.example";
  /// As ALPN sends them.
  std::string protocols = "";
  int version = 0;
  const char* ciphers = nullptr;
  SSL_SESSION* session = nullptr;
  const MadeCertificate* certificate = nullptr;
};

/// OpenSSL's client, driven by hand.
class Client {
 public:
  Client(int fd, const ClientOptions& options) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_.get(), 0);
    if (options.version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), options.version);
      SSL_CTX_set_max_proto_version(context_.get(), options.version);
    }
    if (options.ciphers != nullptr) SSL_CTX_set_cipher_list(context_.get(), options.ciphers);
    if (options.certificate != nullptr) {
      SSL_CTX_use_certificate(context_.get(), options.certificate->certificate.get());
      SSL_CTX_use_PrivateKey(context_.get(), options.certificate->key.get());
    }
    ssl_.reset(SSL_new(context_.get()));
    if (!options.name.empty()) SSL_set_tlsext_host_name(ssl_.get(), options.name.c_str());
    if (!options.protocols.empty()) {
      SSL_set_alpn_protos(ssl_.get(),
                          reinterpret_cast<const unsigned char*>(options.protocols.data()),
                          static_cast<unsigned int>(options.protocols.size()));
    }
    if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
    SSL_set_fd(ssl_.get(), fd);
    SSL_set_connect_state(ssl_.get());
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // OpenSSL does not resume the session of a connection that it thinks was cut.
  ~Client() { SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN); }

  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

  /// Continues the handshake; whether it is complete.
  bool handshake() {
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_SSL) {
      alert = ERR_reason_error_string(ERR_peek_error());
    }
    ERR_clear_error();
    return result == 1;
  }

  void write(std::string_view bytes) {
    std::size_t written = 0;
    SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    ERR_clear_error();
  }

  /// Appends what has arrived to `got`.
  void read() {
    std::array<char, 16384> piece{};
    std::size_t count = 0;
    while (SSL_read_ex(ssl_.get(), piece.data(), piece.size(), &count) == 1) {
      got.append(piece.data(), count);
    }
    ended = ended || (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    ERR_clear_error();
  }

  std::string got;
  bool ended = false;
  /// Why the handshake failed.
  std::string alert;

 private:
  SslContext context_;
  SslConnection ssl_;
};

/// Echoes what it receives.
class Echo final : public Stream::Observer {
 public:
  explicit Echo(std::shared_ptr<Stream> to) : stream(std::move(to)) {
    stream->observe(*this);
    stream->start();
  }
  ~Echo() override { stream->close(); }

  std::size_t on_bytes(std::string_view input) override {
    received += input.size();
    if (echoes) stream->write(input);
    return input.size();
  }
  void on_closed() override { closed = true; }
  void on_drained() override {}

  std::shared_ptr<Stream> stream;
  std::size_t received = 0;
  bool echoes = true;
  bool closed = false;
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    std::signal(SIGPIPE, SIG_IGN);
    std::string name = (std::filesystem::temp_directory_path() / "millrace-tls-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    write_certificate(make_certificate("DNS:a.example"), folder_, "a");
    options_.certificates = {files("a")};
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] TlsCertificateFiles files(const std::string& name) const {
    return {.certificate = (folder_ / (name + ".pem")).string(),
            .key = (folder_ / (name + ".key")).string()};
  }

  [[nodiscard]] std::shared_ptr<const TlsServer> load() {
    auto loaded = TlsServer::load(options_, tickets_);
    EXPECT_TRUE(loaded) << loaded.error().message();
    return std::move(loaded).value();
  }

  /// Turns the loop until `reached`; `step` is called in each turn.
  void run_until(const std::function<bool()>& reached, const std::function<void()>& step = {}) {
    const std::function<void()> check = [&] {
      if (step) step();
      if (reached()) return loop_.stop();
      loop_.post(check);
    };
    loop_.post(check);
    loop_.run();
  }

  /// Begins the server's side on a new pair of sockets.
  void begin(std::shared_ptr<const TlsServer> server,
             std::shared_ptr<base::MemoryBudget> memory = nullptr) {
    auto [client, accepted] = connected_pair();
    client_fd_ = std::move(client);
    result_.reset();
    handshake_ = std::make_unique<TlsHandshake>(
        loop_, std::move(accepted), std::move(server), std::move(memory),
        [this](TlsHandshake::Result result) { result_ = std::move(result); });
  }

  /// Connects, and returns whether both sides are through.
  bool connect(const std::shared_ptr<const TlsServer>& server, const ClientOptions& options = {}) {
    client_.reset();
    begin(server);
    client_.emplace(client_fd_.get(), options);
    bool through = false;
    run_until([&] { return result_ && (through || result_->kind != Kind::done); },
              [&] { through = through || client_->handshake(); });
    return result_->kind == Kind::done;
  }

  [[nodiscard]] std::unique_ptr<Echo> echo() {
    return std::make_unique<Echo>(
        Stream::adopt(loop_, std::move(result_->socket), std::move(result_->session), {}));
  }

  /// The first subject alternative name of the server's certificate.
  [[nodiscard]] std::string served_name() const {
    const CertificateHandle certificate(SSL_get1_peer_certificate(client_->ssl()));
    const std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>> names(
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    const ASN1_STRING* const name = sk_GENERAL_NAME_value(names.get(), 0)->d.dNSName;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
            static_cast<std::size_t>(ASN1_STRING_length(name))};
  }

  EventLoop loop_;
  std::filesystem::path folder_;
  TlsServerOptions options_;
  std::shared_ptr<TlsTicketKeys> tickets_ = std::make_shared<TlsTicketKeys>();
  base::UniqueFd client_fd_;
  std::unique_ptr<TlsHandshake> handshake_;
  std::optional<TlsHandshake::Result> result_;
  std::optional<Client> client_;
};

std::string text_of(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

TEST_F(TlsTest, ServesBothVersionsAndNoOlderOne) {
  const auto server = load();
  EXPECT_TRUE(connect(server, {.version = TLS1_3_VERSION}));
  EXPECT_TRUE(connect(server, {.version = TLS1_2_VERSION}));
  EXPECT_FALSE(connect(server, {.version = TLS1_1_VERSION}));
}

TEST_F(TlsTest, RefusesCiphersWithoutForwardSecrecyOrAuthenticatedEncryption) {
  const auto server = load();
  for (const char* const ciphers :
       {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"}) {
    EXPECT_FALSE(connect(server, {.version = TLS1_2_VERSION, .ciphers = ciphers})) << ciphers;
  }
  EXPECT_TRUE(
      connect(server, {.version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305"}));
}

TEST_F(TlsTest, ChoosesTheCertificateByTheName) {
  write_certificate(make_certificate("DNS:b.example,DNS:*.c.example"), folder_, "b");
  write_certificate(make_certificate("DNS:x.c.example"), folder_, "x");
  options_.certificates = {files("a"), files("b"), files("x")};
  const auto server = load();
  EXPECT_THAT(server->names(), ElementsAre("*.c.example", "a.example", "b.example", "x.c.example"));
  const auto name_for = [&](const std::string& name) {
    EXPECT_TRUE(connect(server, {.name = name})) << name;
    return served_name();
  };
  EXPECT_EQ(name_for("a.example"), "a.example");
  EXPECT_EQ(name_for("B.Example"), "b.example");
  EXPECT_EQ(name_for("y.c.example"), "b.example");
  EXPECT_EQ(name_for("x.c.example"), "x.c.example");
  // A wildcard stands for one label, and not for none.
  EXPECT_EQ(name_for("z.y.c.example"), "a.example");
  EXPECT_EQ(name_for("c.example"), "a.example");
  EXPECT_EQ(name_for("unknown.example"), "a.example");
  EXPECT_EQ(name_for(""), "a.example");
}

TEST_F(TlsTest, OffersBothKindsOfKeysForTheSameNames) {
  write_certificate(make_certificate("DNS:a.example", KeyKind::rsa), folder_, "rsa");
  options_.certificates = {files("a"), files("rsa")};
  const auto server = load();
  const auto key_with = [&](const char* ciphers) {
    EXPECT_TRUE(connect(server, {.version = TLS1_2_VERSION, .ciphers = ciphers})) << ciphers;
    const CertificateHandle certificate(SSL_get1_peer_certificate(client_->ssl()));
    return EVP_PKEY_get_base_id(X509_get0_pubkey(certificate.get()));
  };
  EXPECT_EQ(key_with("ECDHE-RSA-AES128-GCM-SHA256"), EVP_PKEY_RSA);
  EXPECT_EQ(key_with("ECDHE-ECDSA-AES128-GCM-SHA256"), EVP_PKEY_EC);
}

TEST_F(TlsTest, ReportsFilesThatCannotBeUsed) {
  const auto failure = [&](const TlsCertificateFiles& given) {
    options_.certificates = {given};
    const auto loaded = TlsServer::load(options_, tickets_);
    return loaded ? std::string() : loaded.error().message();
  };
  write_certificate(make_certificate("DNS:b.example"), folder_, "b");
  EXPECT_THAT(failure({.certificate = "/nowhere.pem", .key = files("a").key}),
              HasSubstr("/nowhere.pem: expected a readable certificate"));
  EXPECT_THAT(failure({.certificate = files("a").certificate, .key = files("b").key}),
              HasSubstr(files("b").key + ": expected the readable private key of "));
  EXPECT_THAT(failure({.certificate = files("a").key, .key = files("a").key}),
              HasSubstr("expected a readable certificate"));
}

TEST_F(TlsTest, AgreesOnAProtocolInTheServersOrder) {
  options_.protocols = {"h2", "http/1.1"};
  const auto server = load();
  EXPECT_TRUE(connect(server, {.protocols = "\x08http/1.1\x02h2"}));
  EXPECT_EQ(result_->session->alpn(), "h2");
  EXPECT_TRUE(connect(server));
  EXPECT_EQ(result_->session->alpn(), "");
  // A client of another protocol gets no further (ALPACA).
  EXPECT_FALSE(connect(server, {.protocols = "\x03"
                                             "ftp"}));
}

TEST_F(TlsTest, EchoesALongTextThroughSmallBuffers) {
  ASSERT_TRUE(connect(load()));
  const auto server = echo();
  EXPECT_TRUE(server->stream->secure());
  const std::string text = text_of(3'000'000);
  std::size_t sent = 0;
  run_until(
      [&] { return client_->got.size() == text.size(); },
      [&] {
        std::size_t written = 0;
        // The same bytes again after it was refused, as OpenSSL requires.
        const std::size_t count = std::min<std::size_t>(16384, text.size() - sent);
        if (count > 0 && SSL_write_ex(client_->ssl(), text.data() + sent, count, &written) == 1) {
          sent += written;
        }
        ERR_clear_error();
        client_->read();
      });
  EXPECT_EQ(client_->got, text);
}

TEST_F(TlsTest, BytesThatComeWithTheEndOfTheHandshakeAreRead) {
  begin(load());
  client_.emplace(client_fd_.get(), ClientOptions{});
  std::unique_ptr<Echo> server;
  bool wrote = false;
  // The server only turns when client's last flight and its first request are both on the way.
  run_until([&] { return client_->got == "hello"; },
            [&] {
              if (!wrote && client_->handshake()) {
                client_->write("hello");
                wrote = true;
              }
              if (result_ && !server) server = echo();
              if (wrote) client_->read();
            });
}

TEST_F(TlsTest, APartialRecordWaitsForItsRest) {
  ASSERT_TRUE(connect(load()));
  const auto server = echo();
  // The client's records go through memory, so that they can be split anywhere.
  BIO* const records = BIO_new(BIO_s_mem());
  SSL_set0_wbio(client_->ssl(), records);
  client_->write("one");
  client_->write("two");
  std::string bytes(4096, '\0');
  bytes.resize(static_cast<std::size_t>(BIO_read(records, bytes.data(), 4096)));
  std::size_t at = 0;
  run_until([&] { return at == bytes.size() && client_->got == "onetwo"; },
            [&] {
              if (at < bytes.size())
                at += ::send(client_fd_.get(), bytes.data() + at, 1, 0) == 1 ? 1 : 0;
              client_->read();
            });
}

TEST_F(TlsTest, AClientThatEndsItsBytesMayStillRead) {
  ASSERT_TRUE(connect(load()));
  class Half final : public Stream::Observer {
   public:
    std::size_t on_bytes(std::string_view input) override { return input.size(); }
    void on_closed() override {}
    bool on_end() override { return ended = true; }
    void on_drained() override {}
    bool ended = false;
  } half;
  const auto stream =
      Stream::adopt(loop_, std::move(result_->socket), std::move(result_->session), {});
  stream->observe(half);
  stream->start();
  SSL_shutdown(client_->ssl());
  run_until([&] { return half.ended; });
  stream->write("late");
  stream->finish();
  run_until([&] { return client_->ended; }, [&] { client_->read(); });
  EXPECT_EQ(client_->got, "late");
}

TEST_F(TlsTest, AnEndWithoutCloseNotifyIsAFailure) {
  ASSERT_TRUE(connect(load()));
  const auto server = echo();
  client_->write("x");
  ::shutdown(client_fd_.get(), SHUT_WR);
  run_until([&] { return server->closed; });
  EXPECT_EQ(server->received, 1U);
}

TEST_F(TlsTest, GarbageAfterTheHandshakeIsAFailure) {
  ASSERT_TRUE(connect(load()));
  const auto server = echo();
  EXPECT_EQ(::send(client_fd_.get(), "\x17\x03\x03\xff\xff", 5, 0), 5);
  run_until([&] { return server->closed; });
}

TEST_F(TlsTest, ARecordThatHasBeenChangedIsAFailure) {
  ASSERT_TRUE(connect(load()));
  const auto server = echo();
  BIO* const records = BIO_new(BIO_s_mem());
  SSL_set0_wbio(client_->ssl(), records);
  client_->write("one");
  std::string bytes(4096, '\0');
  bytes.resize(static_cast<std::size_t>(BIO_read(records, bytes.data(), 4096)));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  EXPECT_EQ(::send(client_fd_.get(), bytes.data(), bytes.size(), 0),
            static_cast<ssize_t>(bytes.size()));
  run_until([&] { return server->closed; });
  EXPECT_EQ(server->received, 0U);
}

TEST_F(TlsTest, RefusesToRenegotiate) {
  ASSERT_TRUE(connect(load(), {.version = TLS1_2_VERSION}));
  const auto server = echo();
  ASSERT_EQ(SSL_renegotiate(client_->ssl()), 1);
  run_until([&] { return server->closed; }, [&] { client_->handshake(); });
}

TEST_F(TlsTest, BoundsKeyUpdates) {
  ASSERT_TRUE(connect(load(), {.version = TLS1_3_VERSION}));
  const auto server = echo();
  const auto update = [&] {
    SSL_key_update(client_->ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    client_->handshake();
  };
  for (std::uint32_t i = 0; i < TlsSession::kMostKeyUpdates; ++i) update();
  client_->write("still");
  run_until([&] { return client_->got == "still"; }, [&] { client_->read(); });
  update();
  run_until([&] { return server->closed; });
}

TEST_F(TlsTest, ResumesWithATicketOfAnyServerWithTheSameKeys) {
  const auto session_of = [&](const std::shared_ptr<const TlsServer>& server, int version) {
    EXPECT_TRUE(connect(server, {.version = version}));
    const auto stream = echo();
    // In TLS 1.3 tickets come after the handshake.
    client_->write("x");
    run_until([&] { return client_->got == "x"; }, [&] { client_->read(); });
    return std::unique_ptr<SSL_SESSION, OpensslDeleter<SSL_SESSION_free>>(
        SSL_get1_session(client_->ssl()));
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto session = session_of(load(), version);
    EXPECT_FALSE(SSL_session_reused(client_->ssl()));
    ASSERT_TRUE(connect(load(), {.version = version, .session = session.get()}));
    EXPECT_TRUE(result_->session->resumed());
    // A successor has the keys as text.
    auto successor = std::make_shared<TlsTicketKeys>();
    ASSERT_TRUE(successor->take(tickets_->to_text()));
    tickets_ = successor;
    ASSERT_TRUE(connect(load(), {.version = version, .session = session.get()}));
    EXPECT_TRUE(result_->session->resumed());
    // Unknown keys cost a full handshake.
    tickets_ = std::make_shared<TlsTicketKeys>();
    ASSERT_TRUE(connect(load(), {.version = version, .session = session.get()}));
    EXPECT_FALSE(result_->session->resumed());
  }
}

TEST_F(TlsTest, RequiresTheClientsCertificate) {
  const auto authority = make_certificate("");
  write_certificate(authority, folder_, "authority");
  const auto known = make_certificate("DNS:client", KeyKind::ecdsa, &authority);
  const auto foreign = make_certificate("DNS:client");
  options_.client_authorities = files("authority").certificate;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    options_.client_certificates = ClientCertificates::required;
    const auto strict = load();
    EXPECT_TRUE(connect(strict, {.version = version, .certificate = &known}));
    EXPECT_FALSE(result_->session->client_certificate().empty());
    EXPECT_FALSE(connect(strict, {.version = version}));
    EXPECT_FALSE(connect(strict, {.version = version, .certificate = &foreign}));
    options_.client_certificates = ClientCertificates::optional;
    const auto lenient = load();
    EXPECT_TRUE(connect(lenient, {.version = version}));
    EXPECT_TRUE(result_->session->client_certificate().empty());
    EXPECT_FALSE(connect(lenient, {.version = version, .certificate = &foreign}));
  }
}

TEST_F(TlsTest, ASessionWithoutACertificateIsNotResumedWhereOneIsRequired) {
  ASSERT_TRUE(connect(load(), {.version = TLS1_2_VERSION}));
  const std::unique_ptr<SSL_SESSION, OpensslDeleter<SSL_SESSION_free>> session(
      SSL_get1_session(client_->ssl()));
  write_certificate(make_certificate(""), folder_, "authority");
  options_.client_authorities = files("authority").certificate;
  options_.client_certificates = ClientCertificates::required;
  EXPECT_FALSE(connect(load(), {.version = TLS1_2_VERSION, .session = session.get()}));
}

TEST_F(TlsTest, MakesNoSessionBeforeAWholeClientHello) {
  // The first flight of a client, split before its last byte.
  const SslContext context(SSL_CTX_new(TLS_client_method()));
  const SslConnection client(SSL_new(context.get()));
  BIO* const flight = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), flight);
  SSL_connect(client.get());
  std::string hello(4096, '\0');
  hello.resize(static_cast<std::size_t>(BIO_read(flight, hello.data(), 4096)));
  int turns = 0;
  for (const std::size_t cut : {std::size_t{1}, std::size_t{7}, hello.size() - 1}) {
    const std::string_view part = std::string_view(hello).substr(0, cut);
    begin(load());
    ASSERT_EQ(::send(client_fd_.get(), part.data(), part.size(), 0),
              static_cast<ssize_t>(part.size()));
    turns = 0;
    run_until([&] { return ++turns > 20; });
    EXPECT_FALSE(result_) << cut;
    EXPECT_FALSE(handshake_->has_session()) << cut;
    ASSERT_EQ(::send(client_fd_.get(), hello.data() + cut, hello.size() - cut, 0),
              static_cast<ssize_t>(hello.size() - cut));
    run_until([&] { return handshake_->has_session(); });
  }
}

TEST_F(TlsTest, AHandshakeThatIsTruncatedFails) {
  for (const std::string_view sent : {"", "\x16", "\x16\x03\x01\x02", "\x16\x03\x01\x01\x00\x01"}) {
    begin(load());
    ASSERT_EQ(::send(client_fd_.get(), sent.data(), sent.size(), 0),
              static_cast<ssize_t>(sent.size()));
    client_fd_ = base::UniqueFd();
    run_until([&] { return result_.has_value(); });
    EXPECT_EQ(result_->kind, Kind::failed);
  }
}

TEST_F(TlsTest, RecognisesHttpWithoutTls) {
  begin(load());
  ASSERT_EQ(::send(client_fd_.get(), "GET / HTTP/1.1\r\n", 16, 0), 16);
  run_until([&] { return result_.has_value(); });
  EXPECT_EQ(result_->kind, Kind::plain_http);
}

TEST_F(TlsTest, ASessionNeedsRoomInTheMemoryBudget) {
  const auto memory = std::make_shared<base::MemoryBudget>(TlsHandshake::kSessionMemory);
  begin(load(), memory);
  client_.emplace(client_fd_.get(), ClientOptions{});
  client_->handshake();
  run_until([&] { return handshake_->has_session(); });
  EXPECT_EQ(memory->used(), TlsHandshake::kSessionMemory);
  const auto first = std::move(handshake_);
  const auto first_fd = std::move(client_fd_);
  begin(load(), memory);
  Client second(client_fd_.get(), {});
  second.handshake();
  run_until([&] { return result_.has_value(); });
  EXPECT_EQ(result_->kind, Kind::no_memory);
}

TEST(ClientHello, IsJudgedByItsFirstBytes) {
  const auto hello = [](std::size_t record, std::size_t message) {
    std::string bytes = {'\x16', '\x03', '\x01'};
    for (const std::size_t part :
         {record >> 8U, record, std::size_t{256} + 1, message >> 16U, message >> 8U, message}) {
      bytes += static_cast<char>(part & 0xffU);
    }
    return bytes;
  };
  const auto kind = [](const std::string& bytes) { return judge_hello(bytes, 1000).kind; };
  EXPECT_EQ(kind(""), HelloKind::incomplete);
  EXPECT_EQ(kind("\x16\x03"), HelloKind::incomplete);
  EXPECT_EQ(judge_hello(hello(512, 508), 1000).needed, 517U);
  EXPECT_EQ(kind(hello(512, 508)), HelloKind::incomplete);
  EXPECT_EQ(kind(hello(4, 1000)), HelloKind::hello);
  EXPECT_EQ(kind(hello(4, 1001)), HelloKind::too_large);
  EXPECT_EQ(kind(hello(4, 0xffffff)), HelloKind::too_large);
  EXPECT_EQ(kind(hello(3, 100)), HelloKind::unknown);
  EXPECT_EQ(kind(hello(16385, 100)), HelloKind::unknown);
  EXPECT_EQ(kind("\x15\x03\x01 alert"), HelloKind::unknown);
  EXPECT_EQ(kind("PROXY TCP4"), HelloKind::plain_http);
}

TEST(TlsTicketKeys, RotateAndForgetInTime) {
  TlsTicketKeys keys;
  const auto start = Clock::now();
  const auto first = keys.keys()->front();
  keys.rotate(start);
  EXPECT_EQ(keys.keys()->size(), 1U);
  const auto after = [&](int rotations) {
    return start + rotations * TlsTicketKeys::kRotation + std::chrono::minutes(1);
  };
  keys.rotate(after(1));
  ASSERT_EQ(keys.keys()->size(), 2U);
  EXPECT_NE(keys.keys()->front().name, first.name);
  EXPECT_EQ(keys.keys()->back().name, first.name);
  keys.rotate(after(2) + std::chrono::minutes(1));
  EXPECT_EQ(keys.keys()->size(), 3U);
  keys.rotate(after(3) + std::chrono::minutes(2));
  ASSERT_EQ(keys.keys()->size(), TlsTicketKeys::kKept);
  EXPECT_NE(keys.keys()->back().name, first.name);
  keys.rotate(after(9));
  EXPECT_EQ(keys.keys()->size(), 1U);
}

TEST(TlsTicketKeys, TakeOnlyWhatTheyHaveWritten) {
  TlsTicketKeys keys;
  const std::string text = keys.to_text();
  TlsTicketKeys other;
  const std::string own = other.to_text();
  for (const std::string& bad :
       {std::string(), text.substr(1), text + text + text + text, std::string(text.size(), 'g')}) {
    EXPECT_FALSE(other.take(bad));
  }
  EXPECT_EQ(other.to_text(), own);
  EXPECT_TRUE(other.take(text));
  EXPECT_EQ(other.to_text(), text);
}

}  // namespace
}  // namespace millrace::net
