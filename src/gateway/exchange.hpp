// Exchange is one request and its response: the way through the gateway, step by step (path,
// public files, routes, worker), and the answer on its way back. Every exchange ends in exactly one
// response or a cut connection, whatever happens to the worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/client_table.hpp"
#include "gateway/compressing_transport.hpp"
#include "gateway/file_reply.hpp"
#include "gateway/kept_reply.hpp"
#include "gateway/pending_fields.hpp"
#include "gateway/replay_buffer.hpp"
#include "gateway/resolution.hpp"
#include "gateway/response_cache.hpp"
#include "gateway/transport.hpp"
#include "gateway/upstream_request.hpp"
#include "http/request_parser.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "routing/matcher.hpp"
#include "workers/invocation.hpp"

namespace millrace::gateway {

class Server;
struct Site;

/// Pinned in memory. Belongs to the loop's thread. Destroying it aborts what is under way, as a
/// client that has gone.
class Exchange final : private workers::Invocation::Observer,
                       private ResponseCache::Observer,
                       private CompressingTransport::Observer,
                       private net::TurnTask {
 public:
  /// `head`, what its views point to, `peer` and `transport` outlive the exchange.
  Exchange(Server& server, Transport& transport, const http::RequestHead& head,
           const net::Peer& peer);
  ~Exchange() override;

  /// Begins. May end at once: see Transport.
  void start();

  /// Goes on after Server::hold() is over. May end at once.
  void resume();

  /// How many bytes of request body it can take now.
  [[nodiscard]] std::size_t body_room() const;

  /// A piece of the request's body, at most body_room() bytes.
  void on_request_body(std::string_view bytes, bool end);

  /// All that was given to the transport has left.
  void on_sent();

  /// Bytes that it keeps of the request, and of a response that waits to be compressed.
  [[nodiscard]] std::size_t held_bytes() const {
    return (copy_ ? copy_->cost() : 0) + transport_.held_bytes();
  }

  /// Whether it waits for a site or for the cache, which hold on to it.
  [[nodiscard]] bool waits() const { return held_ || filling_; }

 private:
  friend class Server;

  /// What an invocation is made of, besides the request itself.
  struct Call {
    std::uint32_t route;
    std::string_view parameters;
    std::string_view fields;
  };

  [[nodiscard]] static bool reads_only(std::string_view method);

  void route();
  /// Answers, now or when a worker has made it; false where the route is to be invoked.
  [[nodiscard]] bool answers_from_cache(const routing::Match& match);
  void reply_from_cache(const cache::SharedResponse& response, std::string_view state);
  /// Sends it as fast as the client takes it.
  void send_kept(const cache::SharedResponse& response, std::string_view fields,
                 Precedence precedence);
  /// The fields of an answer that went past the cache.
  [[nodiscard]] std::string draft_fields(std::string_view given);
  /// What an entry of `next build` says of caching in draft mode, rules of next.config do not change.
  void keep_draft_control(std::string_view given);
  void take(Resolution::Step step);
  void redirect(std::uint16_t status, std::string_view location);
  /// Answers with the file, or says why it cannot; false where there is none.
  [[nodiscard]] bool reply_with_file(const FoundFile& found);
  void reply_busy();
  void reply_not_found();
  /// No route is for the request: a worker that listens for such ones gets it.
  void answer_unrouted();
  void invoke(const Call& call);
  void invoke_middleware();
  void invoke_resolved();
  /// Passes the request on to the server that the resolution leads to.
  void pass_on();
  /// Passes it on as it came to the project's `next dev`, whose answer is all of the answer.
  void pass_to_next_dev();
  [[nodiscard]] bool is_for_next_dev(std::uint32_t route) const;
  void start_upstream(const UpstreamTarget& target, std::string fields,
                      std::chrono::milliseconds patience);
  void fail_upstream();
  [[nodiscard]] std::size_t source_credit() const;
  void send_to_source(std::string_view bytes, bool end);
  /// False where the answer is the client's.
  [[nodiscard]] bool take_middleware_answer(const link::ResponseView& response, bool end);
  void copy_body(std::string_view bytes, bool end);
  /// What the middleware has seen of the body goes to what follows it first.
  void begin_replay();
  void send_copied_body();
  [[nodiscard]] const PendingFields* pending() const;
  [[nodiscard]] Precedence precedence_of_route() const;
  /// What a worker is asked for; null where that is the proxy file, or none (protocol::kNoRoute).
  [[nodiscard]] const project::Route* invoked_route() const;
  /// Every answer's head passes here, but for those of files.
  void respond(const http::ResponseHead& head, std::string_view body, bool end,
               Precedence precedence);
  void reply_with_text(std::uint16_t status, std::string_view text,
                       std::string_view more_fields = {});

  // workers::Invocation::Observer
  void on_response(const link::ResponseView& response, bool end) override;
  void on_body(std::string_view bytes, bool end) override;
  void on_writable() override;
  void on_failed(workers::Failure failure) override;

  // ResponseCache::Observer
  void on_filled(const cache::SharedResponse& response) override;
  void on_fill_failed(workers::Failure failure) override;

  // CompressingTransport::Observer
  void on_compressed() override { on_sent(); }

  // net::TurnTask
  void run_at_turn_end() override { on_sent(); }

  /// Of a file, or of a response from the cache.
  void send_more();
  void account(std::size_t bytes);

  Server& server_;
  CompressingTransport transport_;
  const http::RequestHead& head_;
  const net::Peer& peer_;
  /// Keeps what the invocation's numbers mean until it is over.
  std::shared_ptr<const Site> site_;
  std::optional<workers::Invocation> invocation_;
  /// Instead of the invocation, where a rewrite leads to another server.
  std::unique_ptr<UpstreamRequest> upstream_;
  /// For the log.
  std::string upstream_name_;
  ClientTable::Lease upstream_descriptor_;
  std::optional<FileReply> file_;
  std::optional<KeptReply> kept_;
  /// Whether it waits in Server's list of held exchanges.
  bool held_ = false;
  bool response_begun_ = false;
  /// Whether it waits for the cache.
  bool filling_ = false;
  /// The route is invoked past the cache.
  bool draft_ = false;
  /// The call's texts, where the invocation had to wait.
  std::string parameters_;
  /// Only on a site with rules.
  std::unique_ptr<Resolution> resolution_;
  /// The invocation at hand is the middleware's; its request body is copied for what follows.
  bool in_middleware_ = false;
  /// What was copied is being sent to the route.
  bool replaying_ = false;
  bool body_ended_ = false;
  bool copy_end_sent_ = false;
  /// Null where nothing is copied.
  std::unique_ptr<ReplayBuffer> copy_;
  /// Response bytes handed to the transport and not yet reported as consumed.
  std::size_t unaccounted_ = 0;
};

}  // namespace millrace::gateway
