// The part of Exchange that responds before the site: challenges of ACME, and redirects to HTTPS.
#include "gateway/edge.hpp"
#include "gateway/exchange.hpp"

namespace millrace::gateway {

bool Exchange::respond_at_edge() {
  const EdgeOptions& edge = context_.edge();
  if (edge.challenges.empty() && !is_redirected()) return false;
  if (const auto challenge = find_challenge(edge, head_.target)) {
    if (!challenge->text) {
      response_.send(challenge->exhausted ? kBusy : kNotFound);
    } else {
      response_.send({.status = 200, .reason = {}, .fields = "Content-Type: text/plain\r\n"},
                     *challenge->text, true, Precedence::response);
    }
    return true;
  }
  if (!is_redirected()) return false;
  if (!context_.is_directed_here(head_.fields, peer_)) {
    response_.send(kMisdirected);
  } else if (const auto location = https_location(edge, head_)) {
    response_.redirect(308, *location);
  } else {
    response_.send(kBadRequest);
  }
  return true;
}

}  // namespace millrace::gateway
