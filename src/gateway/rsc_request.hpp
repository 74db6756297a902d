// Requests of the App Router's client name, in the query parameter `_rsc`, a hash of the fields that
// tell their responses apart from the page's HTML. A CDN that caches by the URL alone could otherwise
// give one client's payload to another as the page; Next.js redirects requests whose hash is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::gateway {

struct Site;

/// Returns the location that a request for a page is redirected to (307), or nothing if it is served
/// where it is: it is not from the router's client, or its hash is right. `target` is the request's,
/// `fields` are those that the page would see.
[[nodiscard]] std::optional<std::string> rsc_redirect(std::string_view target,
                                                      std::string_view fields);

/// The same for a request for the route `number`; nothing for routes that are no page, and where
/// next.config turns it off.
[[nodiscard]] std::optional<std::string> rsc_redirect(const Site& site, std::uint32_t number,
                                                      std::string_view target,
                                                      std::string_view fields);

}  // namespace millrace::gateway
