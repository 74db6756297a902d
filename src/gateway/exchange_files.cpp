// The part of Exchange that responds with files.
#include <string>
#include <utility>
#include <variant>

#include "gateway/exchange.hpp"
#include "gateway/site.hpp"
#include "http/compression.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

/// Adds fields to the head that a file sends.
class AddingTransport final : public Transport {
 public:
  AddingTransport(Transport& inner, const AddedFields& added) : inner_(inner), added_(added) {}

  void send_response(const http::ResponseHead& head, std::string_view body, bool end) override {
    const std::string fields = added_.merged(head.fields);
    inner_.send_response({.status = head.status, .reason = head.reason, .fields = fields}, body,
                         end);
  }
  void send_head(const http::ResponseHead& head, std::uint64_t length) override {
    const std::string fields = added_.merged(head.fields);
    inner_.send_head({.status = head.status, .reason = head.reason, .fields = fields}, length);
  }
  void send_body(std::string_view bytes, bool end) override { inner_.send_body(bytes, end); }
  [[nodiscard]] std::size_t unsent() const override { return inner_.unsent(); }
  void want_body() override { inner_.want_body(); }
  void cut() override { inner_.cut(); }

 private:
  Transport& inner_;
  const AddedFields& added_;
};

}  // namespace

bool Exchange::respond_with_file(const FoundFile& found) {
  ClientTable::Lease descriptor = context_.take_descriptor();
  if (!descriptor) {
    response_.send(kBusy);
    return true;
  }
  auto opened = FileResponse::open(found.path, site_->file_etags(), std::move(descriptor),
                                   found.caching, stored_form(found), found.within);
  if (const auto* const failure = std::get_if<FileResponse::Failure>(&opened)) {
    using Kind = FileResponse::Failure::Kind;
    // Only an absent file may be replaced by a route of the same path.
    if (failure->kind == Kind::absent) return false;
    context_.log_notice(Notice::file,
                        "cannot open " + found.path.string() + ": " + failure->reason());
    response_.send(failure->kind == Kind::exhausted ? kBusy : kServerError);
    return true;
  }
  if (!reads_only(head_.method)) {
    if (!respond_with_failure_page(405)) response_.send(kMethodNotAllowed);
    return true;
  }
  // As in Next.js; a folder's name may begin with a dot, as that of .well-known.
  if (found.path.filename().native().starts_with('.')) {
    if (!respond_with_failure_page(400)) response_.send(kBadRequest);
    return true;
  }
  label_ = metrics::RouteLabels::kFile;
  FileResponse& file = std::get<FileResponse>(opened);
  facts_.origin = observe::ResponseOrigin::file;
  const AddedFields none;
  AddingTransport adding(response_.transport(), admission_ ? admission_->added : none);
  Transport& to = admission_ ? static_cast<Transport&>(adding) : response_.transport();
  // Otherwise the exchange may be destroyed.
  if (file.begin(head_, to, context_.scratch().fields, response_.pending(), initial_status_)) {
    source_.emplace<FileSource>(std::move(file), response_.transport(), context_.loop()).begin();
  }
  return true;
}

StoredForm Exchange::stored_form(const FoundFile& found) const {
  if (found.forms == nullptr || !site_->compresses()) return {};
  // Rules and the middleware can state that they have encoded the file, or forbid it.
  const PendingFields* const pending = response_.pending();
  if (pending != nullptr) {
    const auto cache = pending->find("cache-control");
    if (pending->find("content-encoding") || (cache && http::has_token(*cache, "no-transform"))) {
      return {};
    }
  }
  StoredForm stored{.forms = found.forms};
  const auto accepted = http::find_field(head_.fields, "accept-encoding");
  // Ranges are of the file itself, and so is the length for HEAD, as when the server compresses.
  if (accepted && head_.method != "HEAD" && !http::find_field(head_.fields, "range")) {
    stored.coding = site_->compression.negotiate_stored(*accepted, found.forms->codings);
  }
  return stored;
}

}  // namespace millrace::gateway
