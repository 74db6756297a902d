// TestUpstream is an upstream whose part a test plays.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/response_source.hpp"
#include "gateway/upstream_request.hpp"

namespace millrace::gateway {

struct TestUpstream {
  UpstreamCall call;
  std::string method;
  bool begun = false;
  /// The number of request body bytes that it takes now.
  std::size_t room = 0;
  /// The part of the request's body received so far.
  std::string body;
  bool body_ended = false;
  /// The credited bytes of the response's body.
  std::size_t granted = 0;
  /// Null before begin() and after the exchange has destroyed the source.
  ResponseSource::Observer* observer = nullptr;

  void respond(std::uint16_t status, std::string_view fields, std::string_view bytes,
               bool end = true) const {
    observer->on_response({.status = status, .reason = {}, .fields = fields, .body = bytes}, end);
  }
  void send_body(std::string_view bytes, bool end) const { observer->on_body(bytes, end); }
  void fail(std::string_view why) const { observer->on_failed(SourceFailure::upstream, why); }
  void take_body(std::size_t bytes) {
    room = bytes;
    observer->on_writable();
  }
};

/// The exchange's side.
class TestUpstreamSource final : public ResponseSource {
 public:
  TestUpstreamSource(TestUpstream& upstream, Observer& observer)
      : upstream_(upstream), observer_(observer) {}
  ~TestUpstreamSource() override { cancel(); }

  void begin() override {
    upstream_.begun = true;
    upstream_.observer = &observer_;
  }
  [[nodiscard]] std::size_t body_room() const override { return upstream_.room; }
  void send_body(std::string_view bytes, bool end) override {
    upstream_.room -= bytes.size();
    upstream_.body.append(bytes);
    upstream_.body_ended = end;
  }
  void credit(std::size_t bytes) override { upstream_.granted += bytes; }
  void cancel() override {
    upstream_.observer = nullptr;
    upstream_.call.descriptor.reset();
  }

 private:
  TestUpstream& upstream_;
  Observer& observer_;
};

}  // namespace millrace::gateway
