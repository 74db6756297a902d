// ResponseRecorder is a client that records what it receives, at a rate that the test controls.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/transport.hpp"

namespace millrace::gateway {

class ResponseRecorder final : public Transport {
 public:
  /// The response without its body.
  std::uint16_t status = 0;
  std::string fields;
  /// Set by a head whose body follows.
  std::optional<std::uint64_t> declared_length;

  std::string body;
  std::size_t pieces = 0;
  bool ended = false;
  bool was_cut = false;

  /// The number of body bytes that the client takes at once; later ones stay unsent.
  std::size_t takes = SIZE_MAX;
  std::function<void()> on_end = [] {};

  /// The client takes the unsent bytes, and up to `bytes` further ones at once.
  void drain(std::size_t bytes = SIZE_MAX) {
    unsent_ = 0;
    takes = bytes;
  }

 private:
  void send_response(const http::ResponseHead& head, std::string_view bytes, bool end) override {
    status = head.status;
    fields = head.fields;
    take(bytes, end);
  }
  void send_head(const http::ResponseHead& head, std::uint64_t length) override {
    status = head.status;
    fields = head.fields;
    declared_length = length;
  }
  void send_body(std::string_view bytes, bool end) override {
    EXPECT_EQ(unsent_, 0U) << "there is no need to hold more for the client";
    take(bytes, end);
  }
  [[nodiscard]] std::size_t unsent() const override { return unsent_; }
  void want_body() override {}
  void cut() override { was_cut = true; }

  void take(std::string_view bytes, bool end) {
    EXPECT_FALSE(ended);
    body.append(bytes);
    ++pieces;
    if (bytes.size() > takes) unsent_ = bytes.size() - takes;
    takes -= std::min(takes, bytes.size());
    ended = end;
    if (end) on_end();
  }

  std::size_t unsent_ = 0;
};

}  // namespace millrace::gateway
