// Parses x-forwarded-proto. Of a list, which a chain of proxies creates, the first item counts.
#pragma once

#include <algorithm>
#include <string_view>

namespace millrace {

/// Whether the client uses TLS according to the value of x-forwarded-proto.
[[nodiscard]] inline bool is_https(std::string_view forwarded_proto) {
  std::string_view first = forwarded_proto.substr(0, forwarded_proto.find(','));
  first.remove_prefix(std::min(first.find_first_not_of(" \t"), first.size()));
  return first.substr(0, first.find_last_not_of(" \t") + 1) == "https";
}

}  // namespace millrace
