// RequestIdentity names a request in logs, traces and the response: its id, which is the client's
// if that is safe and a new one otherwise, and the trace that the client's `traceparent` names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "observe/request_id.hpp"
#include "observe/trace_context.hpp"

namespace millrace::gateway {

/// Pinned in memory: the id may point into the object.
class RequestIdentity {
 public:
  /// Reads the request's fields, which outlive the identity. `ids` makes ids; null: the request has
  /// no id, and its fields are not read.
  RequestIdentity(std::string_view fields, observe::RequestIds* ids);
  RequestIdentity(const RequestIdentity&) = delete;
  RequestIdentity& operator=(const RequestIdentity&) = delete;
  ~RequestIdentity() = default;

  /// Empty where request ids are off.
  [[nodiscard]] std::string_view id() const { return id_; }
  [[nodiscard]] const std::optional<observe::TraceContext>& trace() const { return trace_; }
  /// Empty where the client names none.
  [[nodiscard]] std::string_view trace_id() const {
    return trace_ ? trace_->trace_id : std::string_view();
  }

  /// Returns request fields with the id, for workers and upstreams: `fields` unchanged where the
  /// client sent the id or there is none; otherwise a copy in `storage`.
  [[nodiscard]] std::string_view with_id(std::string_view fields, std::string& storage) const;

 private:
  std::string_view id_;
  std::optional<observe::TraceContext> trace_;
  bool is_made_ = false;
  observe::RequestIds::Id made_{};
};

}  // namespace millrace::gateway
