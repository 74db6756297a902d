// Errors of the domain, independent of HTTP.
#pragma once

#include <stdexcept>

struct NotFound : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};
