#include "millrace/url.hpp"

#include "text/percent.hpp"

namespace millrace {

QueryParameters::QueryParameters(std::string_view text) {
  if (text.starts_with('?')) text.remove_prefix(1);
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    entries_.emplace_back(decode_form_text(pair.substr(0, equals)), decode_form_text(value));
  }
}

std::optional<std::string> QueryParameters::get(std::string_view name) const {
  for (const auto& [given, value] : entries_) {
    if (given == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> QueryParameters::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [given, value] : entries_) {
    if (given == name) values.push_back(value);
  }
  return values;
}

std::string encode_query(const QueryParameters::Entries& entries) {
  std::string text;
  for (const auto& [name, value] : entries) {
    if (!text.empty()) text += '&';
    append_form_text(text, name);
    text += '=';
    append_form_text(text, value);
  }
  return text;
}

Url::Url(std::string href) : href_(std::move(href)) {
  const std::string_view all = href_;
  const std::size_t slashes = all.find("://");
  // A later "://" belongs to a path or a query.
  if (slashes != std::string_view::npos && all.find_first_of("/?#") == slashes + 1) {
    protocol_end_ = slashes + 1;
    host_begin_ = slashes + 3;
  }
  const auto find = [all](std::string_view any, std::size_t from) {
    const std::size_t at = all.find_first_of(any, from);
    return at == std::string_view::npos ? all.size() : at;
  };
  host_end_ = find("/?#", host_begin_);
  path_end_ = find("?#", host_end_);
}

std::size_t Url::port_colon() const {
  const std::string_view all = host();
  const std::size_t colon = all.rfind(':');
  if (colon == std::string_view::npos || all.find(']', colon) != std::string_view::npos) {
    return all.size();
  }
  return colon;
}

std::string_view Url::hostname() const& { return host().substr(0, port_colon()); }

std::string_view Url::port() const& {
  const std::size_t colon = port_colon();
  return colon < host().size() ? host().substr(colon + 1) : std::string_view();
}

std::string_view Url::search() const& {
  const std::size_t hash = href_.find('#', path_end_);
  const std::string_view found = part(path_end_, hash == std::string::npos ? href_.size() : hash);
  return found.size() > 1 && found.starts_with('?') ? found : std::string_view();
}

const QueryParameters& Url::query() const& {
  if (!query_) query_.emplace(search());
  return *query_;
}

}  // namespace millrace
