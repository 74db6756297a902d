// The one place that turns errors into responses: return handle_errors(request, [&] { … });
#pragma once

#include <millrace/log.hpp>
#include <millrace/request.hpp>
#include <millrace/response.hpp>

#include "lib/errors.hpp"

template <class Work>
millrace::Response handle_errors(const millrace::Request& request, Work&& work) {
  using millrace::Response;
  try {
    return work();
  } catch (const millrace::HttpError&) {
    // It already has a status: invalid input, no session, no permission.
    throw;
  } catch (const NotFound& error) {
    return Response::error(404, error.what());
  } catch (const Conflict& error) {
    return Response::error(409, error.what());
  } catch (const std::exception& error) {
    // The client gets an ID that it can quote, and no detail that helps an attacker.
    log(request).error(error.what());
    return Response::error(500,
                           "Something went wrong. Quote " + request.id() + " when you ask us.");
  }
}
