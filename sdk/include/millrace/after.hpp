// after() runs work after the response has been sent, as after() of next/server does. The client
// does not wait for it; a worker that is being replaced does.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "millrace/request.hpp"

namespace millrace {

/// Schedules `work`, a function that returns nothing or a Task<void>. It runs on the request's
/// thread after the response, whatever its status. What it throws is logged. Without a host (in a
/// test) it never runs.
template <class Work>
void after(const RequestHead& request, Work work) {
  if (request.call() == nullptr) return;
  if constexpr (std::is_same_v<std::invoke_result_t<Work&>, Task<void>>) {
    request.call()->run_after(std::move(work));
  } else {
    request.call()->run_after([work = std::move(work)]() mutable -> Task<void> {
      work();
      co_return;
    });
  }
}

}  // namespace millrace
