// ResponseFields turns a response head that write_response_head() has written for HTTP/1.1 into the
// fields of HTTP/2: names in lower case, and nothing about a connection (RFC 9113 §8.2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/fields.hpp"

namespace millrace::http2 {

/// The fields of one head, ":status" first. Reusable. Used by one thread at a time.
class ResponseFields {
 public:
  /// Reads a whole head. The views of fields() are valid until the next call.
  void assign(std::string_view head);

  [[nodiscard]] const std::vector<http::Field>& fields() const { return fields_; }

 private:
  std::string text_;
  std::vector<http::Field> fields_;
};

}  // namespace millrace::http2
