// What an exchange sends before the response.
#include "gateway/early_hints.hpp"
#include "gateway/exchange.hpp"

namespace millrace::gateway {

void Exchange::on_inform(std::string_view fields) {
  const auto* const worker = std::get_if<WorkerSource>(&source_);
  if (worker != nullptr && worker->purpose() == WorkerCall::Purpose::middleware) return;
  const std::string kept = early_hint_fields(fields);
  if (kept.empty() || kept.size() + hint_bytes_ > kMaxHintBytes) return;
  hint_bytes_ += static_cast<std::uint16_t>(kept.size());
  response_.transport().send_early_hints(kept);
}

}  // namespace millrace::gateway
