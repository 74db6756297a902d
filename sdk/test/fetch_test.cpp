#include "millrace/fetch.hpp"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <string>

#include "test_client.hpp"
#include "test_server.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using boost::beast::http::field;
using test::Reply;
using test::ServerRequest;
using test::TestClient;
using test::TestServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using Reason = FetchError::Reason;

TestServer::Handler always(std::string bytes, Reply::Then then = Reply::Then::keep) {
  return [bytes = std::move(bytes), then](const ServerRequest&) { return Reply{bytes, then}; };
}

TEST(Fetch, ReturnsTheResponse) {
  TestServer server(always(test::ok("hello", "X-A: 1\r\n")));
  TestClient client;
  const FetchResponse response = client.fetch(server.url("/a b?c=d#e"));
  EXPECT_EQ(response.status(), 200);
  EXPECT_TRUE(response.ok());
  EXPECT_EQ(response.text(), "hello");
  EXPECT_EQ(response.header("x-A"), "1");
  EXPECT_EQ(response.header("x-b"), std::nullopt);
  EXPECT_EQ(response.url(), server.url("/a%20b?c=d"));
  const ServerRequest asked = server.requests().at(0);
  EXPECT_EQ(asked.method_string(), "GET");
  EXPECT_EQ(asked.target(), "/a%20b?c=d");
  EXPECT_EQ(asked[field::host], "127.0.0.1:" + server.port());
  EXPECT_EQ(asked[field::accept], "*/*");
  EXPECT_EQ(asked[field::accept_encoding], "identity");
  EXPECT_EQ(asked.count(field::content_length), 0U);
}

TEST(Fetch, SendsMethodFieldsAndBody) {
  TestServer server(always(test::ok("")));
  TestClient client;
  FetchOptions options("put", "body");
  options.header("X-A", "1").header("X-A", "2").header("Accept", "text/html");
  // The client itself sets the fields of the connection.
  options.header("Content-Length", "999").header("Transfer-Encoding", "chunked");
  options.header("Connection", "close").header("Host", "other.test");
  (void)client.fetch(server.url("/"), options);
  const ServerRequest asked = server.requests().at(0);
  EXPECT_EQ(asked.method_string(), "PUT");
  EXPECT_EQ(asked.body(), "body");
  EXPECT_EQ(asked.count("X-A"), 2U);
  EXPECT_EQ(asked[field::accept], "text/html");
  EXPECT_EQ(asked[field::content_length], "4");
  EXPECT_EQ(asked.count(field::transfer_encoding), 0U);
  EXPECT_EQ(asked.count(field::connection), 0U);
  EXPECT_EQ(asked.count(field::host), 1U);
  EXPECT_EQ(asked[field::host], "other.test");
}

Task<FetchResponse> post_inside_co_await(std::string url) {
  const json::value value = {{"name", "a name that is too long to be kept inside a string"}};
  co_return co_await fetch(url, FetchOptions::json(value).header("authorization", "Bearer abc"));
}

TEST(Fetch, AcceptsOptionsCreatedInsideCoAwait) {
  TestServer server(always(test::status(201)));
  TestClient client;
  EXPECT_EQ(client.run(post_inside_co_await(server.url("/"))).status(), 201);
  const ServerRequest asked = server.requests().at(0);
  EXPECT_EQ(asked.method_string(), "POST");
  EXPECT_EQ(asked[field::content_type], "application/json");
  EXPECT_EQ(asked[field::authorization], "Bearer abc");
  EXPECT_EQ(asked.body(), R"({"name":"a name that is too long to be kept inside a string"})");
}

TEST(Fetch, ReturnsJsonOrThrows) {
  TestServer server([](const ServerRequest& request) {
    return Reply{test::ok(request.target() == "/json" ? R"({"a":[1]})" : "<html>")};
  });
  TestClient client;
  EXPECT_EQ(client.fetch(server.url("/json")).json().at("a").at(0).as_int64(), 1);
  const FetchResponse html = client.fetch(server.url("/html?token=secret"));
  try {
    (void)html.json();
    FAIL() << "expected a FetchError";
  } catch (const FetchError& error) {
    EXPECT_EQ(error.reason(), Reason::not_json);
    EXPECT_THAT(error.what(), HasSubstr(server.url("/html: ")));
  }
}

TEST(Fetch, ReturnsErrorStatuses) {
  TestServer server(always(test::status(404)));
  TestClient client;
  const FetchResponse response = client.fetch(server.url("/"));
  EXPECT_EQ(response.status(), 404);
  EXPECT_FALSE(response.ok());
}

TEST(Fetch, JoinsLinesOfOneNameExceptCookies) {
  TestServer server(
      always(test::ok("", "A: 1\r\nSet-Cookie: x=1\r\na: 2\r\nSet-Cookie: y=2, z\r\n")));
  TestClient client;
  const FetchResponse response = client.fetch(server.url("/"));
  EXPECT_EQ(response.header("a"), "1, 2");
  EXPECT_EQ(response.header("set-cookie"), "x=1");
  EXPECT_THAT(response.headers(),
              ElementsAre(Pair("a", "1, 2"), Pair("set-cookie", "x=1"),
                          Pair("set-cookie", "y=2, z"), Pair("content-length", "0")));
}

TEST(Fetch, ReadsBodiesOfEveryKind) {
  TestServer server([](const ServerRequest& request) -> Reply {
    const std::string_view path(request.target().data(), request.target().size());
    if (path == "/chunked") {
      return {
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"};
    }
    if (path == "/until-closed") return {"HTTP/1.1 200 OK\r\n\r\nabcde", Reply::Then::close};
    if (path == "/old") return {"HTTP/1.0 200 OK\r\n\r\nabcde", Reply::Then::close};
    return {"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" +
            test::ok("abcde")};
  });
  TestClient client;
  for (const std::string path : {"/chunked", "/until-closed", "/old", "/interim"}) {
    EXPECT_EQ(client.fetch(server.url(path)).text(), "abcde") << path;
  }
}

TEST(Fetch, HeadAndEmptyResponsesHaveNoBody) {
  TestServer server([](const ServerRequest& request) -> Reply {
    if (request.method_string() == "HEAD") {
      return {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"};
    }
    return {"HTTP/1.1 204 No Content\r\n\r\n"};
  });
  TestClient client;
  const FetchResponse head = client.fetch(server.url("/"), FetchOptions("HEAD"));
  EXPECT_EQ(head.header("content-length"), "99999999999");
  EXPECT_EQ(head.text(), "");
  EXPECT_EQ(client.fetch(server.url("/")).status(), 204);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Fetch, LimitsTheBody) {
  TestServer server([](const ServerRequest& request) -> Reply {
    if (request.target() == "/chunked") {
      return {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n"};
    }
    return {test::ok(request.target() == "/six" ? "abcdef" : "abcde")};
  });
  TestClient client;
  FetchOptions options;
  options.max_body = 5;
  EXPECT_EQ(client.fetch(server.url("/five"), options).text(), "abcde");
  for (const std::string path : {"/six", "/chunked"}) {
    const auto error = client.failure(server.url(path), options);
    ASSERT_TRUE(error) << path;
    EXPECT_EQ(error->reason(), Reason::too_large) << path;
    EXPECT_THAT(error->what(), HasSubstr("5 bytes")) << path;
  }
}

TEST(Fetch, SendsCredentialsOfTheUrlAndDoesNotReportThem) {
  TestServer server([](const ServerRequest& request) {
    return request.target() == "/good" ? Reply{test::ok("")} : Reply{"nonsense\r\n\r\n"};
  });
  TestClient client;
  const std::string origin = "http://us%3Aer:p%40ss@127.0.0.1:" + server.port();
  EXPECT_EQ(client.fetch(origin + "/good").url(), server.url("/good"));
  EXPECT_EQ(server.requests().at(0)[field::authorization], "Basic dXM6ZXI6cEBzcw==");
  const auto error = client.failure(origin + "/bad?token=secret");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::network);
  EXPECT_THAT(error->what(), HasSubstr("GET " + server.url("/bad: ")));
  EXPECT_THAT(error->what(), Not(HasSubstr("secret")));
}

TEST(Fetch, RejectsInvalidRequests) {
  TestClient client;
  const auto reason = [&client](const std::string& url, const FetchOptions& options) {
    const auto error = client.failure(url, options);
    return error ? error->reason() : Reason::network;
  };
  const std::string fine = "http://127.0.0.1:1/";
  EXPECT_EQ(reason("ftp://127.0.0.1/", {}), Reason::invalid);
  EXPECT_EQ(reason("/relative", {}), Reason::invalid);
  EXPECT_EQ(reason("http://127.0.0.1/\r\nX: y", {}), Reason::invalid);
  EXPECT_EQ(reason(fine, FetchOptions("GET /")), Reason::invalid);
  EXPECT_EQ(reason(fine, FetchOptions("CONNECT")), Reason::invalid);
  EXPECT_EQ(reason(fine, FetchOptions("GET", "body")), Reason::invalid);
  EXPECT_EQ(reason(fine, FetchOptions().header("a b", "c")), Reason::invalid);
  EXPECT_EQ(reason(fine, FetchOptions().header("a", "b\r\nc: d")), Reason::invalid);
}

TEST(Fetch, ReportsWhyThereIsNoConnection) {
  // Bound, but without a listener.
  boost::asio::io_context loop;
  const boost::asio::ip::tcp::endpoint any(boost::asio::ip::address_v4::loopback(), 0);
  const boost::asio::ip::tcp::socket closed(loop, any);
  TestClient client;
  const auto error =
      client.failure("http://127.0.0.1:" + std::to_string(closed.local_endpoint().port()) + "/");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::network);
  EXPECT_THAT(error->what(), HasSubstr("cannot connect: Connection refused"));
}

TEST(Fetch, ReportsUnknownHosts) {
  TestClient client;
  // No label can be this long, so no DNS server is asked.
  const auto error = client.failure("http://" + std::string(64, 'a') + ".invalid/");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::network);
  EXPECT_THAT(error->what(), HasSubstr("cannot resolve the host"));
}

TEST(Fetch, FailsForInvalidResponses) {
  for (const std::string bytes :
       {"", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}) {
    TestServer server(always(bytes, Reply::Then::close));
    TestClient client;
    const auto error = client.failure(server.url("/"));
    ASSERT_TRUE(error) << bytes;
    EXPECT_EQ(error->reason(), Reason::network) << bytes;
    EXPECT_EQ(server.requests().size(), 1U) << bytes;
  }
}

TEST(Fetch, TimesOut) {
  for (const std::string bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"}) {
    TestServer server(always(bytes, Reply::Then::hang));
    TestClient client;
    FetchOptions options;
    options.timeout = 50ms;
    const auto error = client.failure(server.url("/"), options);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->reason(), Reason::timeout);
    EXPECT_THAT(error->what(), HasSubstr("50 ms (FetchOptions::timeout)"));
  }
}

/// Cancels as soon as the server has the request; returns the reason of fetch()'s error.
Reason cancel_at_request(const std::string& bytes) {
  TestClient client;
  boost::asio::cancellation_signal cancel;
  TestServer server([&](const ServerRequest&) {
    boost::asio::post(client.loop(),
                      [&cancel] { cancel.emit(boost::asio::cancellation_type::terminal); });
    return Reply{bytes, Reply::Then::hang};
  });
  FetchOptions options;
  options.timeout = 0ms;
  std::exception_ptr error;
  auto finish = [&error](std::exception_ptr thrown, const FetchResponse&) { error = thrown; };
  boost::asio::co_spawn(client.loop(), fetch(server.url("/"), options),
                        boost::asio::bind_cancellation_slot(cancel.slot(), finish));
  client.loop().run();
  try {
    if (error) std::rethrow_exception(error);
  } catch (const FetchError& thrown) {
    return thrown.reason();
  }
  return Reason::network;
}

TEST(Fetch, EndsWhenCancelled) {
  EXPECT_EQ(cancel_at_request(""), Reason::cancelled);
  EXPECT_EQ(cancel_at_request("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"),
            Reason::cancelled);
}

TEST(FetchBlocking, ReturnsTheResponseAndReusesItsConnection) {
  TestServer server(always(test::ok("hello")));
  EXPECT_EQ(fetch_blocking(server.url("/")).text(), "hello");
  EXPECT_EQ(fetch_blocking(server.url("/"), FetchOptions("POST", "x")).text(), "hello");
  EXPECT_EQ(server.connections(), 1U);
}

TEST(FetchBlocking, Throws) {
  TestServer server(always("", Reply::Then::close));
  EXPECT_THROW((void)fetch_blocking(server.url("/")), FetchError);
  EXPECT_THROW((void)fetch_blocking("nothing"), FetchError);
}

TEST(FetchBlocking, WorksInsideATask) {
  TestServer server(always(test::ok("inner")));
  TestClient client;
  auto outer = [](std::string url) -> Task<FetchResponse> {
    co_return FetchResponse(200, {}, fetch_blocking(url).text(), url);
  };
  EXPECT_EQ(client.run(outer(server.url("/"))).text(), "inner");
}

}  // namespace
}  // namespace millrace
