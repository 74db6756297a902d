// Checks requests for optimised images (/_next/image) against the `images` option of next.config,
// so that a request that Next.js rejects never reaches a worker. The check refuses only what is
// certain to be refused there: the optimiser checks every request again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "project/images.hpp"
#include "routing/named_values.hpp"
#include "routing/pattern.hpp"

namespace millrace::routing {

/// Immutable.
class ImageCheck {
 public:
  /// Error: invalid, naming the pattern.
  [[nodiscard]] static base::Result<ImageCheck> compile(const project::ImageSettings& settings);

  /// Whether images are optimised at all; if not, every request gets 404.
  [[nodiscard]] bool enabled() const { return settings_.enabled; }

  /// Returns Next.js's message if the query (escaped, without "?") is certain to be rejected with
  /// 400; else nothing.
  [[nodiscard]] std::optional<std::string> refusal(std::string_view query) const;

 private:
  enum class Verdict : std::uint8_t { allowed, refused, undecided };

  struct Local {
    Pattern pathname;
    std::optional<std::string> search;
  };

  struct Remote {
    std::optional<std::string> protocol;
    Pattern hostname;
    std::optional<std::string> port;
    Pattern pathname;
    std::optional<std::string> search;
  };

  struct Url {
    /// "http" or "https".
    std::string protocol;
    std::string hostname;
    /// "" for the protocol's own port.
    std::string port;
    std::string_view pathname;
    /// "" or "?…".
    std::string_view search;
  };

  explicit ImageCheck(const project::ImageSettings& settings) : settings_(settings) {}

  /// The refusals of the parameter `url`; `undecided` is set where it is for the optimiser.
  [[nodiscard]] std::optional<std::string> refusal_of_url(std::string_view url,
                                                          bool& undecided) const;
  [[nodiscard]] std::optional<std::string> refusal_of_width(std::string_view text) const;
  [[nodiscard]] std::optional<std::string> refusal_of_quality(std::string_view text) const;
  [[nodiscard]] Verdict local(const Url& url) const;
  [[nodiscard]] Verdict remote(const Url& url) const;
  [[nodiscard]] static Verdict match(const Pattern& pattern, std::string_view text);
  /// Splits a path with query and fragment that URL parsers leave as it is. Returns false for
  /// other text.
  [[nodiscard]] static bool split_path(std::string_view text, Url& out);
  /// Splits what follows "http:" or "https:", which `out` has, in the same way.
  [[nodiscard]] static bool split_authority(std::string_view rest, Url& out);

  project::ImageSettings settings_;
  std::vector<Local> local_;
  std::vector<Remote> remote_;
};

}  // namespace millrace::routing
