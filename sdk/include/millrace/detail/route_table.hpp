// RouteTable is what a route's object shows to its host: the handlers by method. The build adds the
// code that fills it (export_route.hpp), so a route names nothing itself.
#pragma once

#include <cstddef>

#include "millrace/abi.hpp"
#include "millrace/params.hpp"
#include "millrace/request.hpp"
#include "millrace/response.hpp"
#include "millrace/route_options.hpp"
#include "millrace/task.hpp"

namespace millrace::detail {

/// One handler; exactly one of the functions is there.
struct MethodEntry {
  /// "GET"; "" for a handler of all methods (pages/api, proxy).
  const char* method = "";
  /// Begins before the body is there, which it never looks at.
  bool without_body = false;
  Response (*plain)(Request&, const Params&) = nullptr;
  Task<Response> (*task)(Request&, const Params&) = nullptr;
  Task<Response> (*streamed)(StreamedRequest&, const Params&) = nullptr;
};

struct RouteTable {
  /// First, and never anywhere else: kAbiVersion of the headers the object was compiled against.
  unsigned abi = kAbiVersion;
  const MethodEntry* methods = nullptr;
  std::size_t method_count = 0;
  RouteOptions (*options)() = nullptr;
};

}  // namespace millrace::detail

/// What every object of a route exports.
extern "C" const millrace::detail::RouteTable* millrace_route();
