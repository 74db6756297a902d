// Writes frames of the link at the end of a byte buffer, so that many of them go out in one write.
// Pure: no I/O. The caller keeps payloads within protocol::kMaxPayload; that is asserted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "link/frame.hpp"

namespace millrace::link {

void append_frame(std::string& out, Kind kind, std::uint64_t stream, std::string_view payload,
                  bool end = false);

/// `end`: the request has no body.
void append_invoke(std::string& out, std::uint64_t stream, const InvokeView& invoke, bool end);

/// What a worker answers; the server itself only needs it in tests and for routes in C++.
void append_response(std::string& out, std::uint64_t stream, const ResponseView& response,
                     bool end);

void append_credit(std::string& out, std::uint64_t stream, std::uint32_t bytes);

void append_abort(std::string& out, std::uint64_t stream, AbortReason reason);

/// `sample`: the worker is to tell of itself before it answers.
void append_ping(std::string& out, std::uint64_t number, bool sample);

}  // namespace millrace::link
