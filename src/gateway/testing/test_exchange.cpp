#include "gateway/testing/test_exchange.hpp"

#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

constexpr std::size_t kBudget = std::size_t{1} << 20U;
constexpr std::size_t kCacheCapacity = std::size_t{64} << 20U;

}  // namespace

TestRequest post(std::string target) {
  return {.method = "POST", .target = std::move(target), .has_body = true};
}

TestContext::TestContext()
    : budget(std::make_shared<base::MemoryBudget>(kBudget)),
      cache(scopes, budget, [this] { return now; }) {
  scopes.restart(kCacheCapacity);
}

TestContext::~TestContext() {
  EXPECT_TRUE(waiting.empty()) << "an exchange has not left its place";
}

std::unique_ptr<ResponseSource> TestContext::make_upstream(UpstreamCall call,
                                                           const http::RequestHead& head,
                                                           ResponseSource::Observer& observer) {
  upstreams.push_back({.call = std::move(call), .method = std::string(head.method), .body = {}});
  return std::make_unique<TestUpstreamSource>(upstreams.back(), observer);
}

bool TestContext::make_room(const Exchange& /*asking*/) {
  if (on_make_room) on_make_room();
  return static_cast<bool>(on_make_room);
}

ClientTable::Lease TestContext::take_descriptor() {
  if (*descriptors >= most_descriptors) return nullptr;
  ++*descriptors;
  return {descriptors.get(), [count = descriptors](const void*) { --*count; }};
}

void TestContext::log(observe::Level /*level*/, std::string_view text) {
  logged.emplace_back(text);
}

void TestContext::log_notice(Notice notice, std::string_view text) {
  notices.push_back(notice);
  logged.emplace_back(text);
}

void TestContext::serve(std::shared_ptr<const Site> site) {
  site_in_service = std::move(site);
  is_paused = false;
  for (Exchange* exchange : std::exchange(waiting, {})) exchange->resume();
}

TestClient::TestClient(ExchangeContext& context, TestRequest request)
    : request_(std::move(request)) {
  head_.method = request_.method;
  head_.target = request_.target;
  head_.fields = request_.fields;
  head_.has_body = request_.has_body;
  exchange_.emplace(context, static_cast<Transport&>(*this), head_, peer_);
}

void TestClient::send(std::string_view bytes, bool end) {
  ASSERT_LE(bytes.size(), exchange_->body_room());
  exchange_->on_request_body(bytes, end);
}

void TestClient::read(std::size_t bytes) {
  unsent_ = 0;
  takes = bytes;
  if (exchange_) exchange_->on_sent();
}

std::string TestClient::response() const {
  if (was_cut) return status == 0 ? "cut" : "cut after " + std::to_string(body.size()) + " bytes";
  if (status == 0) return "none";
  if (!ended) return std::to_string(status) + " with more to come";
  return std::to_string(status) + (body.empty() ? "" : " " + body);
}

std::string TestClient::field(std::string_view name) const {
  return std::string(http::find_field(fields, name).value_or(std::string_view()));
}

void TestClient::begin(const http::ResponseHead& head) {
  EXPECT_EQ(status, 0) << "a response has begun";
  status = head.status;
  fields = head.fields;
}

void TestClient::send_response(const http::ResponseHead& head, std::string_view bytes, bool end) {
  begin(head);
  take(bytes, end);
}

void TestClient::send_head(const http::ResponseHead& head, std::uint64_t length) {
  begin(head);
  declared_length = length;
  if (request_.method == "HEAD" || length == 0) take({}, true);
}

void TestClient::take(std::string_view bytes, bool end) {
  EXPECT_FALSE(ended);
  EXPECT_FALSE(was_cut);
  body.append(bytes);
  ++pieces;
  if (bytes.size() > takes) unsent_ += bytes.size() - takes;
  takes -= std::min(takes, bytes.size());
  ended = end;
  if (end) exchange_.reset();
}

void TestClient::cut() {
  EXPECT_FALSE(ended);
  was_cut = true;
  exchange_.reset();
}

ExchangeTest::ExchangeTest() {
  plan_.routes = {route_at("/api/[id]"), route_at("/app/[id]", project::RouterKind::app),
                  cached_route_at("/static/[id]")};
  plan_.dispatcher = workers_;
  // Compression would change the responses' fields.
  plan_.config.compress = false;
  serve();
}

std::shared_ptr<const Site> ExchangeTest::next_site() {
  auto site = std::const_pointer_cast<Site>(site_of(plan_));
  // A project without rules and locales has no rule set.
  if (plan_.rules.empty() && !plan_.middleware && !plan_.config.i18n) site->rules.reset();
  ++plan_.generation;
  return site;
}

TestClient& ExchangeTest::ask(TestRequest request) {
  TestClient& client = clients_.emplace_back(context_, std::move(request));
  client.start();
  return client;
}

void ExchangeTest::turn() {
  context_.event_loop.post([this] { context_.event_loop.stop(); });
  context_.event_loop.run();
}

}  // namespace millrace::gateway
