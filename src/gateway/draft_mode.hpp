// Draft mode (docs/pages-api.md): a browser that sends the project's bypass cookie gets responses
// that handlers make for it, and the cache is bypassed. The worker sets the cookie; the server only
// recognises it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::gateway {

/// Belongs to one thread.
class DraftMode {
 public:
  DraftMode() = default;
  /// `root`: the project's folder, where the key is once a worker has made it.
  explicit DraftMode(std::filesystem::path root) : root_(std::move(root)) {}

  /// Returns whether the request's fields contain the cookie. Without a cookie of that name this
  /// does no I/O.
  [[nodiscard]] bool is_on(std::string_view fields) const;

 private:
  [[nodiscard]] bool knows(std::string_view value) const;

  std::filesystem::path root_;
  /// The value of the cookie, once the key could be read.
  mutable std::optional<std::string> expected_;
};

}  // namespace millrace::gateway
