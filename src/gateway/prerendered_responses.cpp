#include "gateway/prerendered_responses.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <system_error>
#include <utility>

#include "http/fields.hpp"

namespace millrace::gateway {

std::string response_key(std::uint32_t route, std::string_view parameters) {
  return std::to_string(route).append(" ").append(parameters);
}

PrerenderedAnswers::PrerenderedAnswers(const project::Manifest& manifest,
                                       std::filesystem::path folder)
    : folder_(std::move(folder)) {
  using std::chrono::milliseconds;
  const auto wall =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  made_ = cache::Clock::now() - std::max(wall - milliseconds(manifest.built_at), milliseconds(0));
  for (const project::Prerendered& answer : manifest.prerendered) {
    if (!http::validate_fields(answer.fields)) continue;
    answers_.emplace(response_key(answer.route, answer.parameters), answer);
  }
}

cache::SharedResponse PrerenderedAnswers::read(std::string_view key) const {
  const auto found = answers_.find(std::string(key));
  if (found == answers_.end()) return nullptr;
  const project::Prerendered& answer = found->second;
  std::ifstream file(folder_ / answer.body, std::ios::binary);
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(folder_ / answer.body, failed);
  if (!file || failed) return nullptr;
  std::string body(size, '\0');
  // A body that is read incompletely is not served.
  if (!file.read(body.data(), static_cast<std::streamsize>(size))) return nullptr;
  auto response = std::make_shared<cache::KeptResponse>(
      cache::read_fill(answer.status, answer.fields, std::move(body)));
  response->made = made_;
  response->begun = made_;
  return response;
}

}  // namespace millrace::gateway
