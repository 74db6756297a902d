#include "millrace/pages.hpp"

namespace millrace {

void ResponseWriter::send(std::string_view text) {
  body_.assign(text);
  if (!response_.header("content-type")) {
    response_.header("content-type", "text/html; charset=utf-8");
  }
}

void ResponseWriter::redirect(std::string_view location, int status) {
  response_.status(status).header("location", location);
  body_.assign(location);
}

Response ResponseWriter::take() {
  if (instead_) return std::move(*instead_);
  response_.replace_body(std::move(body_));
  return std::move(response_);
}

}  // namespace millrace
