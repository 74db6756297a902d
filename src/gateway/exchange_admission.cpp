// The part of Exchange that applies the rules for requests by their path.
#include <string>
#include <string_view>

#include "gateway/exchange.hpp"
#include "gateway/site.hpp"
#include "routing/data_path.hpp"
#include "workers/dispatcher.hpp"

namespace millrace::gateway {

bool Exchange::admit(TrafficControl& traffic, const routing::PathResult& path) {
  // A request that is routed again has been counted.
  if (admission_) return true;
  using Outcome = routing::PathResult::Outcome;
  std::string_view seen = path.path;
  if (path.outcome == Outcome::outside) seen = path.full_path;
  if (path.outcome == Outcome::redirect) seen = head_.target.substr(0, head_.target.find('?'));
  // The data of a page is subject to the page's rules.
  std::string page;
  if (routing::is_data_path(seen) && site_->page_of_data(seen, page)) seen = page;
  admission_ = std::make_unique<Admission>();
  const auto response =
      traffic.admit({.head = head_, .path = seen, .client = peer_.address}, *admission_);
  if (!admission_->added.empty()) response_.set_added(&admission_->added);
  if (!response) return true;
  using Kind = TrafficResponse::Kind;
  if (response->kind == Kind::preflight) {
    response_.send({.status = response->status, .reason = {}, .fields = response->fields}, {}, true,
                   Precedence::response);
    return false;
  }
  response_.send(
      OwnResponse{.status = response->status, .text = response->text, .fields = response->fields});
  return false;
}

bool Exchange::gives_way(std::uint32_t route) {
  if (!admission_->priority) return false;
  const double queued =
      site_->dispatcher && route != protocol::kNoRoute ? site_->dispatcher->queue_share(route) : 0;
  const bool sheds = TrafficControl::sheds(*admission_->priority, queued, *context_.memory());
  if (sheds && context_.traffic() != nullptr) context_.traffic()->count_shed();
  return sheds;
}

}  // namespace millrace::gateway
