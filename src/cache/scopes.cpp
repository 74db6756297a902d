#include "cache/scopes.hpp"

namespace millrace::cache {

namespace {

void restart_scope(Scope& scope, std::size_t capacity) {
  scope.marks.clear();
  scope.data.restart(capacity);
  scope.responses.restart(capacity);
}

}  // namespace

Scope& Scopes::of(std::string_view name) {
  if (name.empty()) return own_;
  const auto known = others_.find(name);
  if (known != others_.end()) return *known->second;
  auto made = std::make_unique<Scope>();
  restart_scope(*made, capacity_);
  return *others_.emplace(name, std::move(made)).first->second;
}

void Scopes::restart(std::size_t capacity) {
  capacity_ = capacity;
  restart_scope(own_, capacity);
  others_.clear();
}

}  // namespace millrace::cache
