// PendingFields are the response fields that are known before there is a response: those of
// headers() in next.config and those that the middleware set. They are merged with the response's
// own fields by the rules that Next.js has for each kind of response.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::gateway {

/// Which field is sent where both sides have one of the same name.
enum class Precedence : std::uint8_t {
  /// The response's own: Pages API, upstreams.
  response,
  /// The pending one: route handlers and files. Cookies and Vary of both are sent.
  pending,
};

class PendingFields {
 public:
  [[nodiscard]] bool empty() const { return fields_.empty(); }

  /// Returns the value of the field, whose name is compared without regard to case. Valid until a
  /// change.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  /// Sets a field of headers(). Replaces one of the same name; cookies accumulate.
  void set(std::string_view name, std::string_view value);

  /// Adds the fields of the middleware's response. They replace those of headers(), cookies as a
  /// whole. `section` does not contain instructions to the server.
  void take_middleware(std::string_view section);

  /// Appends `fields`, the response's own, merged with the pending ones to `out`.
  void merge(std::string_view fields, Precedence precedence, std::string& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
  bool middleware_cookies_ = false;
};

}  // namespace millrace::gateway
