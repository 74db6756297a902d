// DevelopmentPages makes the responses that only the development server has: what went wrong, in the
// form that the client accepts (a page for browsers), and the two endpoints that this page uses. A
// server in production has none.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "gateway/own_responses.hpp"
#include "http/request_parser.hpp"
#include "net/listener.hpp"

namespace millrace::gateway {

struct Site;

/// A place in a source file, as the page names it: not checked.
struct SourcePlace {
  /// Absolute, or relative to the project.
  std::string file;
  /// Both are counted from 1.
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// Belongs to the loop's thread.
class DevelopmentPages {
 public:
  /// Opens a place in the developer's editor. Error: why it cannot, for the developer.
  using Open = std::function<base::Result<void>(const SourcePlace&)>;

  /// A response with all of its fields.
  struct Response {
    std::uint16_t status = 200;
    std::string fields;
    std::string body;
  };

  /// `page`: the text of runtime/error_page.html.
  DevelopmentPages(std::string page, Open open) : page_(std::move(page)), open_(std::move(open)) {}

  /// Another site is served: pages that show an error of an earlier one reload.
  void on_served(std::uint32_t generation) {
    generation_ = generation;
    ++revision_;
  }

  /// Whether a request target is that of an endpoint.
  [[nodiscard]] static bool owns(std::string_view target);

  /// Responds to a request for an endpoint. `building`: whether a site is about to be replaced.
  [[nodiscard]] Response respond(const http::RequestHead& head, const net::Peer& peer,
                                 bool building) const;

  /// Returns an own response of the server in the form that the client accepts; nothing where that
  /// is its text. `site`: the site that made it, or null.
  [[nodiscard]] std::optional<Response> form_of(const OwnResponse& response,
                                                const http::RequestHead& head,
                                                const Site* site) const;

 private:
  [[nodiscard]] Response open(const http::RequestHead& head, const net::Peer& peer) const;

  std::string page_;
  Open open_;
  std::uint32_t generation_ = 0;
  std::uint64_t revision_ = 0;
};

}  // namespace millrace::gateway
