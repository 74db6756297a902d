#include "workers/spent_time.hpp"

#include <algorithm>

namespace millrace::workers {

using State = ThreadReading::State;

void SpentTime::begin(net::Clock::time_point now, std::span<const ThreadReading> threads) {
  since_ = updated_at_ = now;
  used_ = asleep_ = stopped_ = Duration(0);
  threads_.clear();
  for (const ThreadReading& reading : threads) {
    threads_.push_back({.first = reading, .last = reading});
  }
}

SpentTime::Thread& SpentTime::thread(const ThreadReading& reading) {
  const auto known = std::find_if(threads_.begin(), threads_.end(), [&](const Thread& one) {
    return one.last.id == reading.id && one.last.used <= reading.used;
  });
  if (known != threads_.end()) return *known;
  // A new thread, or one not read before: its earlier usage is unknown.
  std::erase_if(threads_, [&](const Thread& one) { return one.last.id == reading.id; });
  return threads_.emplace_back(Thread{.first = reading, .last = reading});
}

SpentTime::Interval SpentTime::take(std::span<const ThreadReading> threads) {
  Interval interval;
  for (const ThreadReading& reading : threads) {
    Thread& known = thread(reading);
    interval.used = std::max(interval.used, reading.used - known.last.used);
    if (reading.waited && known.last.waited) {
      interval.waited = std::max(interval.waited, *reading.waited - *known.last.waited);
    } else {
      interval.waiting_known = false;
    }
    interval.runnable = interval.runnable || reading.state == State::runnable;
    interval.asleep = interval.asleep || reading.state == State::asleep;
    used_ = std::max(used_, reading.used - known.first.used);
    known.last = reading;
  }
  // Threads that have ended are removed, because their ids can be reused.
  std::erase_if(threads_, [&](const Thread& one) {
    return std::none_of(threads.begin(), threads.end(),
                        [&](const ThreadReading& reading) { return reading.id == one.last.id; });
  });
  return interval;
}

void SpentTime::update(net::Clock::time_point now, std::span<const ThreadReading> threads) {
  const Duration passed = std::min<Duration>(now - updated_at_, kLongestInterval);
  updated_at_ = now;
  if (threads.empty()) {
    asleep_ += passed;
    return;
  }
  const Interval interval = take(threads);
  const bool did_nothing = interval.used.count() == 0 && interval.waited.count() == 0;
  if (!interval.runnable && !interval.asleep) {
    stopped_ = did_nothing ? stopped_ + passed : Duration(0);
    return;
  }
  stopped_ = Duration(0);
  // A thread that is waiting for a CPU now has waited for an unknown time, which the kernel adds
  // when it gets one.
  if (interval.runnable) return;
  if (interval.waiting_known) {
    asleep_ += std::max(Duration(0), passed - interval.used - interval.waited);
  } else if (did_nothing) {
    asleep_ += passed;
  }
}

}  // namespace millrace::workers
