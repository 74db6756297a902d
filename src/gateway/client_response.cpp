#include "gateway/client_response.hpp"

#include <string>

#include "gateway/development_pages.hpp"

namespace millrace::gateway {

std::string ClientResponse::merged(std::string_view fields, Precedence precedence) const {
  if (pending() == nullptr) return added_->merged(fields);
  std::string all;
  pending_->merge(fields, precedence, all);
  return added_ == nullptr ? all : added_->merged(all);
}

void ClientResponse::send(const http::ResponseHead& head, std::string_view body, bool end,
                          Precedence precedence) {
  if (!changes_fields()) return transport_.send_response(head, body, end);
  const std::string fields = merged(head.fields, precedence);
  transport_.send_response({.status = head.status, .reason = head.reason, .fields = fields}, body,
                           end);
}

void ClientResponse::send_head(const http::ResponseHead& head, std::uint64_t length,
                               Precedence precedence) {
  if (!changes_fields()) return transport_.send_head(head, length);
  const std::string fields = merged(head.fields, precedence);
  transport_.send_head({.status = head.status, .reason = head.reason, .fields = fields}, length);
}

void ClientResponse::send(const OwnResponse& response) {
  if (const DevelopmentPages* const pages = context_.development()) {
    const Site* const site = context_.paused() ? nullptr : context_.site().get();
    if (const auto form = pages->form_of(response, request_, site)) {
      return send({.status = form->status, .reason = {}, .fields = form->fields}, form->body, true,
                  Precedence::response);
    }
  }
  std::string& fields = context_.scratch().fields;
  fields.assign("Content-Type: text/plain; charset=utf-8\r\n");
  fields.append(response.fields);
  send({.status = response.status, .reason = {}, .fields = fields}, response.text, true,
       Precedence::response);
}

void ClientResponse::redirect(std::uint16_t status, std::string_view location) {
  std::string& fields = context_.scratch().fields;
  fields.assign("Location: ").append(location).append("\r\n");
  // Next.js sends Refresh with a 308 for old browsers.
  if (status == 308) fields.append("Refresh: 0;url=").append(location).append("\r\n");
  send({.status = status, .reason = {}, .fields = fields}, location, true, Precedence::response);
}

}  // namespace millrace::gateway
