#include "millrace/session.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <utility>

#include "millrace/env.hpp"
#include "millrace/response.hpp"

namespace millrace {
namespace {

using std::chrono::hours;

/// Sets an environment variable during the test.
class Variable {
 public:
  Variable(std::string name, std::string value) : name_(std::move(name)) {
    detail::set_env(name_, std::move(value));
  }
  ~Variable() { detail::set_env(name_, std::nullopt); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
};

std::string fields_with(const Cookie& cookie) {
  return "Host: example.com\r\nCookie: " + cookie.name + "=" + cookie.value + "\r\n";
}

TEST(SessionCookie, IsReadByTheOptionsThatCreatedIt) {
  SessionOptions options;
  options.secrets = {"new", "old"};
  options.cookie = "staff";
  const std::string fields = fields_with(session_cookie({{"sub", "7"}}, hours(1), options));
  const Request request({.fields = fields}, "");
  const auto found = session(request, options);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->subject(), "7");
  std::swap(options.secrets[0], options.secrets[1]);
  EXPECT_TRUE(session(request, options));
  options.secrets = {"another"};
  EXPECT_FALSE(session(request, options));
}

TEST(SessionCookie, HasNeitherIssuerNorAudience) {
  SessionOptions options;
  options.secrets = {"a secret"};
  const std::string fields = fields_with(session_cookie({{"sub", "7"}}, hours(1), options));
  const Request request({.fields = fields}, "");
  options.rules.issuer = "https://login.example.com";
  EXPECT_TRUE(session(request, options));
  options.rules.now = JwtRules::Clock::now() + hours(2);
  EXPECT_FALSE(session(request, options));
}

TEST(SessionCookie, ThatBrowsersWouldDropIsRejected) {
  SessionOptions options;
  options.secrets = {"a secret"};
  EXPECT_THROW((void)session_cookie({{"sub", std::string(4000, 'x')}}, hours(1), options),
               std::length_error);
  options.secrets.clear();
  EXPECT_THROW((void)session_cookie({{"sub", "7"}}, hours(1), options), std::runtime_error);
}

TEST(SessionOptions, ReadTheSecretsOfNextAuth) {
  const Variable first("AUTH_SECRET", "the first");
  const Variable before("AUTH_SECRET_1", "one before");
  const Variable empty("NEXTAUTH_SECRET", "");
  EXPECT_EQ(session_options().secrets, (std::vector<std::string>{"the first", "one before"}));
}

// g++ 12 gives false warnings about the frames of coroutines that it has partly inlined.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

Task<std::string> later(std::string text, const JwtRules&, const SessionOptions&, Cookie cookie) {
  co_return text + cookie.value;
}

Task<std::string> with_the_types_of_the_sdk(std::string value) {
  const std::string first = co_await later(value, JwtRules(), {}, Cookie(value, value));
  const Response response = Response::text(first).cookie(
      Cookie("name", co_await later(value, JwtRules(), SessionOptions(), Cookie("a", value))));
  co_return response.body() + response.fields();
}

#pragma GCC diagnostic pop

TEST(CoAwait, OfAnExpressionWithTheTypesOfTheSdkIsSafe) {
  // g++ 12 destroys aggregates twice there, which AddressSanitizer reports.
  std::string got;
  auto finished = [&got](const std::exception_ptr&, std::string text) { got = std::move(text); };
  boost::asio::io_context loop;
  boost::asio::co_spawn(loop, with_the_types_of_the_sdk(std::string(100, 'v')), finished);
  loop.run();
  EXPECT_GT(got.size(), 400U);
}

}  // namespace
}  // namespace millrace
