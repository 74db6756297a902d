#include <algorithm>
#include <utility>

#include "http/field_text.hpp"
#include "millrace/fetch.hpp"

namespace millrace {

FetchResponse::FetchResponse(int status, const Headers& headers, std::string body, std::string url)
    : status_(status), body_(std::move(body)), url_(std::move(url)) {
  for (const auto& [given, value] : headers) {
    std::string name = lower_case(given);
    const auto known = std::find_if(headers_.begin(), headers_.end(),
                                    [&name](const auto& other) { return other.first == name; });
    if (known == headers_.end() || name == "set-cookie") {
      headers_.emplace_back(std::move(name), value);
    } else {
      known->second.append(", ").append(value);
    }
  }
}

std::optional<std::string_view> FetchResponse::header(std::string_view name) const {
  for (const auto& [given, value] : headers_) {
    if (same_name(given, name)) return value;
  }
  return std::nullopt;
}

json::value FetchResponse::json() const {
  detail::JsonText read = detail::parse_body_json(body_);
  if (read.value) return *std::move(read.value);
  throw FetchError(FetchError::Reason::not_json,
                   "fetch " + url_.substr(0, url_.find('?')) + ": the response body (status " +
                       std::to_string(status_) + ") is not valid JSON: " + read.error);
}

}  // namespace millrace
