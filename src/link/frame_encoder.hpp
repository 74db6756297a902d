// Appends frames of the link to a byte buffer, so that many frames leave in one write. No I/O. The
// caller keeps payloads within protocol::kMaxPayload; this is asserted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "link/frame.hpp"

namespace millrace::link {

void append_frame(std::string& out, Kind kind, std::uint64_t stream, std::string_view payload,
                  bool end = false);

/// `end` means that the request has no body.
void append_invoke(std::string& out, std::uint64_t stream, const InvokeView& invoke, bool end);

/// Appends a frame that was encoded before, for another stream.
void append_again(std::string& out, std::uint64_t stream, std::string_view frame);

/// Appends a worker's response. The server uses this only in tests and for routes in C++.
void append_response(std::string& out, std::uint64_t stream, const ResponseView& response,
                     bool end);

void append_credit(std::string& out, std::uint64_t stream, std::uint32_t bytes);

void append_abort(std::string& out, std::uint64_t stream, AbortReason reason);

/// With `sample`, the worker sends a sample of itself before the pong.
void append_ping(std::string& out, std::uint64_t number, bool sample);

}  // namespace millrace::link
