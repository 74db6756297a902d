// PendingFields are the response fields that are known before there is a response: those of
// headers() in next.config and those the middleware set. They meet the fields of the answer itself
// when that comes, by the rules that Next.js has for each kind of answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::gateway {

/// Whose field stands where both sides have one of the same name.
enum class Precedence : std::uint8_t {
  /// Pages API, upstream servers: the answer's.
  answer,
  /// Route handlers and files: the pending one. Cookies and Vary of both are sent.
  pending,
};

class PendingFields {
 public:
  [[nodiscard]] bool empty() const { return fields_.empty(); }

  /// A field of headers(): replaces one of the same name; cookies gather.
  void set(std::string_view name, std::string_view value);

  /// Takes over the fields of the middleware's answer: they replace those of headers(), all cookies
  /// at once. `section` without what concerns only the server.
  void take_middleware(std::string_view section);

  /// Appends the answer's section, `fields`, and the pending ones to `out`.
  void merge(std::string_view fields, Precedence precedence, std::string& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
  bool middleware_cookies_ = false;
};

}  // namespace millrace::gateway
