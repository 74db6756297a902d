// The one place that turns errors into responses: return handle_errors(request, [&] { … });
#pragma once

#include <millrace/log.hpp>
#include <millrace/request.hpp>
#include <millrace/response.hpp>

#include "services/mongo.hpp"

template <class Work>
millrace::Response handle_errors(const millrace::Request& request, Work&& work) {
  try {
    return work();
  } catch (const services::Unavailable& error) {
    log(request).error(error.what());
    return millrace::Response::error(503, "The database cannot be reached. Try again.")
        .header("retry-after", "5");
  }
}
