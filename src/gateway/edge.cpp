#include "gateway/edge.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/unique_fd.hpp"
#include "gateway/file_response.hpp"
#include "http/fields.hpp"
#include "http/host.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kChallenges = "/.well-known/acme-challenge/";
/// A key authorisation has about 90 bytes.
constexpr std::size_t kMostChallenge = 4096;
constexpr std::size_t kMostToken = 256;

/// Whether it is a token of RFC 8555 §8.3: base64url, so that it never leads out of the folder.
bool is_token(std::string_view token) {
  return !token.empty() && token.size() <= kMostToken &&
         std::all_of(token.begin(), token.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '-' || c == '_';
         });
}

Challenge read_challenge(const std::filesystem::path& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return {.exhausted = is_exhaustion(errno)};
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return {};
  std::array<char, kMostChallenge> bytes{};
  const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
  if (count < 0) return {};
  return {.text = std::string(bytes.data(), static_cast<std::size_t>(count))};
}

}  // namespace

std::optional<Challenge> find_challenge(const EdgeOptions& options, std::string_view target) {
  if (options.challenges.empty() || !target.starts_with(kChallenges)) return std::nullopt;
  const std::string_view token = target.substr(kChallenges.size());
  if (!is_token(token)) return Challenge{};
  // The leading slash would make it absolute.
  const std::string_view folder = kChallenges.substr(1);
  return read_challenge(options.challenges / folder / token);
}

std::optional<std::string> https_location(const EdgeOptions& options,
                                          const http::RequestHead& head) {
  const auto host = http::find_field(head.fields, "host");
  const std::string_view name = http::host_of(host.value_or(std::string_view()));
  if (name.empty()) return std::nullopt;
  std::string location("https://");
  location.append(name);
  if (options.https_port != 443) location.append(":").append(std::to_string(options.https_port));
  if (head.target != "*") location.append(head.target);
  return location;
}

}  // namespace millrace::gateway
