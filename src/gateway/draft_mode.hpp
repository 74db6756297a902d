// Draft mode (docs/pages-api.md): a browser that carries the project's bypass cookie is shown what
// handlers make for it alone, past the cache. The worker gives the cookie away; the server only
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
  /// `root`: the project's folder, where the key lies once a worker has made it.
  explicit DraftMode(std::filesystem::path root) : root_(std::move(root)) {}

  /// Whether the request's fields carry the cookie. Without a cookie of that name it costs no I/O.
  [[nodiscard]] bool is_on(std::string_view fields) const;

 private:
  [[nodiscard]] bool knows(std::string_view value) const;

  std::filesystem::path root_;
  /// What the cookie must hold, once the key could be read.
  mutable std::optional<std::string> expected_;
};

}  // namespace millrace::gateway
