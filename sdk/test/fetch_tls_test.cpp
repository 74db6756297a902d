#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "millrace/env.hpp"
#include "test_certificate.hpp"
#include "test_client.hpp"
#include "test_server.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using test::Reply;
using test::ServerRequest;
using test::TestCertificate;
using test::TestClient;
using test::TestServer;
using testing::ElementsAre;
using testing::HasSubstr;
using Reason = FetchError::Reason;

constexpr const char* kLocal = "DNS:localhost,IP:127.0.0.1";

Reply hello(const ServerRequest&) { return Reply{test::ok("hello")}; }

FetchOptions trusting(const TestCertificate& certificate) {
  FetchOptions options;
  options.ca_file = certificate.file();
  return options;
}

TEST(FetchTls, ConnectsToATrustedServer) {
  const TestCertificate certificate(kLocal);
  TestServer server(hello, certificate.server());
  TestClient client;
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    const std::string url = server.url("/", host);
    EXPECT_EQ(client.fetch(url, trusting(certificate)).text(), "hello") << host;
    EXPECT_EQ(client.fetch(url, trusting(certificate)).url(), url);
  }
  // One connection is kept for each host.
  EXPECT_EQ(server.connections(), 2U);
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST(FetchTls, SendsALargeBodyBothWays) {
  const TestCertificate certificate(kLocal);
  const auto echo = [](const ServerRequest& request) { return Reply{test::ok(request.body())}; };
  TestServer server(echo, certificate.server());
  TestClient client;
  FetchOptions options = trusting(certificate);
  options.method = "POST";
  options.body = std::string(900'000, 'x');
  EXPECT_EQ(client.fetch(server.url("/"), options).text(), options.body);
}

TEST(FetchTls, RejectsAnUntrustedServer) {
  const TestCertificate certificate(kLocal);
  const TestCertificate other(kLocal);
  TestServer server(hello, certificate.server());
  TestClient client;
  for (const FetchOptions& options : {FetchOptions(), trusting(other)}) {
    const auto error = client.failure(server.url("/"), options);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->reason(), Reason::tls);
    EXPECT_THAT(error->what(), HasSubstr("certificate is not trusted"));
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(FetchTls, RejectsTheCertificateOfAnotherHost) {
  const TestCertificate certificate("DNS:other.test,IP:127.0.0.2");
  TestServer server(hello, certificate.server());
  TestClient client;
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    const auto error = client.failure(server.url("/", host), trusting(certificate));
    ASSERT_TRUE(error) << host;
    EXPECT_EQ(error->reason(), Reason::tls) << host;
    EXPECT_THAT(error->what(), HasSubstr("mismatch")) << host;
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(FetchTls, SharesNoConnectionBetweenTrustedFiles) {
  const TestCertificate certificate(kLocal);
  TestServer server(hello, certificate.server());
  TestClient client;
  (void)client.fetch(server.url("/"), trusting(certificate));
  EXPECT_TRUE(client.failure(server.url("/")));
}

TEST(FetchTls, TrustsTheFileOfTheEnvironment) {
  const TestCertificate certificate(kLocal);
  TestServer server(hello, certificate.server());
  TestClient client;
  detail::set_env("SSL_CERT_FILE", certificate.file());
  EXPECT_FALSE(client.failure(server.url("/")));
  detail::set_env("SSL_CERT_FILE", std::nullopt);
}

TEST(FetchTls, NamesTheFileItCannotRead) {
  const TestCertificate certificate(kLocal);
  TestServer server(hello, certificate.server());
  TestClient client;
  FetchOptions options;
  options.ca_file = certificate.file() + ".missing";
  const auto error = client.failure(server.url("/"), options);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::tls);
  EXPECT_THAT(error->what(), HasSubstr(options.ca_file + " (FetchOptions::ca_file)"));
}

TEST(FetchTls, NamesTheHostToTheServer) {
  const TestCertificate certificate(kLocal);
  static std::mutex mutex;
  static std::vector<std::string> names;
  names.clear();
  const auto note = [](::SSL* tls, int*, void*) {
    const char* const name = ::SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
    const std::lock_guard lock(mutex);
    names.emplace_back(name == nullptr ? "none" : name);
    return SSL_TLSEXT_ERR_OK;
  };
  SSL_CTX_set_tlsext_servername_callback(certificate.server()->native_handle(), +note);
  TestServer server(hello, certificate.server());
  TestClient client;
  (void)client.fetch(server.url("/", "localhost"), trusting(certificate));
  (void)client.fetch(server.url("/", "127.0.0.1"), trusting(certificate));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(names, ElementsAre("localhost", "none"));
}

TEST(FetchTls, FailsWhereTheServerDoesNotSpeakTls) {
  TestServer server([](const ServerRequest&) { return Reply{test::ok("x")}; });
  TestClient client;
  const auto error = client.failure("https://127.0.0.1:" + server.port() + "/");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::tls);
}

TEST(FetchTls, RejectsATruncatedResponse) {
  const TestCertificate certificate(kLocal);
  // The test's server closes the connection without closing the TLS session.
  const auto cut = [](const ServerRequest&) {
    return Reply{"HTTP/1.1 200 OK\r\n\r\npart", Reply::Then::close};
  };
  TestServer server(cut, certificate.server());
  TestClient client;
  const auto error = client.failure(server.url("/"), trusting(certificate));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::network);
}

/// Accepts one connection and sends nothing on it.
class SilentServer {
 public:
  SilentServer() : acceptor_(loop_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {}

  [[nodiscard]] std::string url() const {
    return "https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
  }

  /// Returns when the client's first byte has arrived.
  void wait_for_client() {
    peer_ = acceptor_.accept();
    char byte = 0;
    boost::asio::read(peer_, boost::asio::buffer(&byte, 1));
  }

 private:
  boost::asio::io_context loop_;
  tcp::acceptor acceptor_;
  tcp::socket peer_{loop_};
};

TEST(FetchTls, TimesOutInTheHandshake) {
  const SilentServer server;
  TestClient client;
  FetchOptions options;
  options.timeout = 50ms;
  const auto error = client.failure(server.url(), options);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::timeout);
}

TEST(FetchTls, EndsWhenCancelledInTheHandshake) {
  SilentServer server;
  TestClient client;
  boost::asio::cancellation_signal cancel;
  FetchOptions options;
  options.timeout = 0ms;
  std::exception_ptr error;
  auto finish = [&error](std::exception_ptr thrown, const FetchResponse&) { error = thrown; };
  boost::asio::co_spawn(client.loop(), fetch(server.url(), options),
                        boost::asio::bind_cancellation_slot(cancel.slot(), finish));
  std::thread canceller([&] {
    server.wait_for_client();
    boost::asio::post(client.loop(),
                      [&cancel] { cancel.emit(boost::asio::cancellation_type::terminal); });
  });
  client.loop().run();
  canceller.join();
  try {
    if (error) std::rethrow_exception(error);
    FAIL() << "expected a FetchError";
  } catch (const FetchError& thrown) {
    EXPECT_EQ(thrown.reason(), Reason::cancelled);
  }
}

}  // namespace
}  // namespace millrace
