#include "serving/control_endpoint.hpp"

#include <limits>
#include <utility>
#include <variant>

namespace millrace::serving {

namespace {

void refuse(const control::Reply& reply, const base::Error& error) {
  reply(encode_refusal(error), {});
}

template <typename Response>
void respond(const control::Reply& reply, const base::Result<Response>& response) {
  if (!response) return refuse(reply, response.error());
  reply(encode_response(*response), {});
}

/// One overload for each request.
struct Visitor {
  const control::Reply& reply;
  ControlHandler& handler;

  void operator()(const StatusRequest& /*request*/) const {
    reply(encode_response(handler.status()), {});
  }

  void operator()(const ReloadRequest& /*request*/) const {
    handler.reload([reply = reply](const base::Result<ReloadResponse>& response) {
      respond(reply, response);
    });
  }

  void operator()(const SnapshotRequest& request) const {
    if (request.pid <= 0 || request.pid > std::numeric_limits<pid_t>::max()) {
      return refuse(reply, {base::ErrorCode::not_found, "no worker has this process id"});
    }
    respond(reply, handler.take_snapshot(static_cast<pid_t>(request.pid)));
  }

  void operator()(const ListenersRequest& /*request*/) const {
    std::vector<int> descriptors;
    const ListenersResponse response = handler.share_listeners(descriptors);
    reply(encode_response(response), descriptors);
  }

  void operator()(const TicketKeysRequest& /*request*/) const {
    reply(encode_response(TicketKeysResponse{.keys = handler.ticket_keys()}), {});
  }

  void operator()(const HandoverRequest& /*request*/) const {
    reply(encode_response(HandoverResponse{}), {});
    handler.hand_over();
  }
};

}  // namespace

void handle_control_request(std::string_view request, const control::Reply& reply,
                            ControlHandler& handler) {
  const auto decoded = decode_request(request);
  if (!decoded) return refuse(reply, decoded.error());
  std::visit(Visitor{reply, handler}, *decoded);
}

control::Handler to_handler(ControlHandler& handler) {
  return [&handler](std::string_view request, const control::Reply& reply) {
    handle_control_request(request, reply, handler);
  };
}

}  // namespace millrace::serving
