// Generated from protocol/frames.json by `node protocol/generate.mjs`. Do not edit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/little_endian.hpp"
#include "protocol/generated/frames.hpp"

namespace millrace::protocol {

/// The payload of an invoke frame: a fixed part, then the strings without separators. Texts point into the bytes they were read from.
struct InvokeView {
  /// The generation to whose manifest the route index belongs.
  std::uint32_t generation = 0;
  /// Index of the route in the manifest.
  std::uint32_t route = 0;
  /// As received.
  std::string_view method;
  /// The client's address.
  std::string_view remote_address;
  /// The request target as received, in origin form and percent-encoded.
  std::string_view target;
  /// Percent-encoded values in the route's order, separated by one space; segments of a catch-all are separated by '/'.
  std::string_view parameters;
  /// Header section: 'Name: value\r\n' for each field line, in the order received, Latin-1.
  std::string_view fields;
  /// The client's port.
  std::uint16_t remote_port = 0;
  /// 10, 11 or 20.
  std::uint8_t http_version = 11;
  /// Whether the client's connection is TLS.
  bool secure = false;
  /// The frame's flag, not part of its payload. On invoke: evaluate the route as static generation does; the response states how long it may be cached.
  bool fill = false;
  /// The frame's flag, not part of its payload. On invoke: the client offers to switch protocols, and the worker may accept with an upgrade frame.
  bool upgrade = false;
};

/// Nothing where the lengths do not add up.
[[nodiscard]] inline std::optional<InvokeView> decode_invoke(std::string_view payload) {
  if (payload.size() < invoke_head::kSize) return std::nullopt;
  const std::size_t target_length = base::load_le<std::uint32_t>(payload.data() + invoke_head::kTargetLength);
  const std::size_t parameters_length = base::load_le<std::uint32_t>(payload.data() + invoke_head::kParametersLength);
  const std::size_t fields_length = base::load_le<std::uint32_t>(payload.data() + invoke_head::kFieldsLength);
  const std::size_t method_length = base::load_le<std::uint16_t>(payload.data() + invoke_head::kMethodLength);
  const std::size_t remote_address_length = base::load_le<std::uint16_t>(payload.data() + invoke_head::kRemoteAddressLength);
  std::string_view text = payload.substr(invoke_head::kSize);
  if (method_length + remote_address_length + target_length + parameters_length + fields_length != text.size()) return std::nullopt;
  const auto take = [&text](std::size_t length) {
    const std::string_view part = text.substr(0, length);
    text.remove_prefix(length);
    return part;
  };
  InvokeView view;
  view.generation = base::load_le<std::uint32_t>(payload.data() + invoke_head::kGeneration);
  view.route = base::load_le<std::uint32_t>(payload.data() + invoke_head::kRoute);
  view.remote_port = base::load_le<std::uint16_t>(payload.data() + invoke_head::kRemotePort);
  view.http_version = static_cast<std::uint8_t>(payload[invoke_head::kHttpVersion]);
  view.secure = payload[invoke_head::kSecure] != 0;
  view.method = take(method_length);
  view.remote_address = take(remote_address_length);
  view.target = take(target_length);
  view.parameters = take(parameters_length);
  view.fields = take(fields_length);
  return view;
}

/// Bytes that encode() writes.
[[nodiscard]] inline std::size_t encoded_size(const InvokeView& view) {
  return invoke_head::kSize + view.method.size() + view.remote_address.size() + view.target.size() + view.parameters.size() + view.fields.size();
}

/// Writes encoded_size() bytes at `to`.
inline void encode(const InvokeView& view, char* to) {
  base::store_le(to + invoke_head::kGeneration, static_cast<std::uint32_t>(view.generation));
  base::store_le(to + invoke_head::kRoute, static_cast<std::uint32_t>(view.route));
  base::store_le(to + invoke_head::kTargetLength, static_cast<std::uint32_t>(view.target.size()));
  base::store_le(to + invoke_head::kParametersLength, static_cast<std::uint32_t>(view.parameters.size()));
  base::store_le(to + invoke_head::kFieldsLength, static_cast<std::uint32_t>(view.fields.size()));
  base::store_le(to + invoke_head::kMethodLength, static_cast<std::uint16_t>(view.method.size()));
  base::store_le(to + invoke_head::kRemoteAddressLength, static_cast<std::uint16_t>(view.remote_address.size()));
  base::store_le(to + invoke_head::kRemotePort, static_cast<std::uint16_t>(view.remote_port));
  to[invoke_head::kHttpVersion] = static_cast<char>(view.http_version);
  to[invoke_head::kSecure] = static_cast<char>(view.secure);
  char* text = to + invoke_head::kSize;
  for (const std::string_view part : {view.method, view.remote_address, view.target, view.parameters, view.fields}) {
    text += part.copy(text, part.size());
  }
}

/// The payload of a response frame: a fixed part, then the strings without separators, then the first bytes of the body. Texts point into the bytes they were read from.
struct ResponseView {
  /// The HTTP status code.
  std::uint16_t status = 0;
  /// The reason phrase; empty for the standard one.
  std::string_view reason;
  /// Header section: 'Name: value\r\n' for each field line, Latin-1.
  std::string_view fields;
  /// The first bytes of the body, or all of them.
  std::string_view body;
};

/// Nothing where the lengths do not add up or `status` is not within 100 to 999.
[[nodiscard]] inline std::optional<ResponseView> decode_response(std::string_view payload) {
  if (payload.size() < response_head::kSize) return std::nullopt;
  const std::size_t reason_length = base::load_le<std::uint16_t>(payload.data() + response_head::kReasonLength);
  const std::size_t fields_length = base::load_le<std::uint32_t>(payload.data() + response_head::kFieldsLength);
  std::string_view text = payload.substr(response_head::kSize);
  if (reason_length + fields_length > text.size()) return std::nullopt;
  const auto take = [&text](std::size_t length) {
    const std::string_view part = text.substr(0, length);
    text.remove_prefix(length);
    return part;
  };
  ResponseView view;
  view.status = base::load_le<std::uint16_t>(payload.data() + response_head::kStatus);
  if (view.status < 100 || view.status > 999) return std::nullopt;
  view.reason = take(reason_length);
  view.fields = take(fields_length);
  view.body = text;
  return view;
}

/// Bytes that encode() writes.
[[nodiscard]] inline std::size_t encoded_size(const ResponseView& view) {
  return response_head::kSize + view.reason.size() + view.fields.size() + view.body.size();
}

/// Writes encoded_size() bytes at `to`.
inline void encode(const ResponseView& view, char* to) {
  base::store_le(to + response_head::kStatus, static_cast<std::uint16_t>(view.status));
  base::store_le(to + response_head::kReasonLength, static_cast<std::uint16_t>(view.reason.size()));
  base::store_le(to + response_head::kFieldsLength, static_cast<std::uint32_t>(view.fields.size()));
  char* text = to + response_head::kSize;
  for (const std::string_view part : {view.reason, view.fields, view.body}) {
    text += part.copy(text, part.size());
  }
}

}  // namespace millrace::protocol
