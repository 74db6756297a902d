#include "gateway/resume_source.hpp"

#include <algorithm>
#include <utility>

#include "gateway/internal_fields.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

ResumeSource::ResumeSource(const Site& site, const http::RequestHead& head, const net::Peer& peer,
                           const WorkerCall& call, Page page, ResponseSource::Observer& observer)
    : page_(std::move(page)),
      observer_(observer),
      worker_(site, head, peer, resuming(call), static_cast<ResponseSource::Observer&>(*this)) {}

WorkerCall ResumeSource::resuming(const WorkerCall& call) {
  fields_ = call.fields;
  // Behind the others: the query that rewrites have made is expected first.
  http::append_field(fields_, kResumeField, "1");
  WorkerCall resuming = call;
  resuming.purpose = WorkerCall::Purpose::resume;
  resuming.fields = fields_;
  return resuming;
}

void ResumeSource::on_writable() {
  const std::string_view state = page_.response->postponed;
  while (sent_ < state.size()) {
    const std::size_t room = worker_.body_room();
    if (room == 0) return;
    const std::string_view piece = state.substr(sent_, room);
    sent_ += piece.size();
    worker_.send_body(piece, sent_ == state.size());
  }
}

void ResumeSource::on_failed(SourceFailure failure, std::string_view reason) {
  // The shell is of this site's page: no other page can take its place.
  const bool is_gone =
      failure == SourceFailure::stale_generation || failure == SourceFailure::outdated;
  observer_.on_failed(is_gone ? SourceFailure::unavailable : failure, reason);
}

}  // namespace millrace::gateway
