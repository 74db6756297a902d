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

std::size_t Scopes::data_bytes() const {
  std::size_t bytes = own_.data.bytes();
  for (const auto& [name, scope] : others_) bytes += scope->data.bytes();
  return bytes;
}

std::size_t Scopes::response_bytes() const {
  std::size_t bytes = own_.responses.bytes();
  for (const auto& [name, scope] : others_) bytes += scope->responses.bytes();
  return bytes;
}

void Scopes::restart(std::size_t capacity) {
  capacity_ = capacity;
  restart_scope(own_, capacity);
  others_.clear();
}

}  // namespace millrace::cache
