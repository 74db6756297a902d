// Included by the build behind a route's own code: finds the handlers among the functions that the
// code has declared and puts them into the table. Lookup happens here, so a function that does not
// exist is no error but a method that is not there.
// No include guard: it belongs to one translation unit and stands in it once.

#include <array>
#include <type_traits>

#include "millrace/detail/route_table.hpp"

// The names stay outside of namespaces, where those of the route are found.
// NOLINTBEGIN
#define MILLRACE_FIND(NAME)                                                         \
  struct MillraceFind_##NAME {                                                      \
    template <class R, class P>                                                     \
    static constexpr bool takes_both = requires(R & request, const P& params) {     \
      NAME(request, params);                                                        \
    };                                                                              \
    template <class R>                                                              \
    static constexpr bool takes_one = requires(R & request) {                       \
      NAME(request);                                                                \
    };                                                                              \
    template <class R, class P>                                                     \
    static auto call(R& request, const P& params) {                                 \
      if constexpr (takes_both<R, P>) {                                             \
        return NAME(request, params);                                               \
      } else {                                                                      \
        return NAME(request);                                                       \
      }                                                                             \
    }                                                                               \
    template <class R>                                                              \
    static constexpr bool exists = takes_both<R, millrace::Params> || takes_one<R>; \
  };

MILLRACE_FIND(GET)
MILLRACE_FIND(HEAD)
MILLRACE_FIND(OPTIONS)
MILLRACE_FIND(POST)
MILLRACE_FIND(PUT)
MILLRACE_FIND(DELETE)
MILLRACE_FIND(PATCH)
MILLRACE_FIND(proxy)

struct MillraceFind_handler {
  template <class R, class W>
  static constexpr bool exists_with = requires(R& request, W& response) {
    handler(request, response);
  };
  template <class R>
  static constexpr bool exists = exists_with<R, millrace::ResponseWriter>;

  template <class R, class P>
  static auto call(R& request, const P&) {
    using Result = decltype(handler(request, std::declval<millrace::ResponseWriter&>()));
    if constexpr (std::is_void_v<Result>) {
      millrace::ResponseWriter response;
      handler(request, response);
      return response.take();
    } else {
      return in_task(request);
    }
  }

  template <class R>
  static millrace::Task<millrace::Response> in_task(R& request) {
    millrace::ResponseWriter response;
    co_await handler(request, response);
    co_return response.take();
  }
};

template <class Find, class Table>
constexpr void millrace_add(Table& table, std::size_t& count, const char* method) {
  using namespace millrace;
  if constexpr (Find::template exists<Request>) {
    using Result = decltype(Find::call(std::declval<Request&>(), std::declval<const Params&>()));
    static_assert(std::is_same_v<Result, Response> || std::is_same_v<Result, Task<Response>>,
                  "a handler returns millrace::Response or millrace::Task<millrace::Response>");
    detail::MethodEntry entry{.method = method};
    if constexpr (std::is_same_v<Result, Response>) {
      entry.plain = [](Request& request, const Params& params) {
        return Find::call(request, params);
      };
    } else {
      entry.task = [](Request& request, const Params& params) {
        return Find::call(request, params);
      };
    }
    table[count++] = entry;
  } else if constexpr (Find::template exists<StreamedRequest>) {
    using Result =
        decltype(Find::call(std::declval<StreamedRequest&>(), std::declval<const Params&>()));
    static_assert(std::is_same_v<Result, Task<Response>>,
                  "a handler of a StreamedRequest returns millrace::Task<millrace::Response>");
    detail::MethodEntry entry{.method = method};
    entry.streamed = [](StreamedRequest& request, const Params& params) {
      return Find::call(request, params);
    };
    table[count++] = entry;
  }
}

template <class R>
millrace::RouteOptions millrace_options(R route) {
  if constexpr (requires { options(route); }) {
    return options(route);
  } else {
    return {};
  }
}

extern "C" __attribute__((visibility("default"))) const millrace::detail::RouteTable*
millrace_route() {
  static std::array<millrace::detail::MethodEntry, 9> methods;
  static const millrace::detail::RouteTable table = [] {
    std::size_t count = 0;
    millrace_add<MillraceFind_GET>(methods, count, "GET");
    millrace_add<MillraceFind_HEAD>(methods, count, "HEAD");
    millrace_add<MillraceFind_OPTIONS>(methods, count, "OPTIONS");
    millrace_add<MillraceFind_POST>(methods, count, "POST");
    millrace_add<MillraceFind_PUT>(methods, count, "PUT");
    millrace_add<MillraceFind_DELETE>(methods, count, "DELETE");
    millrace_add<MillraceFind_PATCH>(methods, count, "PATCH");
    millrace_add<MillraceFind_proxy>(methods, count, "proxy");
    millrace_add<MillraceFind_handler>(methods, count, "handler");
    millrace::detail::RouteTable made;
    made.methods = methods.data();
    made.method_count = count;
    made.options = [] { return millrace_options(millrace::Route{}); };
    return made;
  }();
  return &table;
}
#undef MILLRACE_FIND
// NOLINTEND
