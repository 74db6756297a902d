// Cors applies a rule of [[cors]]: which origins may read a response, and the response to a preflight
// request (the CORS protocol of the Fetch standard, fetch.spec.whatwg.org).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request_parser.hpp"
#include "project/traffic_settings.hpp"

namespace millrace::gateway {

class Cors {
 public:
  explicit Cors(project::CorsRuleKeys rule);

  [[nodiscard]] const std::vector<std::string>& routes() const { return rule_.routes; }

  /// Whether a request asks in advance for another: OPTIONS with Origin and
  /// Access-Control-Request-Method.
  [[nodiscard]] static bool is_preflight(const http::RequestHead& head);

  /// Returns the lines for a response to a request with these fields; empty where it has no origin, or
  /// one that is not allowed.
  [[nodiscard]] std::string fields_for(std::string_view request) const;

  /// Returns the lines of the response to a preflight request; nothing where the origin is not allowed.
  [[nodiscard]] std::optional<std::string> preflight(std::string_view request) const;

  /// The line that says that responses depend on the origin; empty where they do not.
  [[nodiscard]] std::string_view vary() const {
    return any_ ? std::string_view() : "Vary: Origin\r\n";
  }

 private:
  [[nodiscard]] bool allows(std::string_view origin) const;
  /// Returns the lines for an allowed origin.
  [[nodiscard]] std::optional<std::string> allowance(std::string_view request) const;

  project::CorsRuleKeys rule_;
  /// All origins are allowed.
  bool any_;
  /// Lines that are the same for all origins.
  std::string exposed_;
  std::string preflight_;
};

}  // namespace millrace::gateway
