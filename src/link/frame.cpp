#include "link/frame.hpp"

#include "base/little_endian.hpp"

namespace millrace::link {

using base::load_le;

namespace {

std::uint64_t load_stream(const char* head) {
  return std::uint64_t{load_le<std::uint16_t>(head + 6)} << 32U | load_le<std::uint32_t>(head + 8);
}

}  // namespace

Decoded decode_frame(std::string_view input) {
  if (input.size() < protocol::kFrameHeadSize) return {};
  const auto length = load_le<std::uint32_t>(input.data());
  const auto kind = static_cast<std::uint8_t>(input[4]);
  const auto flags = static_cast<std::uint8_t>(input[5]);
  const bool known = kind >= static_cast<std::uint8_t>(Kind::hello) &&
                     kind <= static_cast<std::uint8_t>(Kind::listening);
  const bool invoke = kind == static_cast<std::uint8_t>(Kind::invoke);
  const bool ping = kind == static_cast<std::uint8_t>(Kind::ping);
  const int allowed =
      protocol::kFlagEnd | (invoke ? protocol::kFlagFill : 0) | (ping ? protocol::kFlagSample : 0);
  if (length > protocol::kMaxPayload || !known || (flags & ~allowed) != 0) {
    return {.status = DecodeStatus::failed, .consumed = 0, .frame = {}};
  }
  const std::size_t size = protocol::kFrameHeadSize + length;
  if (input.size() < size) return {};
  return {.status = DecodeStatus::frame,
          .consumed = size,
          .frame = {.kind = static_cast<Kind>(kind),
                    .flags = flags,
                    .stream = load_stream(input.data()),
                    .payload = input.substr(protocol::kFrameHeadSize, length)}};
}

std::optional<ResponseView> decode_response(std::string_view payload) {
  namespace head = protocol::response_head;
  if (payload.size() < head::kSize) return std::nullopt;
  const auto status = load_le<std::uint16_t>(payload.data() + head::kStatus);
  const std::size_t reason = load_le<std::uint16_t>(payload.data() + head::kReasonLength);
  const std::size_t fields = load_le<std::uint32_t>(payload.data() + head::kFieldsLength);
  const std::string_view text = payload.substr(head::kSize);
  if (status < 100 || status > 999 || reason + fields > text.size()) return std::nullopt;
  return ResponseView{.status = status,
                      .reason = text.substr(0, reason),
                      .fields = text.substr(reason, fields),
                      .body = text.substr(reason + fields)};
}

std::optional<InvokeView> decode_invoke(std::string_view payload) {
  namespace head = protocol::invoke_head;
  if (payload.size() < head::kSize) return std::nullopt;
  const char* fixed = payload.data();
  std::string_view text = payload.substr(head::kSize);
  const std::size_t method = load_le<std::uint16_t>(fixed + head::kMethodLength);
  const std::size_t address = load_le<std::uint16_t>(fixed + head::kRemoteAddressLength);
  const std::size_t target = load_le<std::uint32_t>(fixed + head::kTargetLength);
  const std::size_t parameters = load_le<std::uint32_t>(fixed + head::kParametersLength);
  const std::size_t fields = load_le<std::uint32_t>(fixed + head::kFieldsLength);
  if (method + address + target + parameters + fields != text.size()) return std::nullopt;
  const auto take = [&text](std::size_t length) {
    const std::string_view part = text.substr(0, length);
    text.remove_prefix(length);
    return part;
  };
  InvokeView view;
  view.generation = load_le<std::uint32_t>(fixed + head::kGeneration);
  view.route = load_le<std::uint32_t>(fixed + head::kRoute);
  view.method = take(method);
  view.remote_address = take(address);
  view.target = take(target);
  view.parameters = take(parameters);
  view.fields = take(fields);
  view.remote_port = load_le<std::uint16_t>(fixed + head::kRemotePort);
  view.http_version = static_cast<std::uint8_t>(fixed[head::kHttpVersion]);
  view.secure = fixed[head::kSecure] != 0;
  return view;
}

std::optional<std::uint32_t> decode_credit(std::string_view payload) {
  if (payload.size() != sizeof(std::uint32_t)) return std::nullopt;
  return load_le<std::uint32_t>(payload.data());
}

}  // namespace millrace::link
