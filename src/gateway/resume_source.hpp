// ResumeSource is the rest of a page whose shell the client has been sent from the cache: a worker
// gets the request with the state that the page was postponed with, and renders what is missing.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "cache/cached_response.hpp"
#include "gateway/response_source.hpp"
#include "gateway/worker_source.hpp"

namespace millrace::gateway {

class ResumeSource final : public ResponseSource, private ResponseSource::Observer {
 public:
  /// A page with a postponed state, held as ResponseCache::pin says.
  struct Page {
    cache::SharedResponse response;
    std::shared_ptr<const void> pin;
  };

  /// The arguments are as for a WorkerSource, but that the call's fields are copied. `observer` is
  /// given the body alone.
  ResumeSource(const Site& site, const http::RequestHead& head, const net::Peer& peer,
               const WorkerCall& call, Page page, ResponseSource::Observer& observer);

  // ResponseSource
  void begin() override { worker_.begin(); }
  [[nodiscard]] std::size_t body_room() const override { return 0; }
  void send_body(std::string_view /*bytes*/, bool /*end*/) override {}
  void credit(std::size_t bytes) override { worker_.credit(bytes); }
  void cancel() override { worker_.cancel(); }

 private:
  // ResponseSource::Observer
  void on_response(const link::ResponseView& response, bool end) override {
    observer_.on_body(response.body, end);
  }
  void on_body(std::string_view bytes, bool end) override { observer_.on_body(bytes, end); }
  void on_writable() override;
  void on_failed(SourceFailure failure, std::string_view reason) override;

  [[nodiscard]] WorkerCall resuming(const WorkerCall& call);

  Page page_;
  ResponseSource::Observer& observer_;
  std::string fields_;
  /// Of the state.
  std::size_t sent_ = 0;
  WorkerSource worker_;
};

}  // namespace millrace::gateway
