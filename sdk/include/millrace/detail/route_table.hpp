// RouteTable is what the object of a route exports to its host: the handlers by method. The build
// adds the code that fills it (export_route.hpp), so routes do not name it.
#pragma once

#include <cstddef>

#include "millrace/abi.hpp"
#include "millrace/params.hpp"
#include "millrace/request.hpp"
#include "millrace/response.hpp"
#include "millrace/route_options.hpp"
#include "millrace/task.hpp"

namespace millrace::detail {

/// One handler; exactly one of the functions is not null.
struct MethodEntry {
  /// "GET" …; "handler" (pages/api) or "proxy" (proxy.cpp) for a handler of all methods.
  const char* method = "";
  /// The handler is called before the body has arrived, since it does not use the body.
  bool without_body = false;
  Response (*plain)(Request&, const Params&) = nullptr;
  Task<Response> (*task)(Request&, const Params&) = nullptr;
  Task<Response> (*streamed)(StreamedRequest&, const Params&) = nullptr;
};

struct RouteTable {
  /// Must stay the first member: kAbiVersion of the headers that the object was compiled against.
  unsigned abi = kAbiVersion;
  const MethodEntry* methods = nullptr;
  std::size_t method_count = 0;
  RouteOptions (*options)() = nullptr;
};

}  // namespace millrace::detail

/// The symbol that every route's object exports.
extern "C" const millrace::detail::RouteTable* millrace_route();
