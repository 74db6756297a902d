#include "gateway/testing/test_resolution.hpp"

#include "routing/path.hpp"

namespace millrace::gateway {

ResolvedRequest::ResolvedRequest(const SitePlan& plan, std::string_view target,
                                 std::string_view fields)
    : site_(site_of(plan)), public_(plan.root / "public") {
  const routing::PathResult path = routing::normalise(target, site_->path_rules, scratch_);
  resolution_.emplace(*site_, path, fields);
}

std::string ResolvedRequest::pending() {
  std::string fields;
  resolution_->pending().merge({}, Precedence::pending, fields);
  return fields;
}

std::string ResolvedRequest::describe(Resolution::Step step) {
  using Step = Resolution::Step;
  switch (step) {
    case Step::redirect:
      return std::to_string(resolution_->status()) + ' ' + resolution_->location();
    case Step::middleware:
      return "middleware";
    case Step::route: {
      const routing::Match& match = resolution_->match();
      std::string text = "route " + site_->manifest.routes[match.route].path;
      if (!match.parameters.empty()) text += ' ' + match.parameters;
      if (const auto query = resolution_->rewritten_query()) text += " ?" + *query;
      return text;
    }
    case Step::file: {
      const auto below = resolution_->file().path.lexically_relative(public_);
      return "file /" + below.generic_string();
    }
    case Step::external:
      return "external " + resolution_->location();
    case Step::not_found:
      return "not found";
    case Step::malformed:
      return "malformed";
    case Step::failed:
      return "failed";
    case Step::undecided:
      return "undecided";
  }
  return {};
}

std::string outcome(const SitePlan& plan, std::string_view target, std::string_view fields) {
  return ResolvedRequest(plan, target, fields).begin();
}

}  // namespace millrace::gateway
