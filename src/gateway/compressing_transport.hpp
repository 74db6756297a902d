// CompressingTransport stands between an exchange and its transport and compresses what is worth it
// for a client that asks, as `next start` does (next.config's `compress`). Others pay for one look
// at the answer's type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/transport.hpp"
#include "http/compression.hpp"
#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class CompressingTransport final : public Transport {
 public:
  /// Both outlive it.
  CompressingTransport(Transport& inner, const http::RequestHead& request)
      : inner_(inner), request_(request) {}

  /// Off until called.
  void enable() { enabled_ = true; }

  // Transport
  void send_response(const http::ResponseHead& head, std::string_view body, bool end) override;
  void send_head(const http::ResponseHead& head, std::uint64_t length) override;
  void send_body(std::string_view bytes, bool end) override;
  [[nodiscard]] std::size_t unsent() const override { return inner_.unsent(); }
  void want_body() override { inner_.want_body(); }
  void cut() override { inner_.cut(); }

 private:
  /// Decides on the coding, for a body of `length` bytes where that is known, and leaves in `fields`
  /// the answer's fields as they are to be sent. False where they stay as they are.
  [[nodiscard]] bool prepare(std::string_view given, std::optional<std::uint64_t> length,
                             std::string& fields);

  Transport& inner_;
  const http::RequestHead& request_;
  bool enabled_ = false;
  /// While a compressed body is under way.
  std::optional<http::Compressor> compressor_;
};

}  // namespace millrace::gateway
