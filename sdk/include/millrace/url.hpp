// Url is a request's URL split into its parts, and QueryParameters its query, both with the names
// of the URL standard as in JavaScript.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// The parameters of a query, decoded as by URLSearchParams: "+" is a space, an invalid escape is
/// kept as it is, bytes that are not UTF-8 become U+FFFD.
class QueryParameters {
 public:
  using Entries = std::vector<std::pair<std::string, std::string>>;

  QueryParameters() = default;
  /// `text`: "a=1&b=2", with or without a leading "?".
  explicit QueryParameters(std::string_view text);

  /// The first value of the name, or none.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }
  /// In the order received.
  [[nodiscard]] const Entries& entries() const& { return entries_; }
  [[nodiscard]] Entries entries() && { return std::move(entries_); }

 private:
  Entries entries_;
};

/// Returns the query "a=1&b=2" for `entries`, encoded as by URLSearchParams.
[[nodiscard]] std::string encode_query(const QueryParameters::Entries& entries);

/// The parts of a URL. They are views into it, so they cannot be taken from a temporary.
class Url {
 public:
  /// `href`: "scheme://host/path?query". Missing parts are empty; nothing is escaped or removed.
  explicit Url(std::string href);

  [[nodiscard]] const std::string& href() const& { return href_; }
  [[nodiscard]] std::string href() && { return std::move(href_); }
  /// "http:"
  [[nodiscard]] std::string_view protocol() const& { return part(0, protocol_end_); }
  std::string_view protocol() const&& = delete;
  /// "http://localhost:3000"
  [[nodiscard]] std::string_view origin() const& { return part(0, host_end_); }
  std::string_view origin() const&& = delete;
  /// "localhost:3000"
  [[nodiscard]] std::string_view host() const& { return part(host_begin_, host_end_); }
  std::string_view host() const&& = delete;
  /// "localhost"
  [[nodiscard]] std::string_view hostname() const&;
  std::string_view hostname() const&& = delete;
  /// "3000", or empty.
  [[nodiscard]] std::string_view port() const&;
  std::string_view port() const&& = delete;
  /// "/api/users"
  [[nodiscard]] std::string_view pathname() const& { return part(host_end_, path_end_); }
  std::string_view pathname() const&& = delete;
  /// "?page=2", or empty.
  [[nodiscard]] std::string_view search() const&;
  std::string_view search() const&& = delete;
  [[nodiscard]] const QueryParameters& query() const&;
  const QueryParameters& query() const&& = delete;

 private:
  [[nodiscard]] std::string_view part(std::size_t begin, std::size_t end) const {
    return std::string_view(href_).substr(begin, end - begin);
  }
  [[nodiscard]] std::size_t port_colon() const;

  std::string href_;
  std::size_t protocol_end_ = 0;
  std::size_t host_begin_ = 0;
  std::size_t host_end_ = 0;
  std::size_t path_end_ = 0;
  mutable std::optional<QueryParameters> query_;
};

}  // namespace millrace
