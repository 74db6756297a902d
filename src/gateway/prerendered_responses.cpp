#include "gateway/prerendered_responses.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <system_error>
#include <utility>

#include "http/fields.hpp"

namespace millrace::gateway {

std::string response_key(std::uint32_t route, std::string_view parameters, std::string_view variant,
                         std::string_view locale) {
  std::string key = std::to_string(route).append(" ").append(parameters);
  // No parameter has a tab or a line's end in it: all variants of a path begin with the same.
  if (!locale.empty()) key.append("\t").append(locale);
  return key.append("\n").append(variant);
}

PrerenderedResponses::PrerenderedResponses(const project::Manifest& manifest,
                                           std::filesystem::path folder)
    : folder_(std::move(folder)) {
  using std::chrono::milliseconds;
  const auto wall =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  made_ = cache::Clock::now() - std::max(wall - milliseconds(manifest.built_at), milliseconds(0));
  for (const project::Prerendered& prerendered : manifest.prerendered) {
    if (!http::validate_fields(prerendered.fields)) continue;
    responses_.emplace(response_key(prerendered.route, prerendered.parameters, prerendered.variant,
                                    prerendered.locale),
                       prerendered);
  }
}

cache::SharedResponse PrerenderedResponses::read(std::string_view key) const {
  const auto found = responses_.find(std::string(key));
  if (found == responses_.end()) return nullptr;
  const project::Prerendered& prerendered = found->second;
  std::ifstream file(folder_ / prerendered.body, std::ios::binary);
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(folder_ / prerendered.body, failed);
  if (!file || failed) return nullptr;
  std::string body(size, '\0');
  // A body that is read incompletely is not served.
  if (!file.read(body.data(), static_cast<std::streamsize>(size))) return nullptr;
  auto response = std::make_shared<cache::CachedResponse>(
      cache::read_fill(prerendered.status, prerendered.fields, std::move(body)));
  response->made = made_;
  response->begun = made_;
  return response;
}

}  // namespace millrace::gateway
