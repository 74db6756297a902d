#include "base/standard_output.hpp"

#include <mutex>
#include <utility>

namespace millrace::base {

/// The process's instance, with a lock: another thread may write while it is made or destroyed.
struct StandardOutput::Current {
  std::shared_ptr<LineWriter> get() {
    const std::lock_guard lock(mutex);
    return writer;
  }
  void set(std::shared_ptr<LineWriter> to) {
    const std::lock_guard lock(mutex);
    writer = std::move(to);
  }

  std::mutex mutex;
  std::shared_ptr<LineWriter> writer;
};

StandardOutput::StandardOutput() : writer_(std::make_shared<LineWriter>(kMostWaiting)) {
  current().set(writer_);
}

StandardOutput::~StandardOutput() { current().set(nullptr); }

StandardOutput::Current& StandardOutput::current() {
  static Current one;
  return one;
}

std::uint64_t StandardOutput::dropped() {
  const auto writer = current().get();
  return writer ? writer->dropped() : 0;
}

void StandardOutput::write(int descriptor, std::string_view text) {
  if (text.empty()) return;
  if (const auto writer = current().get()) return writer->write(descriptor, text);
  write_all(descriptor, text);
}

bool StandardOutput::offer(int descriptor, std::string_view text) {
  if (const auto writer = current().get()) return writer->offer(descriptor, text);
  return write_all(descriptor, text);
}

bool StandardOutput::has_room(std::size_t size) {
  const auto writer = current().get();
  return writer == nullptr || writer->has_room(size);
}

}  // namespace millrace::base
