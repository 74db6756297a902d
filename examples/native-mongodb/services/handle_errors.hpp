// The one place where errors become answers: return answer(request, [&] { … });
#pragma once

#include <millrace/log.hpp>
#include <millrace/request.hpp>
#include <millrace/response.hpp>

#include "services/mongo.hpp"

template <class Work>
millrace::Response answer(const millrace::Request& request, Work&& work) {
  try {
    return work();
  } catch (const services::Unavailable& error) {
    log(request).error(error.what());
    return millrace::Response::error(503, "The database cannot be reached. Try again.")
        .header("retry-after", "5");
  }
}
