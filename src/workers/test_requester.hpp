// A requester for tests: it owns an invocation and records the response.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "workers/invocation.hpp"

namespace millrace::workers {

class Requester final : public Invocation::Observer {
 public:
  void on_response(const link::ResponseView& response, bool end) override {
    status = response.status;
    body = response.body;
    over = end;
  }
  void on_body(std::string_view bytes, bool end) override {
    body += bytes;
    over = end;
  }
  void on_upgrade(std::string_view fields) override { upgraded = fields; }
  void on_inform(std::string_view fields) override { hints += fields; }
  void on_writable() override {
    if (on_room) on_room();
  }
  void on_failed(Failure failure) override {
    failed = failure;
    over = true;
    if (on_failure) on_failure();
  }

  std::uint16_t status = 0;
  std::string body;
  /// The fields with which the worker has accepted the upgrade.
  std::optional<std::string> upgraded;
  /// The fields of all 103 responses.
  std::string hints;
  std::optional<Failure> failed;
  bool over = false;
  std::function<void()> on_room;
  std::function<void()> on_failure;
  Invocation invocation{*this};
};

}  // namespace millrace::workers
