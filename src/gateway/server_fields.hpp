// The fields that the server adds to each response, whatever responds: the request's id, and what
// tells browsers to stay with HTTPS.
#pragma once

#include <string>
#include <string_view>

namespace millrace::gateway {

class Exchange;
class Server;

/// Returns them as lines, without those that `fields` has already: a route that sets one itself
/// knows better. `exchange` is null for a response in place of one; `secure`: over TLS.
[[nodiscard]] std::string server_fields(const Server& server, const Exchange* exchange,
                                        std::string_view fields, bool secure);

}  // namespace millrace::gateway
