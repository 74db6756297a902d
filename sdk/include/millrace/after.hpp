// after() runs work once the answer has left, as next/server's does: the client does not wait for
// it, a worker that is being replaced does.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "millrace/request.hpp"

namespace millrace {

/// `work`: a function, or one that returns a Task. It runs on the request's thread after the answer,
/// whatever that is. What it throws is logged. Without a host (in a test) it runs never.
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
