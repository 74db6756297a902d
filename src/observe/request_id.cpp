#include "observe/request_id.hpp"

#include <sys/random.h>

#include <algorithm>

namespace millrace::observe {

bool is_request_id(std::string_view text) {
  constexpr std::string_view kOthers = "-._~:/+=@";
  if (text.empty() || text.size() > kMostRequestId) return false;
  return std::all_of(text.begin(), text.end(), [kOthers](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

void RequestIds::refill() {
  std::size_t filled = 0;
  while (filled < random_.size()) {
    const ssize_t got = ::getrandom(random_.data() + filled, random_.size() - filled, 0);
    // Cannot fail once the kernel's pool is ready; only a signal interrupts it.
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  used_ = 0;
}

std::string_view RequestIds::make(Id& to) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (used_ == random_.size()) refill();
  for (std::size_t i = 0; i < kBytes; ++i) {
    const unsigned char byte = random_[used_ + i];
    to[2 * i] = kDigits[byte >> 4U];
    to[2 * i + 1] = kDigits[byte & 15U];
  }
  used_ += kBytes;
  return {to.data(), to.size()};
}

}  // namespace millrace::observe
