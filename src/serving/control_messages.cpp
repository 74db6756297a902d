#include "serving/control_messages.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "control/control_socket.hpp"
#include "serving/json_members.hpp"

namespace millrace::serving {

namespace {

namespace json = boost::json;

constexpr std::string_view kCommand = "command";
constexpr std::string_view kVersionMember = "version";
constexpr std::string_view kError = "error";
constexpr std::string_view kCode = "code";

constexpr std::array<std::pair<base::ErrorCode, std::string_view>, 6> kCodeNames = {{
    {base::ErrorCode::not_found, "not_found"},
    {base::ErrorCode::invalid, "invalid"},
    {base::ErrorCode::conflict, "conflict"},
    {base::ErrorCode::system, "system"},
    {base::ErrorCode::exhausted, "exhausted"},
    {base::ErrorCode::broken, "broken"},
}};

base::Error invalid(std::string text) { return {base::ErrorCode::invalid, std::move(text)}; }

base::Result<json::object> parse_object(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed) return invalid("expected a JSON object, found " + failed.message());
  if (!value.is_object()) {
    return invalid("expected a JSON object, found " + std::string(project::kind_name(value)));
  }
  return std::move(value.get_object());
}

/// Returns an error if the request has another version of the control messages.
std::optional<base::Error> other_version(const json::object& request) {
  const json::value* const version = request.if_contains(kVersionMember);
  if (version == nullptr) return std::nullopt;
  if (version->is_int64() && version->get_int64() == kControlVersion) return std::nullopt;
  return invalid(
      fmt::format("the request has version {} of the control messages, and this server has "
                  "version {}: use the millrace that the server was started with, or restart the "
                  "server with this one",
                  json::serialize(*version), kControlVersion));
}

template <typename Request>
base::Result<ControlRequest> decode_parameters(const json::object& object) {
  Request request;
  for (const auto& member : object) {
    const std::string_view name = member.key();
    if (name == kCommand || name == kVersionMember || json_members::has_member<Request>(name))
      continue;
    return invalid(
        fmt::format("the command \"{}\" has no parameter \"{}\"", Request::kCommand, name));
  }
  if (const auto fault = json_members::read_members(object, "", request)) {
    return invalid(fmt::format("the command \"{}\": {}", Request::kCommand, *fault));
  }
  return ControlRequest(std::move(request));
}

/// Decodes the request among `Requests` that has that command.
template <typename... Requests>
base::Result<ControlRequest> decode_as(std::string_view command, const json::object& object,
                                       std::variant<Requests...>* /*all*/) {
  std::optional<base::Result<ControlRequest>> decoded;
  const auto attempt = [&]<typename Request>() {
    if (Request::kCommand == command) decoded = decode_parameters<Request>(object);
  };
  (attempt.template operator()<Requests>(), ...);
  if (decoded) return std::move(*decoded);
  return invalid(fmt::format("unknown command \"{}\"", command));
}

base::Error refusal_in(const json::object& response) {
  const json::value& text = response.at(kError);
  const json::value* const code = response.if_contains(kCode);
  base::ErrorCode known = base::ErrorCode::broken;
  for (const auto& [value, name] : kCodeNames) {
    if (code != nullptr && code->is_string() && code->get_string() == name) known = value;
  }
  return {known, text.is_string() ? std::string(text.get_string()) : json::serialize(text)};
}

}  // namespace

std::string encode_request(const ControlRequest& request) {
  return std::visit(
      [](const auto& typed) {
        json::object object{{kCommand, typed.kCommand}, {kVersionMember, kControlVersion}};
        for (auto& member : json_members::write(typed)) object.insert(std::move(member));
        return json::serialize(object);
      },
      request);
}

base::Result<ControlRequest> decode_request(std::string_view text) {
  if (text.size() > control::kLongestRequest) {
    return base::Error(
        base::ErrorCode::exhausted,
        fmt::format("the request is longer than {} bytes", control::kLongestRequest));
  }
  const auto object = parse_object(text);
  if (!object) return object.error();
  if (auto other = other_version(*object)) return std::move(*other);
  const json::value* const command = object->if_contains(kCommand);
  if (command == nullptr || !command->is_string()) {
    return invalid("\"command\": expected the name of a command");
  }
  return decode_as(command->get_string(), *object, static_cast<ControlRequest*>(nullptr));
}

template <typename Response>
std::string encode_response(const Response& response) {
  return json::serialize(json_members::write(response));
}

std::string encode_refusal(const base::Error& error) {
  json::object object{{kError, error.message()}};
  for (const auto& [value, name] : kCodeNames) {
    if (value == error.code()) object[kCode] = name;
  }
  return json::serialize(object);
}

template <typename Response>
base::Result<Response> decode_response(std::string_view text) {
  const auto broken = [](const std::string& what) {
    return base::Error(base::ErrorCode::broken,
                       "the response cannot be decoded; it may have another version: " + what);
  };
  const auto object = parse_object(text);
  if (!object) return broken(object.error().message());
  if (object->contains(kError)) return refusal_in(*object);
  Response response;
  if (const auto fault = json_members::read_members(*object, "", response)) return broken(*fault);
  return response;
}

template std::string encode_response(const ServerStatus&);
template std::string encode_response(const ReloadResponse&);
template std::string encode_response(const SnapshotResponse&);
template std::string encode_response(const ListenersResponse&);
template std::string encode_response(const TicketKeysResponse&);
template std::string encode_response(const HandoverResponse&);
template base::Result<ServerStatus> decode_response(std::string_view);
template base::Result<ReloadResponse> decode_response(std::string_view);
template base::Result<SnapshotResponse> decode_response(std::string_view);
template base::Result<ListenersResponse> decode_response(std::string_view);
template base::Result<TicketKeysResponse> decode_response(std::string_view);
template base::Result<HandoverResponse> decode_response(std::string_view);

}  // namespace millrace::serving
