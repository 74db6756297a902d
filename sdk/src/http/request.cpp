#include "millrace/request.hpp"

#include <array>
#include <random>

#include "http/forwarded_proto.hpp"

namespace millrace {

namespace {

/// Host names, addresses and ports; no character that would end a URL's authority.
bool is_plain_host(std::string_view host) {
  return !host.empty() && host.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_.:[]-") == std::string_view::npos;
}

/// Ids from clients are written to the log: only characters that cannot break a line are accepted.
bool is_plain_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 &&
         id.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/+=-") ==
             std::string_view::npos;
}

std::string new_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  thread_local std::mt19937_64 generator(std::random_device{}());
  std::string id;
  std::uint64_t bits = generator();
  for (int i = 0; i < 16; ++i, bits >>= 4U) id += kDigits[bits & 15U];
  return id;
}

}  // namespace

const Url& RequestHead::url() const {
  if (url_) return *url_;
  const Headers all = headers();
  const std::string proto = all.get("x-forwarded-proto").value_or("http");
  std::string host = all.get("host").value_or("localhost");
  if (!is_plain_host(host)) host = "localhost";
  std::string href(is_https(proto) ? "https://" : "http://");
  href.append(host);
  if (!parts_.target.starts_with('/')) href.push_back('/');
  href.append(parts_.target);
  url_.emplace(std::move(href));
  return *url_;
}

const RequestCookies& RequestHead::cookies() const {
  if (!cookies_) cookies_.emplace(headers().get("cookie").value_or(""));
  return *cookies_;
}

const std::string& RequestHead::id() const {
  if (!id_.empty()) return id_;
  auto given = headers().get("x-request-id");
  id_ = given && is_plain_id(*given) ? std::move(*given) : new_id();
  return id_;
}

std::stop_token RequestHead::stop_token() const {
  return parts_.call == nullptr ? std::stop_token() : parts_.call->stop_token();
}

json::value Request::json() const {
  detail::JsonText read = detail::parse_body_json(body_);
  if (!read.value) throw HttpError(400, "the body is not valid JSON: " + read.error);
  return *std::move(read.value);
}

std::optional<FormData> Request::form_data() const {
  return parse_form_data(headers().get("content-type").value_or(""), body_);
}

}  // namespace millrace
